/**
 * What a provider withholds, and what it signs beside words: neither may vanish from an answer that is told in another dialect,
 * whole or streamed.
 */
import { DESCRIPTORS } from '../../src/dialects/descriptors.js';
import type { EncodeResponseOptions } from '../../src/dialects/neutral/codec.js';
import type { ChatDialect } from '../../src/dialects/neutral/neutral.types.js';
import { TranslatingTap } from '../../src/dialects/translating-tap.js';
import { GatewayError } from '../../src/errors/gateway-error.js';
import { decodeRequest, translateAnswer } from '../../src/inference/translating/translate.js';
import type { JsonObject } from '../../src/json/value.js';

const OPTIONS: EncodeResponseOptions = {
  ...{ model: 'asked', requestId: 'req-1', now: 1, streamUsage: false },
  request: decodeRequest(
    Buffer.from(JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'Hi' }] })),
    'chat_completions',
    null,
  ).request,
};
const DIALECTS: readonly ChatDialect[] = [
  'chat_completions',
  'anthropic_messages',
  'openai_responses',
  'gemini_generate_content',
];
interface Case {
  readonly from: ChatDialect;
  readonly whole: JsonObject;
  readonly events: readonly JsonObject[];
}
interface Told {
  readonly text: string;
  readonly losses: string;
}

function streamed({ from, events }: Case, to: ChatDialect): Told {
  const [source, target] = [DESCRIPTORS[from], DESCRIPTORS[to]];
  const tap = new TranslatingTap({
    native: source.createTap(),
    decoder: (source.codec as NonNullable<typeof source.codec>).createStreamDecoder(),
    encoder: (target.codec as NonNullable<typeof target.codec>).createStreamEncoder(OPTIONS),
    maxLineBytes: 65_536,
    encodeError: () => target.encodeStreamError(new GatewayError('upstream_error'), 'req-1'),
  });
  const frames = events.map(data => {
    const name = typeof data['type'] === 'string' ? `event: ${data['type']}\n` : '';
    return `${name}data: ${JSON.stringify(data)}\n\n`;
  });
  const done = from === 'chat_completions' ? 'data: [DONE]\n\n' : '';
  const begin = tap.push(Buffer.from(frames.join('') + done)).toString();
  const { complete, tail } = tap.end();
  expect(complete).toBe(true);
  const text = begin + tail.toString();
  return { text, losses: /^: x-bough-losses (.*)$/m.exec(text)?.[1] ?? '' };
}

function whole({ from, whole: answer }: Case, to: ChatDialect): Told {
  const { body, losses } = translateAnswer(Buffer.from(JSON.stringify(answer)), from, to, OPTIONS);
  return { text: body.toString(), losses: losses.map(({ field }) => field).join(', ') };
}

const through = (cases: Readonly<Record<string, Case>>) =>
  Object.entries(cases).flatMap(([name, value]) =>
    DIALECTS.filter(to => to !== value.from).flatMap(to => [
      [name, 'whole', to, () => whole(value, to)] as const,
      [name, 'streamed', to, () => streamed(value, to)] as const,
    ]),
  );

const details = { type: 'refusal', category: 'tests', explanation: 'The test policy withheld this.' };
const counted = { input_tokens: 3, output_tokens: 2 };
const usageMetadata = { promptTokenCount: 3, candidatesTokenCount: 2, totalTokenCount: 5 };
const filtered = {
  ...{ index: 0, finishReason: 'SAFETY', finishMessage: 'The test policy withheld this.' },
  content: { role: 'model', parts: [{ text: 'Half' }] },
};
const blocked = { promptFeedback: { blockReason: 'OTHER', blockReasonMessage: 'The test policy withheld this.' } };
const azure = { index: 0, finish_reason: 'content_filter', content_filter_results: { hate: { filtered: true } } };

