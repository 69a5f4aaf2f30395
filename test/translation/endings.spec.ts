import type { ChatCompletion } from 'openai7/resources/chat/completions';
import type { ResponseStatus } from 'openai7/resources/responses/responses';
import { STOP_REASONS } from '../../src/dialects/anthropic-messages/finish-reason.js';
import { FINISH_REASONS as CHAT_REASONS } from '../../src/dialects/chat-completions/finish-reason.js';
import { DESCRIPTORS } from '../../src/dialects/descriptors.js';
import { FINISH_REASONS as GEMINI_REASONS } from '../../src/dialects/gemini/finish-reason.js';
import type { EncodeResponseOptions } from '../../src/dialects/neutral/codec.js';
import type { ChatDialect } from '../../src/dialects/neutral/neutral.types.js';
import { TranslatingTap } from '../../src/dialects/translating-tap.js';
import { GatewayError } from '../../src/errors/gateway-error.js';
import { decodeRequest, translateAnswer } from '../../src/inference/translating/translate.js';
import type { JsonObject } from '../../src/json/value.js';

/**
 * Every reason to end that a vendor's reference lists, and some that nobody knows, through every dialect of a caller, whole
 * and streamed. Whatever is no whole answer must not look like one.
 */
type Kind = 'whole' | 'cut' | 'filtered' | 'failed';

const REASONS: Readonly<Record<ChatDialect, Readonly<Record<Kind, readonly string[]>>>> = {
  chat_completions: {
    whole: [
      ...['stop', 'eos', 'eos_token', 'end_turn', 'end', 'stop_sequence', 'complete', 'completed', 'done', 'finished'],
      ...['STOP'],
    ],
    cut: ['length', 'max_tokens', 'model_length', 'some_new_word'],
    filtered: ['content_filter', 'safety', 'recitation', 'sensitive', 'refusal', 'guardrail_blocked'],
    failed: ['error', 'abort', 'network_error', 'insufficient_system_resource', 'new_kind_of_error'],
  },
  anthropic_messages: {
    whole: ['end_turn', 'stop_sequence'],
    cut: ['max_tokens', 'model_context_window_exceeded', 'pause_turn', 'compaction', 'some_new_word'],
    filtered: ['refusal', 'policy_violation'],
    failed: ['internal_failure'],
  },
  openai_responses: {
    whole: ['completed'],
    cut: ['incomplete:max_output_tokens'],
    filtered: ['incomplete:content_filter'],
    failed: ['failed', 'cancelled'],
  },
  gemini_generate_content: {
    whole: ['STOP'],
    cut: ['MAX_TOKENS', 'CONTINUATION', 'SOME_NEW_WORD'],
    filtered: [
      ...['SAFETY', 'RECITATION', 'BLOCKLIST', 'PROHIBITED_CONTENT', 'SPII', 'MODEL_ARMOR'],
      ...['IMAGE_SAFETY', 'IMAGE_PROHIBITED_CONTENT', 'IMAGE_RECITATION'],
    ],
    failed: [
      ...['MALFORMED_FUNCTION_CALL', 'UNEXPECTED_TOOL_CALL', 'TOO_MANY_TOOL_CALLS', 'MALFORMED_RESPONSE'],
      ...['LANGUAGE', 'NO_IMAGE', 'IMAGE_OTHER', 'OTHER', 'MISSING_THOUGHT_SIGNATURE'],
    ],
  },
};

