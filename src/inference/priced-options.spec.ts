import type { CatalogModel } from '../catalog/catalog.types.js';
import { unpricedOptions } from './priced-options.js';
import { ANTHROPIC_MESSAGES } from '../dialects/anthropic-messages/descriptor.js';
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
    [
      'behind what says a type',
      GEMINI,
      [{ type: 'function', googleSearch: {} }],
      'googleSearch',
      [{ type: 'function' }],
    ],
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

  it.each<[string, DialectDescriptor, unknown]>([
    ['browser_search', CHAT_COMPLETIONS, { type: 'browser_search' }],
    ['live_search', CHAT_COMPLETIONS, { type: 'live_search', sources: [] }],
    ['$web_search', CHAT_COMPLETIONS, { type: '$web_search' }],
    ['builtin_function', CHAT_COMPLETIONS, { type: 'builtin_function', function: { name: '$web_search' } }],
    ['x_search', OPENAI_RESPONSES, { type: 'x_search' }],
    ['code_execution', OPENAI_RESPONSES, { type: 'code_execution' }],
    ['bing_grounding', OPENAI_RESPONSES, { type: 'bing_grounding', bing_grounding: { connection_id: 'c' } }],
    ['a2a_preview', OPENAI_RESPONSES, { type: 'a2a_preview', base_url: 'http://x' }],
    ['azure_function', OPENAI_RESPONSES, { type: 'namespace', name: 'n', tools: [{ type: 'azure_function' }] }],
    ['agent_20270101', ANTHROPIC_MESSAGES, { type: 'agent_20270101', name: 'a' }],
    ['vertexRagStore', GEMINI, { vertexRagStore: {} }],
    ['parallelAiSearch', GEMINI, { ...FUNCTIONS, parallelAiSearch: { apiKey: 'x' } }],
    ['external_api', GEMINI, { external_api: { type: 'string' } }],
  ])('are those of the provider that nobody here knows: %s', (name, dialect, tool) => {
    const fn = dialect === GEMINI ? FUNCTIONS : { ...OWN, name: 'f' };
    expect(optionsOf(dialect, [fn, tool])).toEqual([
      {
        field: 'tools',
        message: `'tools': ${name} would be run by the provider, at a price that is not known: leave it out`,
        rest: JSON.stringify(name === 'parallelAiSearch' ? [FUNCTIONS, FUNCTIONS] : [fn]),
      },
    ]);
  });

  it.each<[DialectDescriptor, unknown]>([
    ...[{ type: 'custom', name: 'c' }, { type: 'local_shell' }, { type: 'shell' }, { type: 'apply_patch' }].map(
      tool => [OPENAI_RESPONSES, tool] as [DialectDescriptor, unknown],
    ),
    [OPENAI_RESPONSES, { type: 'shell', environment: { type: 'local' } }],
    [OPENAI_RESPONSES, { type: 'computer_use_preview', environment: 'browser' }],
    [OPENAI_RESPONSES, { type: 'namespace', name: 'n', tools: [{ type: 'function', name: 'web_search' }] }],
    ...['bash_20250124', 'text_editor_20250728', 'computer_20251124', 'memory_20250818', 'web_fetch_20260209'].map(
      type => [ANTHROPIC_MESSAGES, { type, name: 'x' }] as [DialectDescriptor, unknown],
    ),
    [
      ANTHROPIC_MESSAGES,
      { name: 'web_search', input_schema: { type: 'object', properties: { type: { const: 'x' } } } },
    ],
    [CHAT_COMPLETIONS, { function: { name: 'f' } }],
    [GEMINI, { urlContext: {}, codeExecution: {} }],
    [GEMINI, { computer_use: {} }],
  ])('are none that the caller runs, or that cost tokens alone: %#', (dialect, tool) => {
    expect(optionsOf(dialect, [tool])).toEqual([]);
  });

  it('is a shell of the provider’s own, which runs in a container', () => {
    expect(optionsOf(OPENAI_RESPONSES, [{ type: 'shell', environment: { type: 'container_auto' } }])).toEqual([
      { field: 'tools', message: expect.stringContaining('code_interpreter has no price') as string },
    ]);
  });

  it.each(['web_search_options', 'search_parameters', 'enable_search'])(
    'are what searches without a tool: %s',
    field => {
      const ask = (value: unknown) =>
        unpricedOptions(
          CHAT_COMPLETIONS.readRequest(Buffer.from(JSON.stringify({ model: 'm', [field]: value })), null),
          model,
          CHAT_COMPLETIONS,
        );

      expect(ask({})).toMatchObject([{ field }]);
      expect(ask(null)).toEqual([]);
      expect(ask(false)).toEqual([]);
    },
  );

  it.each(['additional_tools', 'tool_search_output'])('are found in items of a conversation: %s', type => {
    const ask = (input: unknown) =>
      unpricedOptions(
        OPENAI_RESPONSES.readRequest(Buffer.from(JSON.stringify({ model: 'm', input })), null),
        model,
        OPENAI_RESPONSES,
      );
    const words = { role: 'user', content: 'additional_tools and tool_search_output of web_search' };
    const [option, ...others] = ask([words, { type, tools: [{ type: 'web_search' }, OWN] }]);

    expect(others).toEqual([]);
    expect(option).toMatchObject({
      field: 'input',
      message: expect.stringContaining('web_search has no price') as string,
    });
    expect(JSON.parse(option?.rest ?? '')).toEqual([words, { type, tools: [OWN] }]);
    expect(ask([words, { type, tools: [OWN] }])).toEqual([]);
    expect(ask('additional_tools web_search')).toEqual([]);
  });

  it('are not looked for in more than 2 MiB of tools: those are refused whole, unless they mention none', () => {
    const description = 'x'.repeat(2_097_152);
    const [option, ...others] = optionsOf(OPENAI_RESPONSES, [{ ...OWN, description }]);

    expect(others).toEqual([]);
    expect(option).toMatchObject({ field: 'tools', message: expect.stringContaining('larger than 2097152 bytes') });
    expect(optionsOf(OPENAI_RESPONSES, [{ type: 'function', name: 'f', description }])).toEqual([]);
  });
});
