/** What a request or an answer costs to be read and translated grows no faster than it does: counted, not timed. */
import type { ChatDialect } from '../../src/dialects/neutral/neutral.types.js';
import { ScrubbedTap } from '../../src/dialects/scrubbed-tap.js';
import type { StreamTap } from '../../src/dialects/stream-tap.js';
import { HiddenUsageTap } from '../../src/dialects/chat-completions/hidden-usage-tap.js';
import { JsonArrayTap } from '../../src/dialects/gemini/json-array-tap.js';
import { TranslatingTap } from '../../src/dialects/translating-tap.js';
import { GatewayError } from '../../src/errors/gateway-error.js';
import { decodeRequest, encodeRequest, translateAnswer } from '../../src/inference/translating/translate.js';
import { DESCRIPTORS } from '../../src/dialects/descriptors.js';
import { usageIn } from '../../src/relay/json-usage.js';
import { splitBetaFlags } from '../../src/upstream/beta-flags.js';
import { readAnswerHeaders } from '../../src/upstream/answer-headers.js';
import { BARE_REQUEST } from '../support/neutral-request.js';
import { countWork } from '../support/steps.js';

const DOUBLINGS = [1, 2, 4, 8];
/** Linear, and something for what is done once. */
const AT_MOST = 8 * 1.5;
const SIZE = 250;
const DIALECTS: readonly ChatDialect[] = [
  'chat_completions',
  'anthropic_messages',
  'openai_responses',
  'gemini_generate_content',
];
const MAX_LINE_BYTES = 16_777_216;
const RESPONSE_OPTIONS = { model: 'm', requestId: 'req_1', now: 1, streamUsage: true, request: BARE_REQUEST };
const REQUEST_OPTIONS = {
  ...{ model: 'm', defaultMaxTokens: 9, streamUsage: true },
  ...{ adaptiveThinking: true, thinkingLevels: true },
};

type Make = (size: number) => object;
type Written = readonly [ChatDialect, string, Make];
const many = (size: number, make: (index: number) => unknown) =>
  Array.from({ length: size }, (_, index) => make(index));

/** V8 does not count what it has just optimized, so the first may be too little: then the second tells. */
const isLinear = ([first = 0, second = 0, , last = 0]: readonly number[], least: number) => {
  const once = Math.max(first, second / 2);
  return last >= least && last <= AT_MOST * once;
};

/** Doubles what is to be done three times. */
const growth = async (work: (size: number) => void, size = SIZE) => {
  work(size);
  const steps: number[] = [];
  for (const times of DOUBLINGS) steps.push(await countWork(() => work(size * times)));
  expect([steps, isLinear(steps, size)]).toEqual([steps, true]);
};

const isRefusal = (error: unknown) => error instanceof GatewayError && error.status < 500;
/** What the caller is told is no failure of ours. */
const orRefused = (work: () => void) => {
  try {
    work();
  } catch (error) {
    if (!isRefusal(error)) throw error;
  }
};

const bytesOf = (value: object) => Buffer.from(JSON.stringify(value));

const CALLS = (size: number) =>
  many(size, index => ({ id: `c${index}`, type: 'function', function: { name: `f${index}`, arguments: '{}' } }));
const schema = { type: 'object', properties: {} };
const PATH = { model: 'm', action: 'generateContent', stream: false, jsonArray: false };

