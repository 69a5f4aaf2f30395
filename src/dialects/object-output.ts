import { AnswerUnwrapper } from './answer-unwrapper.js';
import type { Codec, StreamDecoder } from './neutral/codec.js';
import type { NeutralEvent } from './neutral/neutral-event.js';
import type { AssistantPart, ChatDialect, NeutralRequest, NeutralResponse } from './neutral/neutral.types.js';
import { asObjectRoot, mayBeNoObject } from './schemas/output-root.js';

/** Whose structured answers are objects: guides "Structured outputs" of OpenAI (the root must be an object) and Anthropic. */
const OBJECTS_ONLY: ReadonlySet<ChatDialect> = new Set<ChatDialect>([
  'chat_completions',
  'openai_responses',
  'anthropic_messages',
]);

/** Where the caller's schema stands in the one that is sent. */
const WITHIN = /^(output\.schema)\.properties\.answer(?![^.[])/;

/**
 * A codec of a target that answers with objects only, for a request whose schema is of something else (`list[Person]`): the
 * target is asked for an object that holds it, and the caller is given what it asked for. The codec itself elsewhere.
 */
export function withObjectOutput(codec: Codec, request: NeutralRequest): Codec {
  const { output } = request;
  if (output?.type !== 'schema' || !OBJECTS_ONLY.has(codec.dialect) || !mayBeNoObject(output.schema)) return codec;
  return {
    ...codec,
    encodeRequest: (decoded, options) => {
      const wrapped = { ...decoded, output: { ...output, schema: asObjectRoot(output.schema) } };
      const { wire, losses } = codec.encodeRequest(wrapped, options);
      return { wire, losses: losses.map(({ field, reason }) => ({ field: field.replace(WITHIN, '$1'), reason })) };
    },
    decodeResponse: wire => unwrapped(codec.decodeResponse(wire)),
    createStreamDecoder: () => unwrappedStream(codec.createStreamDecoder()),
  };
}

function unwrapped(response: NeutralResponse): NeutralResponse {
  const choices = response.choices.map(choice => ({ ...choice, parts: choice.parts.map(unwrappedPart) }));
  return { ...response, choices };
}

function unwrappedPart(part: AssistantPart): AssistantPart {
  if (part.type !== 'text') return part;
  const unwrapper = new AnswerUnwrapper();
  return { ...part, text: unwrapper.push(part.text) + unwrapper.end() };
}

function unwrappedStream(decoder: StreamDecoder): StreamDecoder {
  const texts = new Map<string, AnswerUnwrapper>();
  const told = (events: readonly NeutralEvent[]) => events.flatMap(event => unwrapEvent(event, texts));
  const { losses } = decoder;
  return { push: event => told(decoder.push(event)), end: () => told(decoder.end()), ...(losses && { losses }) };
}

function unwrapEvent(event: NeutralEvent, texts: Map<string, AnswerUnwrapper>): NeutralEvent[] {
  if (event.type !== 'part-start' && event.type !== 'part-delta' && event.type !== 'part-end') return [event];
  const { choice, part } = event;
  const key = `${choice}.${part}`;
  if (event.type === 'part-start') {
    if (event.start.type === 'text') texts.set(key, new AnswerUnwrapper());
    return [event];
  }
  const unwrapper = texts.get(key);
  if (unwrapper === undefined) return [event];
  if (event.type === 'part-delta') return [{ ...event, text: unwrapper.push(event.text) }];
  texts.delete(key);
  const text = unwrapper.end();
  return text === '' ? [event] : [{ type: 'part-delta', choice, part, text }, event];
}
