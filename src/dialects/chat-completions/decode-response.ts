import { isObject, isSaid, type Json, type JsonObject } from '../../json/value.js';
import { UnreadableAnswer } from '../neutral/codec.js';
import type { AssistantPart, MediaPart, NeutralChoice, NeutralResponse } from '../neutral/neutral.types.js';
import { toolCallId } from '../neutral/tool-calls.js';
import { ANSWER } from '../wire/field-reader.js';
import { LossList } from '../wire/loss-list.js';
import { readSources, withSources } from './citations.js';
import { decodeAssistantParts } from './decode-parts.js';
import { failureOf } from '../neutral/endings.js';
import { findFinishReason } from './finish-reason.js';
import { decodeLogprobs } from './logprobs.js';
import { readChatUsage } from './usage.js';

export function decodeChatResponse(wire: JsonObject): NeutralResponse {
  if (Boolean(wire['error']) || Boolean(wire['error_code'])) throw new UnreadableAnswer('the answer reports an error');
  const choices = ANSWER.array(wire['choices'], 'choices');
  if (choices.length === 0) throw new UnreadableAnswer('choices must not be empty');
  const head = readAnswerHead(wire);
  const seed = callSeed(head);
  const sources = readSources(wire);
  return {
    ...head,
    choices: choices
      .map((choice, place) => ANSWER.object(choice, `choices[${place}]`))
      .toSorted((one, other) => indexOf(one) - indexOf(other))
      .map((choice, index) => decodeChoice(choice, index, seed))
      .map(choice => ({ ...choice, parts: withSources(choice.parts, sources) })),
    usage: readChatUsage(wire['usage']),
  };
}

export type AnswerHead = Pick<NeutralResponse, 'id' | 'model' | 'createdAt' | 'serviceTier'>;

/** What an answer and every event of a stream say of the whole. */
export function readAnswerHead({ id, model, created, service_tier: tier }: JsonObject): AnswerHead {
  return {
    id: typeof id === 'string' ? id : '',
    model: typeof model === 'string' ? model : '',
    createdAt: Number.isSafeInteger(created) && (created as number) > 0 ? (created as number) : null,
    serviceTier: typeof tier === 'string' && tier !== '' ? tier : null,
  };
}

/** Two answers of one conversation must not give two calls the same id. */
export function callSeed({ id, createdAt }: AnswerHead): string {
  return id === '' ? `created ${createdAt ?? 'some time'}` : id;
}

function indexOf({ index }: JsonObject): number {
  return Number.isSafeInteger(index) ? (index as number) : 0;
}

function decodeChoice(choice: JsonObject, index: number, seed: string): NeutralChoice {
  const path = `choices[${index}].message`;
  // Azure leaves the message out where it filtered all of it.
  const isWithheld = !isSaid(choice['message']) && isSaid(choice['finish_reason']);
  const message = isWithheld ? {} : ANSWER.object(choice['message'], path);
  const parts = decodeAssistantParts(message, {
    reader: ANSWER,
    strict: false,
    path,
    losses: new LossList(),
    nameCall: (name, place) => toolCallId(seed, `${place} ${name}`),
  });
  const all = [...parts, ...decodeAudio(message['audio'], parts)];
  const calls = all.some(part => part.type === 'tool-call');
  const refused = all.some(part => part.type === 'refusal');
  const finish =
    findFinishReason(choice['finish_reason'], { calls, refused }) ??
    (calls ? 'tool-calls' : refused ? 'refusal' : 'stop');
  return {
    index,
    parts: all,
    finish,
    ...failureOf(finish, choice['finish_reason']),
    stopSequence: null,
    logprobs: decodeLogprobs(choice['logprobs'], 'content') ?? decodeLogprobs(choice['logprobs'], 'refusal'),
  };
}

/** Spoken answers come with their text, which stands in no other field. */
function decodeAudio(audio: Json | undefined, parts: readonly AssistantPart[]): AssistantPart[] {
  if (!isObject(audio)) return [];
  const { data, transcript } = audio;
  const spoken = typeof transcript === 'string' && transcript !== '' && !parts.some(({ type }) => type === 'text');
  return [
    ...(spoken ? [{ type: 'text' as const, text: transcript }] : []),
    ...(typeof data === 'string' && data !== '' ? [audioPart(data, 'audio/wav')] : []),
  ];
}

/** An answer does not say its format: only the request did, and it came from another dialect. */
export function audioPart(data: string, mediaType: string): MediaPart {
  return { type: 'media', kind: 'audio', source: { type: 'base64', mediaType, data } };
}