const REQUESTS: readonly Written[] = [
  [
    'chat_completions',
    'messages',
    n => ({ messages: many(n, i => ({ role: i % 2 ? 'assistant' : 'user', content: 'a' })) }),
  ],
  ['chat_completions', 'messages of one role', n => ({ messages: many(n, () => ({ role: 'user', content: 'a' })) })],
  [
    'chat_completions',
    'instructions',
    n => ({ messages: [...many(n, () => ({ role: 'system', content: 'a' })), { role: 'user', content: 'a' }] }),
  ],
  [
    'chat_completions',
    'parts',
    n => ({ messages: [{ role: 'user', content: many(n, () => ({ type: 'text', text: 'a' })) }] }),
  ],
  [
    'chat_completions',
    'unknown parts',
    n => ({ messages: [{ role: 'user', content: many(n, i => ({ type: `x${i}` })) }] }),
  ],
  [
    'chat_completions',
    'calls and results',
    n => ({
      messages: [
        { role: 'user', content: 'a' },
        { role: 'assistant', tool_calls: CALLS(n) },
        ...many(n, i => ({ role: 'tool', tool_call_id: `c${i}`, content: 'a' })),
      ],
    }),
  ],
  [
    'chat_completions',
    'tools',
    n => ({
      messages: [{ role: 'user', content: 'a' }],
      tools: many(n, i => ({ type: 'function', function: { name: `f${i}`, parameters: schema } })),
    }),
  ],
  ['chat_completions', 'stops', n => ({ messages: [{ role: 'user', content: 'a' }], stop: many(n, i => `s${i}`) })],
  [
    'chat_completions',
    'unknown fields',
    n => ({
      messages: [{ role: 'user', content: 'a' }],
      ...Object.fromEntries(many(n, i => [`k${i}`, 1]) as [string, number][]),
    }),
  ],
  [
    'anthropic_messages',
    'messages',
    n => ({ max_tokens: 9, messages: many(n, i => ({ role: i % 2 ? 'assistant' : 'user', content: 'a' })) }),
  ],
  [
    'anthropic_messages',
    'blocks',
    n => ({ max_tokens: 9, messages: [{ role: 'user', content: many(n, () => ({ type: 'text', text: 'a' })) }] }),
  ],
  [
    'anthropic_messages',
    'system blocks',
    n => ({
      max_tokens: 9,
      system: many(n, () => ({ type: 'text', text: 'a' })),
      messages: [{ role: 'user', content: 'a' }],
    }),
  ],
  [
    'anthropic_messages',
    'calls and results',
    n => ({
      max_tokens: 9,
      messages: [
        { role: 'user', content: 'a' },
        { role: 'assistant', content: many(n, i => ({ type: 'tool_use', id: `c${i}`, name: `f${i}`, input: {} })) },
        { role: 'user', content: many(n, i => ({ type: 'tool_result', tool_use_id: `c${i}`, content: 'a' })) },
      ],
    }),
  ],
  [
    'anthropic_messages',
    'tools',
    n => ({
      max_tokens: 9,
      messages: [{ role: 'user', content: 'a' }],
      tools: many(n, i => ({ name: `f${i}`, input_schema: schema })),
    }),
  ],
  ['openai_responses', 'items', n => ({ input: many(n, i => ({ role: i % 2 ? 'assistant' : 'user', content: 'a' })) })],
  [
    'openai_responses',
    'parts',
    n => ({ input: [{ role: 'user', content: many(n, () => ({ type: 'input_text', text: 'a' })) }] }),
  ],
  [
    'openai_responses',
    'calls and results',
    n => ({
      input: [
        { role: 'user', content: 'a' },
        ...many(n, i => ({ type: 'function_call', call_id: `c${i}`, name: `f${i}`, arguments: '{}' })),
        ...many(n, i => ({ type: 'function_call_output', call_id: `c${i}`, output: 'a' })),
      ],
    }),
  ],
  [
    'openai_responses',
    'reasoning',
    n => ({
      input: [
        { role: 'user', content: 'a' },
        ...many(n, i => ({ type: 'reasoning', id: `r${i}`, summary: [{ type: 'summary_text', text: 'a' }] })),
      ],
    }),
  ],
  [
    'openai_responses',
    'tools',
    n => ({ input: 'a', tools: many(n, i => ({ type: 'function', name: `f${i}`, parameters: schema })) }),
  ],
  [
    'gemini_generate_content',
    'contents',
    n => ({ contents: many(n, i => ({ role: i % 2 ? 'model' : 'user', parts: [{ text: 'a' }] })) }),
  ],
  ['gemini_generate_content', 'parts', n => ({ contents: [{ role: 'user', parts: many(n, () => ({ text: 'a' })) }] })],
  [
    'gemini_generate_content',
    'calls and results',
    n => ({
      contents: [
        { role: 'user', parts: [{ text: 'a' }] },
        { role: 'model', parts: many(n, i => ({ functionCall: { name: `f${i}`, args: {} } })) },
        { role: 'user', parts: many(n, i => ({ functionResponse: { name: `f${i}`, response: {} } })) },
      ],
    }),
  ],
  [
    'gemini_generate_content',
    'calls of one name',
    n => ({
      contents: [
        { role: 'user', parts: [{ text: 'a' }] },
        { role: 'model', parts: many(n, () => ({ functionCall: { name: 'f', args: {} } })) },
        { role: 'user', parts: many(n, () => ({ functionResponse: { name: 'f', response: {} } })) },
      ],
    }),
  ],
  [
    'gemini_generate_content',
    'tools',
    n => ({
      contents: [{ role: 'user', parts: [{ text: 'a' }] }],
      tools: [{ functionDeclarations: many(n, i => ({ name: `f${i}`, parameters: schema })) }],
    }),
  ],
];

const withModel = (dialect: ChatDialect, body: object) =>
  bytesOf(dialect === 'gemini_generate_content' ? body : { model: 'm', ...body });