/** A whole answer of each dialect, as its vendor writes one. */
const ANSWERS: Readonly<Record<ChatDialect, (reason: string) => JsonObject>> = {
  chat_completions: reason => ({
    ...{ id: 'c-1', object: 'chat.completion', created: 1, model: 'm' },
    choices: [{ index: 0, message: { role: 'assistant', content: 'Half' }, finish_reason: reason }],
  }),
  anthropic_messages: reason => ({
    ...{ id: 'msg_1', type: 'message', role: 'assistant', model: 'm', stop_sequence: null },
    ...{ content: [{ type: 'text', text: 'Half' }], stop_reason: reason, usage: { input_tokens: 1, output_tokens: 1 } },
  }),
  openai_responses: reason => {
    const [status = '', why] = reason.split(':');
    return {
      ...{ id: 'resp_1', object: 'response', created_at: 1, model: 'm', status },
      error: status === 'failed' ? { code: 'server_error', message: 'It broke.' } : null,
      incomplete_details: why === undefined ? null : { reason: why },
      output: [
        {
          ...{ type: 'message', id: 'msg_1', status: 'completed', role: 'assistant' },
          content: [{ type: 'output_text', text: 'Half', annotations: [] }],
        },
      ],
    };
  },
  gemini_generate_content: reason => ({
    candidates: [{ content: { role: 'model', parts: [{ text: 'Half' }] }, finishReason: reason, index: 0 }],
    ...{ modelVersion: 'm', responseId: 'r-1' },
  }),
};

const event = (name: string, data: JsonObject) =>
  `event: ${name}\ndata: ${JSON.stringify({ type: name, ...data })}\n\n`;
