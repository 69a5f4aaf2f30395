import { DESCRIPTORS } from '../../src/dialects/descriptors.js';
import type { Dialect } from '../../src/dialects/dialect.js';
import { usageIn } from '../../src/relay/json-usage.js';

const RESPONSES = { usage: { input_tokens: 5, output_tokens: 2 } };
const GEMINI = { usageMetadata: { promptTokenCount: 5, candidatesTokenCount: 2 } };
const text = { type: 'message', content: [{ type: 'output_text', text: 'x' }] };
const grounded = (groundingMetadata: object) => [{ content: { parts: [{ text: 'x' }] }, groundingMetadata }];

/** Answers whose price stands in more than their usage, each with what stands there. */
const ANSWERS: readonly (readonly [Dialect, string, Record<string, unknown>, object])[] = [
  ['openai_responses', 'a search', { output: [text, { type: 'web_search_call' }] }, { webSearches: 1 }],
  ['openai_responses', 'a search of files', { output: [{ type: 'file_search_call' }] }, { fileSearches: 1 }],
  ['openai_responses', 'code', { output: [{ type: 'code_interpreter_call' }] }, { codeContainers: 1 }],
  ['openai_responses', 'a picture', { output: [{ type: 'image_generation_call' }] }, { imageOutput: 6_240 }],
  [
    'openai_responses',
    'a shell',
    { output: [{ type: 'shell_call', environment: { container_id: 'c' } }] },
    { codeContainers: 1 },
  ],
  ['openai_responses', 'a tier', { service_tier: 'flex' }, { served: { service_tier: 'flex' } }],
  ['gemini_generate_content', 'queries', { candidates: grounded({ webSearchQueries: ['a'] }) }, { webSearches: 1 }],
  [
    'gemini_generate_content',
    'a map',
    { candidates: grounded({ groundingChunks: [{ maps: {} }] }) },
    { webSearches: 1 },
  ],
  ['chat_completions', 'a tier', { service_tier: 'flex' }, { served: { service_tier: 'flex' } }],
];
const USAGE: Partial<Record<Dialect, object>> = {
  openai_responses: RESPONSES,
  gemini_generate_content: GEMINI,
  chat_completions: { usage: { prompt_tokens: 5, completion_tokens: 2 } },
};

describe('the usage in the bytes of an answer', () => {
  it.each(ANSWERS)('is what a parser of all of it finds: %s, %s', (dialect, _, fields, told) => {
    const rules = DESCRIPTORS[dialect];
    const answer = { ...USAGE[dialect], ...fields };

    expect(usageIn(Buffer.from(JSON.stringify(answer)), rules)).toEqual({
      whole: true,
      usage: rules.readUsage(answer),
    });
    expect(rules.readUsage(answer)).toMatchObject({ input: 5, output: 2, ...told });
  });
});