const readAndTranslate = (dialect: ChatDialect, body: object) => {
  const bytes = withModel(dialect, body);
  const path = dialect === 'gemini_generate_content' ? PATH : null;
  orRefused(() => DESCRIPTORS[dialect].readRequest(bytes, path));
  for (const to of DIALECTS) {
    if (to === dialect) continue;
    orRefused(() => {
      encodeRequest(decodeRequest(bytes, dialect, path && { model: 'm', stream: false }), to, REQUEST_OPTIONS);
    });
  }
};

describe('a request', () => {
  it.each(REQUESTS)(
    'of %s with many %s is read and translated in work that grows as they do',
    async (dialect, _, make) => {
      await growth(size => readAndTranslate(dialect, make(size)));
    },
  );

  /** Beyond what fits on a stack at once. */
  const WIDE = REQUESTS.filter(([, parts]) => ['parts', 'blocks'].includes(parts));
  it.each(WIDE)('of %s with 150,000 %s is read and translated, or refused', (dialect, _, make) => {
    readAndTranslate(dialect, make(150_000));
  });
});

const chatUsage = { usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 } };
const message = (content: unknown[]) => ({
  ...{ id: 'm', type: 'message', role: 'assistant', model: 'm', content, stop_reason: 'end_turn' },
  usage: { input_tokens: 1, output_tokens: 1 },
});
const response = (output: unknown[]) => ({
  ...{ id: 'r', object: 'response', created_at: 1, model: 'm', status: 'completed', output },
  usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2 },
});
const said = (content: unknown[]) => ({ type: 'message', id: 'x', role: 'assistant', status: 'completed', content });
const candidate = (parts: unknown[], index = 0) => ({ index, content: { role: 'model', parts }, finishReason: 'STOP' });
const candidates = (list: unknown[]) => ({
  candidates: list,
  usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 },
});
const choice = (fields: object, index = 0) => ({
  ...{ index, message: { role: 'assistant', content: 'a', ...fields }, finish_reason: 'stop' },
});

const ANSWERS: readonly Written[] = [
  ['chat_completions', 'choices', n => ({ choices: many(n, i => choice({}, i)), ...chatUsage })],
  ['chat_completions', 'choices of one number', n => ({ choices: many(n, () => choice({})), ...chatUsage })],
  ['chat_completions', 'calls', n => ({ choices: [choice({ tool_calls: CALLS(n) })], ...chatUsage })],
  ['anthropic_messages', 'blocks', n => message(many(n, () => ({ type: 'text', text: 'a' })))],
  [
    'anthropic_messages',
    'thoughts',
    n => message(many(n, () => ({ type: 'thinking', thinking: 'a', signature: 's' }))),
  ],
  [
    'anthropic_messages',
    'calls',
    n => message(many(n, i => ({ type: 'tool_use', id: `c${i}`, name: 'f', input: {} }))),
  ],
  ['anthropic_messages', 'unknown blocks', n => message(many(n, i => ({ type: `x${i}` })))],
  ['openai_responses', 'items', n => response(many(n, () => said([{ type: 'output_text', text: 'a' }])))],
  ['openai_responses', 'parts', n => response([said(many(n, () => ({ type: 'output_text', text: 'a' })))])],
  [
    'openai_responses',
    'calls',
    n => response(many(n, i => ({ type: 'function_call', call_id: `c${i}`, name: 'f', arguments: '{}' }))),
  ],
  [
    'openai_responses',
    'searches',
    n => response(many(n, i => ({ type: 'web_search_call', id: `c${i}`, status: 'completed' }))),
  ],
  ['gemini_generate_content', 'candidates', n => candidates(many(n, i => candidate([{ text: 'a' }], i % 8)))],
  ['gemini_generate_content', 'parts', n => candidates([candidate(many(n, () => ({ text: 'a' })))])],
  [
    'gemini_generate_content',
    'thoughts',
    n => candidates([candidate(many(n, i => ({ text: 'a', thought: i % 2 === 0 })))]),
  ],
  [
    'gemini_generate_content',
    'calls',
    n => candidates([candidate(many(n, () => ({ functionCall: { name: 'f', args: {} } })))]),
  ],
];

describe('an answer', () => {
  it.each(ANSWERS)('of %s with many %s is read and translated in work that grows as they do', async (from, _, make) => {
    await growth(size => {
      const body = bytesOf(make(size));
      const { whole, usage } = usageIn(body, DESCRIPTORS[from]);
      expect([whole, usage !== null]).toEqual([true, true]);
      for (const to of DIALECTS)
        if (to !== from) expect(translateAnswer(body, from, to, RESPONSE_OPTIONS)).toBeDefined();
    });
  });
});