const STREAMS: Readonly<Record<ChatDialect, (reason: string) => string>> = {
  chat_completions: reason => {
    const chunk = (delta: JsonObject, finish: string | null) =>
      `data: ${JSON.stringify({ id: 'c-1', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
    return `${chunk({ role: 'assistant', content: 'Half' }, null)}${chunk({}, reason)}data: [DONE]\n\n`;
  },
  anthropic_messages: reason =>
    event('message_start', { message: { id: 'msg_1', model: 'm', usage: { input_tokens: 1, output_tokens: 1 } } }) +
    event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }) +
    event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'Half' } }) +
    event('content_block_stop', { index: 0 }) +
    event('message_delta', { delta: { stop_reason: reason, stop_sequence: null }, usage: { output_tokens: 2 } }) +
    event('message_stop', {}),
  openai_responses: reason => {
    const response = ANSWERS.openai_responses(reason);
    const { status } = response;
    const words = { item_id: 'msg_1', output_index: 0, content_index: 0 };
    const item = { type: 'message', id: 'msg_1', role: 'assistant', content: [] };
    return (
      event('response.created', { response: { ...response, status: 'in_progress', output: [] } }) +
      event('response.output_item.added', { output_index: 0, item }) +
      event('response.content_part.added', { ...words, part: { type: 'output_text', text: '' } }) +
      event('response.output_text.delta', { ...words, delta: 'Half' }) +
      event(`response.${status === 'cancelled' ? 'failed' : (status as string)}`, { response })
    );
  },
  gemini_generate_content: reason => `data: ${JSON.stringify(ANSWERS.gemini_generate_content(reason))}\n\n`,
};

const OPTIONS: EncodeResponseOptions = {
  ...{ model: 'asked', requestId: 'req-1', now: 1, streamUsage: false },
  request: decodeRequest(
    Buffer.from(JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'Hi' }] })),
    'chat_completions',
    null,
  ).request,
};

/** What the last word of a caller's answer says. */
const KIND_OF: Readonly<Record<ChatDialect, (text: string) => Kind>> = {
  chat_completions: text =>
    /"finish_reason":"stop"/.test(text) ? 'whole' : /"finish_reason":"length"/.test(text) ? 'cut' : 'filtered',
  anthropic_messages: text =>
    /"stop_reason":"(?:end_turn|stop_sequence)"/.test(text)
      ? 'whole'
      : /"stop_reason":"(?:max_tokens|pause_turn)"/.test(text)
        ? 'cut'
        : 'filtered',
  openai_responses: text =>
    /"status":"failed"/.test(text)
      ? 'failed'
      : /"incomplete_details":\{"reason":"max_output_tokens"/.test(text)
        ? 'cut'
        : /"incomplete_details":\{"reason":"content_filter"/.test(text)
          ? 'filtered'
          : 'whole',
  gemini_generate_content: text =>
    /"finishReason":"STOP"/.test(text)
      ? 'whole'
      : /"finishReason":"(?:MAX_TOKENS|OTHER)"/.test(text)
        ? 'cut'
        : 'filtered',
};

/** Reasons that only an answer with a call has. */
const OF_CALLS: ReadonlySet<string> = new Set(['tool_calls', 'tool_use', 'function_call']);
/** The tables of the decoders: Responses has a status in the place of a reason. */
const TABLES: readonly (readonly [ChatDialect, ReadonlyMap<string, string>])[] = [
  ['chat_completions', CHAT_REASONS],
  ['anthropic_messages', STOP_REASONS],
  ['gemini_generate_content', GEMINI_REASONS],
];
/** What OpenAI's types list: one that a newer SDK adds does not compile until it stands here. */
const CHAT_TYPES: Readonly<Record<ChatCompletion.Choice['finish_reason'], true>> = {
  ...{ stop: true, length: true, tool_calls: true, content_filter: true, function_call: true },
};
const RESPONSE_TYPES: Readonly<Record<ResponseStatus, 'ending' | 'running'>> = {
  ...{ completed: 'ending', failed: 'ending', cancelled: 'ending', incomplete: 'ending' },
  ...{ in_progress: 'running', queued: 'running' },
};

describe('the tables of endings', () => {
  it.each(TABLES)('of %s hold no reason that is not tried here', (dialect, table) => {
    const tried = new Set(Object.values(REASONS[dialect]).flat());
    expect([...table.keys()].filter(reason => !tried.has(reason) && !OF_CALLS.has(reason))).toEqual([]);
  });

  it('know each reason of OpenAI’s types', () => {
    expect(Object.keys(CHAT_TYPES).filter(reason => !CHAT_REASONS.has(reason))).toEqual([]);
    const tried = new Set(
      Object.values(REASONS.openai_responses)
        .flat()
        .map(reason => reason.split(':')[0]),
    );
    const endings = Object.entries(RESPONSE_TYPES).filter(([, kind]) => kind === 'ending');
    expect(endings.filter(([status]) => !tried.has(status))).toEqual([]);
  });
});

const DIALECTS = Object.keys(REASONS) as ChatDialect[];
const CASES = DIALECTS.flatMap(from =>
  Object.entries(REASONS[from]).flatMap(([kind, reasons]) =>
    reasons.flatMap(reason => DIALECTS.filter(to => to !== from).map(to => [from, reason, to, kind as Kind] as const)),
  ),
);

function streamed(from: ChatDialect, to: ChatDialect, reason: string): { text: string; failed: boolean } {
  const [source, target] = [DESCRIPTORS[from], DESCRIPTORS[to]];
  const tap = new TranslatingTap({
    native: source.createTap(),
    decoder: (source.codec as NonNullable<typeof source.codec>).createStreamDecoder(),
    encoder: (target.codec as NonNullable<typeof target.codec>).createStreamEncoder(OPTIONS),
    maxLineBytes: 65_536,
    encodeError: () => target.encodeStreamError(new GatewayError('upstream_error'), 'req-1'),
  });
  const begin = tap.push(Buffer.from(STREAMS[from](reason))).toString();
  const { complete, tail } = tap.end();
  return { text: begin + tail.toString(), failed: tap.failed && !complete };
}

describe('how an answer ends, in the caller’s dialect', () => {
  it.each(CASES)('%s ends with %s, told as %s: %s', (from, reason, to, kind) => {
    const body = Buffer.from(JSON.stringify(ANSWERS[from](reason)));
    if (kind === 'failed' && to !== 'openai_responses') {
      expect(() => translateAnswer(body, from, to, OPTIONS)).toThrow(GatewayError);
    } else {
      const told = translateAnswer(body, from, to, OPTIONS).body.toString();
      expect(KIND_OF[to](told)).toBe(kind);
      expect(told).toContain('Half');
    }
    const { text, failed } = streamed(from, to, reason);
    expect({ reason, failed }).toEqual({ reason, failed: kind === 'failed' });
    if (kind !== 'failed') expect(KIND_OF[to](text)).toBe(kind);
    // Nothing behind the words may say that all went well.
    else expect(text).not.toMatch(/message_stop|\[DONE\]|response\.completed|"finishReason"/);
    expect(text).toContain('Half');
  });
});
