import { DESCRIPTORS } from '../../src/dialects/descriptors.js';
import type { Codec, EncodeResponseOptions } from '../../src/dialects/neutral/codec.js';
import type { ChatDialect } from '../../src/dialects/neutral/neutral.types.js';
import { TranslatingTap } from '../../src/dialects/translating-tap.js';
import { translateAnswer } from '../../src/inference/translating/translate.js';
import { BARE_REQUEST } from '../support/neutral-request.js';

/**
 * What an answer holds beside words, thoughts and calls, whole and streamed: either the caller sees it (a text that must stand
 * in what is told), or it is named.
 */
interface Case {
  readonly from: ChatDialect;
  readonly answer: object;
  readonly events: readonly [name: string | null, data: object][];
}
const event = (type: string, data: object) => [type, { type, ...data }] as [string, object];

const messages = (block: object): Case => ({
  from: 'anthropic_messages',
  answer: {
    ...{ id: 'msg_1', type: 'message', role: 'assistant', model: 'm', stop_reason: 'end_turn', stop_sequence: null },
    ...{ content: [block, { type: 'text', text: 'Hello' }], usage: { input_tokens: 1, output_tokens: 1 } },
  },
  events: [
    event('message_start', { message: { id: 'msg_1', model: 'm', usage: { input_tokens: 1, output_tokens: 1 } } }),
    event('content_block_start', { index: 0, content_block: block }),
    event('content_block_stop', { index: 0 }),
    event('content_block_start', { index: 1, content_block: { type: 'text', text: 'Hello' } }),
    event('content_block_stop', { index: 1 }),
    event('message_delta', { delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 1 } }),
    event('message_stop', {}),
  ],
});

const WORDS = { type: 'message', id: 'msg_1', role: 'assistant', content: [{ type: 'output_text', text: 'Hello' }] };
const responses = (item: object): Case => {
  const answer = { id: 'resp_1', object: 'response', model: 'm', status: 'completed', output: [item, WORDS] };
  return {
    from: 'openai_responses',
    answer,
    events: [
      event('response.created', { response: { ...answer, status: 'in_progress', output: [] } }),
      event('response.output_item.added', { output_index: 0, item }),
      event('response.output_item.done', { output_index: 0, item }),
      event('response.output_item.done', { output_index: 1, item: WORDS }),
      event('response.completed', { response: answer }),
    ],
  };
};

const gemini = (part: object, usage: object = {}): Case => {
  const content = { role: 'model', parts: [part, { text: 'Hello' }] };
  const answer = { candidates: [{ content, finishReason: 'STOP', index: 0 }], responseId: 'r', usageMetadata: usage };
  return { from: 'gemini_generate_content', answer, events: [[null, answer]] };
};

