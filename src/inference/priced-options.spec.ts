import type { CatalogModel } from '../catalog/catalog.types.js';
import { unpricedOptions } from './priced-options.js';
import { CHAT_COMPLETIONS } from '../dialects/chat-completions/descriptor.js';
import type { DialectDescriptor } from '../dialects/descriptor.js';
import { GEMINI } from '../dialects/gemini/descriptor.js';
import { OPENAI_RESPONSES } from '../dialects/openai-responses/descriptor.js';

const FUNCTIONS = { functionDeclarations: [{ name: 'googleSearch' }] };
const OWN = { type: 'function', name: 'web_search' };

/** A model that has a price for files that are searched, and for no other tool. */
const tools = { webSearches: null, fileSearches: 1n, codeContainers: null };
const images = { imageText: null, imageInput: null, imageOutput: null };
const prices = { published: true, modifiers: new Map(), tools: { ...tools, ...images }, groundedRequest: null };
const model = { id: 'm', prices } as unknown as CatalogModel;

const optionsOf = (dialect: DialectDescriptor, list: readonly unknown[]) =>
  unpricedOptions(dialect.readRequest(Buffer.from(JSON.stringify({ model: 'm', tools: list })), null), model, dialect);

describe('tools without a price', () => {
  it.each<[string, DialectDescriptor, readonly unknown[], string, readonly unknown[] | null]>([
    ['an entry of its own', GEMINI, [{ googleSearch: {} }, FUNCTIONS], 'googleSearch', [FUNCTIONS]],
    ['beside functions', GEMINI, [{ ...FUNCTIONS, googleSearch: {} }], 'googleSearch', [FUNCTIONS]],
    ['in the other spelling', GEMINI, [{ google_search: {}, ...FUNCTIONS }], 'google_search', [FUNCTIONS]],
    ['two in one entry', GEMINI, [{ googleSearch: {}, googleMaps: {} }], 'googleSearch, googleMaps', null],
    ['behind what says a type', GEMINI, [{ type: 'x', googleSearch: {} }], 'googleSearch', [{ type: 'x' }]],
    ['alone', GEMINI, [{ googleSearchRetrieval: {} }], 'googleSearchRetrieval', null],
    ['by type', OPENAI_RESPONSES, [{ type: 'web_search', filters: {} }, OWN], 'web_search', [OWN]],
    ['with a version', OPENAI_RESPONSES, [{ type: 'web_search_2025_08_26' }], 'web_search_2025_08_26', null],
    [
      'beside one that has a price',
      OPENAI_RESPONSES,
      [{ type: 'code_interpreter' }, { type: 'file_search' }],
      'code_interpreter',
      [{ type: 'file_search' }],
    ],
  ])('are named, and all else stays: %s', (_, dialect, list, named, kept) => {
    const [option, ...others] = optionsOf(dialect, list);

    expect(others).toEqual([]);
    expect(option).toMatchObject({
      field: 'tools',
      message: expect.stringContaining(`'tools': ${named} has no price`),
    });
    expect(option?.rest ?? null).toEqual(kept === null ? null : JSON.stringify(kept));
  });

  it.each<[string, DialectDescriptor, readonly unknown[]]>([
    ['functions by their names', CHAT_COMPLETIONS, [{ type: 'function', function: { name: 'web_search' } }]],
    ['functions that are declared', GEMINI, [FUNCTIONS]],
    ['one with a price', OPENAI_RESPONSES, [{ type: 'file_search' }]],
    ['what is no tool', OPENAI_RESPONSES, [null, 'web_search', 7, ['googleSearch']]],
  ])('are not %s', (_, dialect, list) => {
    expect(optionsOf(dialect, list)).toEqual([]);
  });

  it('are not looked for in more than 2 MiB of tools: those are refused whole, unless they mention none', () => {
    const description = 'x'.repeat(2_097_152);
    const [option, ...others] = optionsOf(OPENAI_RESPONSES, [{ ...OWN, description }]);

    expect(others).toEqual([]);
    expect(option).toMatchObject({ field: 'tools', message: expect.stringContaining('larger than 2097152 bytes') });
    expect(optionsOf(OPENAI_RESPONSES, [{ type: 'function', name: 'f', description }])).toEqual([]);
  });
});