const WITHHELD: Readonly<Record<string, Case>> = {
  'Claude’s explanation': {
    from: 'anthropic_messages',
    whole: {
      ...{ id: 'msg_1', type: 'message', role: 'assistant', model: 'm', content: [], usage: counted },
      ...{ stop_reason: 'refusal', stop_sequence: null, stop_details: details },
    },
    events: [
      { type: 'message_start', message: { id: 'msg_1', model: 'm', usage: counted } },
      { type: 'message_delta', delta: { stop_reason: 'refusal', stop_details: details }, usage: counted },
      { type: 'message_stop' },
    ],
  },
  'Google’s message of an answer': {
    from: 'gemini_generate_content',
    whole: { candidates: [filtered], usageMetadata },
    events: [{ candidates: [filtered], usageMetadata }],
  },
  'Google’s message of a prompt': {
    from: 'gemini_generate_content',
    whole: { ...blocked, usageMetadata },
    events: [{ ...blocked, usageMetadata }],
  },
};

const OF_A_FILTER: Readonly<Record<ChatDialect, RegExp>> = {
  chat_completions: /"finish_reason":"content_filter"/,
  anthropic_messages: /"stop_reason":"refusal"/,
  openai_responses: /"incomplete_details":\{"reason":"content_filter"/,
  gemini_generate_content: /"finishReason":"SAFETY"/,
};

describe('an answer that its provider withheld', () => {
  it.each(through(WITHHELD))('tells why: %s, %s, in %s', (name, _, to, tell) => {
    const { text, losses } = tell();
    expect(text).toContain('The test policy withheld this.');
    expect(text).toMatch(OF_A_FILTER[to]);
    expect(losses.includes('stop_details.category')).toBe(name.startsWith('Claude'));
  });

  it.each(
    through({
      'no message': {
        from: 'chat_completions',
        whole: { id: 'c-1', choices: [azure] },
        events: [{ id: 'c-1', choices: [azure] }],
      },
    }),
  )('is no broken answer where nothing of it is left: %s, %s, in %s', (_, __, to, tell) => {
    expect(tell().text).toMatch(OF_A_FILTER[to]);
  });

  it('is still no answer without a message and without a reason', () => {
    const answer = { from: 'chat_completions', whole: { id: 'c-1', choices: [{ index: 0 }] }, events: [] } as const;
    expect(() => whole(answer, 'anthropic_messages')).toThrow(GatewayError);
  });
});

const DATA = Buffer.from('a picture of the tests').toString('base64');
const seal = { thoughtSignature: Buffer.from('a seal of the tests').toString('base64') };
const said = (...parts: JsonObject[]): Case => {
  const answer = {
    candidates: [{ index: 0, finishReason: 'STOP', content: { role: 'model', parts } }],
    usageMetadata,
    responseId: 'r-1',
  };
  return { from: 'gemini_generate_content', whole: answer, events: [answer] };
};

describe('a part that Gemini signed and that is no words', () => {
  it.each(through({ 'a picture': said({ inlineData: { mimeType: 'image/png', data: DATA }, ...seal }) }))(
    'is what it is: %s, %s, in %s',
    (_, __, to, tell) => {
      const { text, losses } = tell();
      expect(text.includes(DATA)).toBe(to !== 'anthropic_messages');
      expect(losses).toContain('thoughtSignature');
      if (to === 'anthropic_messages') expect(losses).toContain('content');
    },
  );

  it.each(
    through({
      'the record of a tool': said(
        { text: 'Found it.' },
        { toolCall: { toolType: 'FILE_SEARCH', id: 'a' }, ...seal },
        { executableCode: { code: '1' }, ...seal },
      ),
    }),
  )('is named as such: %s, %s, in %s', (_, __, ___, tell) => {
    const { text, losses } = tell();
    expect(text).toContain('Found it.');
    expect(losses).toContain('toolCall');
    expect(losses).toContain('executableCode');
    // It is not the seal of the words before it.
    expect(text).not.toContain(seal.thoughtSignature);
  });
});