const chat = (fields: object, usage: object = {}): Case => {
  const head = { id: 'c-1', model: 'm', ...fields };
  return {
    from: 'chat_completions',
    answer: {
      ...head,
      choices: [{ index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 20, completion_tokens: 1, ...usage },
    },
    events: [
      [null, { ...head, choices: [{ index: 0, delta: { role: 'assistant', content: 'Hel' }, finish_reason: null }] }],
      [null, { ...head, choices: [{ index: 0, delta: { content: 'lo' }, finish_reason: 'stop' }] }],
      [null, { ...head, choices: [], usage: { prompt_tokens: 20, completion_tokens: 1, ...usage } }],
    ],
  };
};

const OPTIONS: EncodeResponseOptions = {
  ...{ model: 'm', requestId: 'r', now: 1, streamUsage: true },
  request: BARE_REQUEST,
};

function told({ from, answer, events }: Case, to: ChatDialect) {
  const whole = translateAnswer(Buffer.from(JSON.stringify(answer)), from, to, OPTIONS);
  const source = DESCRIPTORS[from];
  const tap = new TranslatingTap({
    native: source.createTap(),
    decoder: (source.codec as Codec).createStreamDecoder(),
    encoder: (DESCRIPTORS[to].codec as Codec).createStreamEncoder(OPTIONS),
    maxLineBytes: 65_536,
    encodeError: () => Buffer.from('failed'),
  });
  const stream = events.map(
    ([name, data]) => `${name === null ? '' : `event: ${name}\n`}data: ${JSON.stringify(data)}\n\n`,
  );
  const done = from === 'chat_completions' ? 'data: [DONE]\n\n' : '';
  const text = tap.push(Buffer.from(stream.join('') + done)).toString() + tap.end().tail.toString();
  const named = /^: x-bough-losses (.*)$/m.exec(text)?.[1]?.split(', ') ?? [];
  return [
    { text: whole.body.toString(), losses: whole.losses.map(({ field }) => field) },
    { text, losses: named },
  ] as const;
}

const CALLERS: readonly ChatDialect[] = [
  'chat_completions',
  'anthropic_messages',
  'openai_responses',
  'gemini_generate_content',
];
const PIXELS = 'iVBORw0KGgo=';
const CITED = { url: 'https://example.test/a', title: 'A page' };

describe.each([
  ['a server tool', messages({ type: 'server_tool_use', id: 's', name: 'web_search', input: {} }), 'server_tool_use'],
  ['a compaction', messages({ type: 'compaction', content: 'before' }), 'compaction'],
  ['a new kind of block', messages({ type: 'odd\r\nblock' }), '["odd??block"]'],
  ['a search', responses({ type: 'web_search_call', id: 'ws_1', status: 'completed' }), 'web_search_call'],
  ['code that ran', gemini({ executableCode: { language: 'PYTHON', code: '1' } }), 'executableCode'],
])('%s in an answer', (_, given, name) => {
  it.each(CALLERS.filter(to => to !== given.from))('is named to a caller of %s', to => {
    for (const { text, losses } of told(given, to)) {
      expect(text).toContain('Hello');
      expect(losses).toEqual([name]);
    }
  });
});

it.each(['chat_completions', 'gemini_generate_content'] as const)(
  'a picture of OpenAI’s own tool is shown in %s',
  to => {
    for (const { text, losses } of told(responses({ type: 'image_generation_call', id: 'ig', result: PIXELS }), to)) {
      expect(text).toContain(PIXELS);
      expect(losses).toEqual([]);
    }
  },
);

describe.each([
  ['search_results', { search_results: [CITED] }],
  ['citations', { citations: [CITED.url] }],
])('what an answer rests on as a whole (%s)', (_, fields) => {
  it.each(['openai_responses', 'gemini_generate_content'] as const)('is cited in %s', to => {
    for (const { text, losses } of told(chat(fields), to)) {
      expect(text).toContain(CITED.url);
      expect(losses).toEqual([]);
    }
  });

  it('is named to a caller of Messages', () => {
    for (const { losses } of told(chat(fields), 'anthropic_messages')) {
      expect(losses).toHaveLength(1);
      expect(losses[0]).toMatch(/citations$/);
    }
  });
});

it('a citation without an address is named in Responses', () => {
  const text = {
    type: 'text',
    text: 'Hello',
    citations: [{ type: 'char_location', cited_text: 'Hel', document_index: 0 }],
  };
  const { answer } = messages(text);
  const { losses } = translateAnswer(
    Buffer.from(JSON.stringify(answer)),
    'anthropic_messages',
    'openai_responses',
    OPTIONS,
  );
  expect(losses.map(({ field }) => field)).toEqual(['annotations']);
});

it('tokens that were written to a cache are named in Gemini’s dialect', () => {
  const written = { prompt_tokens_details: { cache_write_tokens: 5 } };
  for (const { losses } of told(chat({}, written), 'gemini_generate_content'))
    expect(losses).toEqual(['usageMetadata']);
  for (const { losses } of told(chat({}), 'gemini_generate_content')) expect(losses).toEqual([]);
});