const event = (data: object) => `data: ${JSON.stringify(data)}\n\n`;
const named = (type: string, fields: object) => `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
const chatEvent = (delta: object, index = 0) =>
  event({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index, delta }] });
const START = named('message_start', { message: { ...message([]), stop_reason: null } });
const CREATED = named('response.created', { response: { ...response([]), status: 'in_progress' } });
const blockOf = (index: number, text: string) =>
  named('content_block_start', { index, content_block: { type: 'text', text: '' } }) +
  named('content_block_delta', { index, delta: { type: 'text_delta', text } }) +
  named('content_block_stop', { index });

/** What an upstream streams, as text, by the number of its events. */
const STREAMS: readonly (readonly [ChatDialect, string, (size: number) => string])[] = [
  ['chat_completions', 'words', n => chatEvent({ content: 'a' }).repeat(n)],
  ['chat_completions', 'choices', n => many(n, i => chatEvent({ content: 'a' }, i)).join('')],
  [
    'chat_completions',
    'calls',
    n =>
      many(n, i =>
        chatEvent({ tool_calls: [{ index: i, id: `c${i}`, function: { name: 'f', arguments: '{}' } }] }),
      ).join(''),
  ],
  ['chat_completions', 'comments', n => ': a\n\n'.repeat(n) + chatEvent({ content: 'a' })],
  [
    'anthropic_messages',
    'words',
    n =>
      START +
      named('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }) +
      named('content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'a' } }).repeat(n),
  ],
  ['anthropic_messages', 'blocks', n => START + many(n, i => blockOf(i, 'a')).join('')],
  [
    'anthropic_messages',
    'open blocks',
    n =>
      START +
      many(n, index => named('content_block_start', { index, content_block: { type: 'text', text: 'a' } })).join(''),
  ],
  [
    'openai_responses',
    'words',
    n =>
      CREATED +
      named('response.output_text.delta', { output_index: 0, content_index: 0, item_id: 'x', delta: 'a' }).repeat(n),
  ],
  [
    'openai_responses',
    'items',
    n =>
      CREATED +
      many(
        n,
        i =>
          named('response.output_item.added', { output_index: i, item: said([]) }) +
          named('response.output_text.delta', { output_index: i, content_index: 0, item_id: 'x', delta: 'a' }),
      ).join(''),
  ],
  [
    'gemini_generate_content',
    'words',
    n => event({ candidates: [{ index: 0, content: { role: 'model', parts: [{ text: 'a' }] } }] }).repeat(n),
  ],
  [
    'gemini_generate_content',
    'candidates',
    n =>
      many(n, i => event({ candidates: [{ index: i % 8, content: { role: 'model', parts: [{ text: 'a' }] } }] })).join(
        '',
      ),
  ],
];

const ONE_EVENT: readonly (readonly [ChatDialect, (text: string) => string])[] = [
  ['chat_completions', text => chatEvent({ content: text })],
  ['anthropic_messages', text => START + blockOf(0, text)],
  [
    'openai_responses',
    text =>
      CREATED + named('response.output_text.delta', { output_index: 0, content_index: 0, item_id: 'x', delta: text }),
  ],
  [
    'gemini_generate_content',
    text => event({ candidates: [{ index: 0, content: { role: 'model', parts: [{ text }] } }] }),
  ],
];

/** As it goes on in its own dialect, and in each of the others. */
const tapsFor = (from: ChatDialect): StreamTap[] => {
  const native = () => DESCRIPTORS[from].createTap();
  const codecOf = (dialect: ChatDialect) => {
    const { codec } = DESCRIPTORS[dialect];
    if (codec === null) throw new Error('it has no codec');
    return codec;
  };
  const translating = DIALECTS.filter(to => to !== from).map(
    to =>
      new TranslatingTap({
        native: native(),
        decoder: codecOf(from).createStreamDecoder(),
        encoder: codecOf(to).createStreamEncoder(RESPONSE_OPTIONS),
        maxLineBytes: MAX_LINE_BYTES,
        encodeError: () => Buffer.alloc(0),
      }),
  );
  const own = [new ScrubbedTap(native(), bytes => bytes), new JsonArrayTap(native(), MAX_LINE_BYTES)];
  const hidden = from === 'chat_completions' ? [new HiddenUsageTap(native(), MAX_LINE_BYTES)] : [];
  return [...own, ...hidden, ...translating];
};

const relay = (from: ChatDialect, text: string, chunkBytes: number) => {
  const bytes = Buffer.from(text);
  for (const tap of tapsFor(from)) {
    for (let at = 0; at < bytes.length; at += chunkBytes) tap.push(bytes.subarray(at, at + chunkBytes));
    tap.end();
    tap.streamedText();
    expect(tap.malformed).toBe(false);
  }
};

describe('a stream', () => {
  it.each(STREAMS)(
    'of %s with many %s is relayed and translated in work that grows as they do',
    async (from, _, make) => {
      await growth(size => relay(from, make(size), 1_000));
    },
  );

  it.each(STREAMS)('of %s with 10,000 %s is relayed whole', (from, _, make) => {
    relay(from, make(10_000), 65_536);
  });

  describe.each(['a', 'an error in a text '])('of one event that says %p again and again', word => {
    it.each(ONE_EVENT)('of %s, in small chunks, takes work that grows as it does', async (from, make) => {
      await growth(size => relay(from, make(word.repeat(size)), 10), 2_000);
    });
  });
});

const FRAMES: Readonly<Record<string, (size: number, first: string) => string>> = {
  comments: size => ': x\n'.repeat(size),
  'empty comments': size => ':\n'.repeat(size),
  'one long comment': size => `:${'x'.repeat(size)}\n`,
  'empty lines': size => '\n'.repeat(size),
  'carriage returns': size => '\r'.repeat(size),
  'ends of lines in pairs': size => '\r\n'.repeat(size),
  'lines of data in one event': (size, first) => first.replace('{', '{\n'.concat('data:\n'.repeat(size), 'data: ')),
  'events without data': size => 'data:\n\n'.repeat(size),
  'names of one event': size => 'event: x\n'.repeat(size),
  'named events without data': size => 'event: x\n\n'.repeat(size),
  'one long name': size => `event: ${'x'.repeat(size)}\n`,
  ids: size => 'id: 1\n'.repeat(size),
  'times to come back': size => 'retry: 1\n'.repeat(size),
  'unknown fields': size => 'x: 1\n'.repeat(size),
  'lines without a colon': size => 'data\n'.repeat(size),
  'marks of byte order': size => '\ufeff'.repeat(size),
  blanks: size => `data:${' '.repeat(size)}\n`,
};

describe('the frames of a stream', () => {
  const FIRST: readonly (readonly [ChatDialect, string])[] = [
    ['chat_completions', chatEvent({ content: 'a' })],
    ['anthropic_messages', START],
    ['openai_responses', CREATED],
    ['gemini_generate_content', event({ candidates: [] })],
  ];

  describe.each(FIRST)('of %s', (from, first) => {
    it.each(Object.entries(FRAMES))('with many %s take work that grows as they do', async (_, frames) => {
      await growth(size => {
        const bytes = Buffer.from(frames(size, first) + first);
        for (const tap of tapsFor(from)) {
          for (let at = 0; at < bytes.length; at += 100) tap.push(bytes.subarray(at, at + 100));
          tap.end();
        }
      }, 1_000);
    });
  });
});

it('a line whose usage may have to be hidden, in small chunks, takes work that grows as it does', async () => {
  await growth(size => {
    const tap = new HiddenUsageTap(DESCRIPTORS.chat_completions.createTap(), MAX_LINE_BYTES);
    const bytes = Buffer.from(chatEvent({ content: 'a'.repeat(10 * size) }));
    for (let at = 0; at < bytes.length; at += 10) tap.push(bytes.subarray(at, at + 10));
  }, 500);
});

describe('headers', () => {
  it.each<[string, (size: number) => string]>([
    ['flags', size => many(size, index => `flag-${index}`).join(',')],
    ['equal flags', size => 'flag,'.repeat(size)],
    ['commas', size => ','.repeat(size)],
    ['blanks', size => ' '.repeat(size)],
    ['blanks and commas', size => ' , '.repeat(size)],
  ])('of beta features with many %s take work that grows as they do, with many patterns', async (_, write) => {
    const allowed = many(100, index => (index % 2 === 0 ? `flag-x${index}` : `x${index}*`)) as string[];
    const times: number[] = [];
    for (const doubling of DOUBLINGS)
      times.push(await countWork(() => splitBetaFlags(write(1_000 * doubling), allowed)));
    const [first = 0, ...others] = times;
    expect([times, isLinear([Math.max(first, 1_000), ...others], 1)]).toEqual([times, true]);
  });

  it('of an answer, many and long ones, take work that grows as they do', async () => {
    await growth(size => {
      readAnswerHeaders(many(size, index => [`x-ratelimit-limit-requests`, `${index}`]).flat() as string[]);
      readAnswerHeaders(['anthropic-ratelimit-x', 'a'.repeat(size), 'x-request-id', 'a'.repeat(size)]);
    });
  });
});
