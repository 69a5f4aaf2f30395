/** What a stream tells of its price before its usage comes, in every dialect: it is paid for where the usage never does. */
import { type Dialect, DIALECTS } from '../../src/dialects/dialect.js';
import { DESCRIPTORS } from '../../src/dialects/descriptors.js';
import type { StreamedText } from '../../src/dialects/stream-tap.js';

const WORDS = 'word '.repeat(400);
const sse = (event: Record<string, unknown>) =>
  `${'type' in event ? `event: ${String(event['type'])}\n` : ''}data: ${JSON.stringify(event)}\n\n`;

/** What a tap knows of a stream that broke off behind these events. */
function cutBehind(dialect: Dialect, events: readonly Record<string, unknown>[]): StreamedText {
  const tap = DESCRIPTORS[dialect].createTap();
  for (const byte of Buffer.from(events.map(sse).join(''))) tap.push(Buffer.of(byte));
  return tap.streamedText();
}

const created = { type: 'response.created', response: { id: 'r', status: 'in_progress', service_tier: 'priority' } };
const done = (item: object) => ({ type: 'response.output_item.done', output_index: 0, item });
const block = (content_block: object) => ({ type: 'content_block_start', index: 0, content_block });
const chunk = (delta: object) => ({ choices: [{ index: 0, delta }] });
const candidate = (fields: object) => ({ candidates: [{ index: 0, ...fields }] });

describe('a stream that breaks off before its usage', () => {
  it.each<[string, Dialect, Record<string, unknown>[], object]>([
    ['the tier of its first event', 'openai_responses', [created], { served: { service_tier: 'priority' } }],
    [
      'the tools that ran',
      'openai_responses',
      [
        created,
        done({ type: 'web_search_call', action: { type: 'search' } }),
        done({ type: 'web_search_call', action: { type: 'open_page' } }),
        done({ type: 'web_search_call', action: { type: 'search' }, status: 'failed' }),
        done({ type: 'code_interpreter_call', container_id: 'c1' }),
        done({ type: 'code_interpreter_call', container_id: 'c1' }),
        done({ type: 'file_search_call' }),
      ],
      { served: { service_tier: 'priority' }, webSearches: 1, codeContainers: 1, fileSearches: 1 },
    ],
    [
      'its searches',
      'anthropic_messages',
      [
        block({ type: 'text', text: 'He said \\"server_tool_use\\"' }),
        block({ type: 'server_tool_use', id: 's', name: 'web_search', input: {} }),
        block({ type: 'server_tool_use', id: 's', name: 'web_fetch', input: {} }),
        block({ type: 'tool_use', id: 's', name: 'web_search', input: { x: 'server_tool_use' } }),
        block({ type: 'server_tool_use', id: 's', name: 'web_search', input: {} }),
      ],
      { webSearches: 2 },
    ],
    [
      'its searches',
      'gemini_generate_content',
      [
        candidate({ groundingMetadata: { webSearchQueries: ['a', 'b'] } }),
        candidate({ groundingMetadata: { webSearchQueries: ['b'] } }),
      ],
      { webSearches: 2 },
    ],
    [
      'its tier',
      'chat_completions',
      [{ ...chunk({ content: 'x' }), service_tier: 'flex' }],
      { served: { service_tier: 'flex' } },
    ],
    ['nothing where nothing was told', 'chat_completions', [chunk({ content: 'x' })], {}],
    ['nothing where it is plain', 'openai_responses', [{ ...created, response: { service_tier: 'default' } }], {}],
  ])('tells %s (%s)', (_, dialect, events, seen) => {
    expect(cutBehind(dialect, events).seen).toEqual(seen);
  });

  it.each<[string, Dialect, Record<string, unknown>]>([
    ['spoken words', 'chat_completions', chunk({ audio: { id: 'a', transcript: WORDS } })],
    [
      'code that runs',
      'gemini_generate_content',
      candidate({ content: { parts: [{ executableCode: { code: WORDS } }] } }),
    ],
    [
      'an item without deltas',
      'openai_responses',
      done({ type: 'message', content: [{ type: 'output_text', text: WORDS }] }),
    ],
  ])('has the text of %s (%s)', (_, dialect, event) => {
    expect(cutBehind(dialect, [event])).toMatchObject({ text: expect.stringContaining(WORDS) as string });
  });

  it.each([
    ['no place and no place', {}, {}],
    ['no place and an item', {}, { output_index: 0 }],
    ['no place and a part', {}, { output_index: 0, content_index: 0 }],
    ['an item and no place', { output_index: 0 }, {}],
    ['an item and itself', { output_index: 0 }, { output_index: 0 }],
    ['an item and a part of it', { output_index: 0 }, { output_index: 0, content_index: 0 }],
    ['a part and no place', { output_index: 0, content_index: 0 }, {}],
    ['a part and its item', { output_index: 0, content_index: 0 }, { output_index: 0 }],
    ['a part and itself', { output_index: 0, content_index: 0 }, { output_index: 0, content_index: 0 }],
  ])('has the text of an item once where deltas and what is done say %s', (_, said, repeated) => {
    const events = [
      { type: 'response.output_text.delta', ...said, delta: WORDS },
      { type: 'response.output_text.done', ...repeated, text: WORDS },
      {
        type: 'response.output_item.done',
        ...repeated,
        item: { type: 'message', content: [{ type: 'output_text', text: WORDS }] },
      },
    ];
    expect(cutBehind('openai_responses', events).text).toBe(WORDS);
  });

  it('has the texts of two parts where deltas came of one alone', () => {
    const events = [
      { type: 'response.output_text.delta', output_index: 0, content_index: 0, delta: 'one' },
      { type: 'response.output_text.done', output_index: 0, content_index: 1, text: 'another' },
    ];
    expect(cutBehind('openai_responses', events).text).toContain('another');
  });

  it.each<[string, Dialect, Record<string, unknown>]>([
    [
      'a picture',
      'gemini_generate_content',
      candidate({ content: { parts: [{ inlineData: { data: 'A'.repeat(8_000) } }] } }),
    ],
    ['a picture', 'openai_responses', done({ type: 'image_generation_call', result: 'A'.repeat(8_000) })],
    ['withheld reasoning', 'anthropic_messages', block({ type: 'redacted_thinking', data: 'A'.repeat(8_000) })],
    ['sound', 'chat_completions', chunk({ audio: { data: 'A'.repeat(8_000) } })],
  ])('tells that something else came than text: %s (%s)', (_, dialect, event) => {
    expect(cutBehind(dialect, [event]).opaque).toBe(true);
  });

  it.each(DIALECTS.filter(dialect => dialect !== 'embeddings'))('tells no such thing of text alone (%s)', dialect => {
    const event = {
      chat_completions: chunk({ content: 'x'.repeat(8_000) }),
      anthropic_messages: { type: 'content_block_delta', delta: { type: 'text_delta', text: 'x'.repeat(8_000) } },
      openai_responses: { type: 'response.output_text.delta', delta: 'x'.repeat(8_000) },
      gemini_generate_content: candidate({ content: { parts: [{ text: 'x'.repeat(8_000) }] } }),
      embeddings: {},
    }[dialect];
    expect(cutBehind(dialect, [event]).opaque ?? false).toBe(false);
  });
});
