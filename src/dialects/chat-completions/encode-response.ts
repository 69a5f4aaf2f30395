import type { JsonObject } from '../../json/value.js';
import type { Encoded, EncodeResponseOptions } from '../neutral/codec.js';
import type { AssistantPart, MediaPart, NeutralChoice, NeutralResponse, TextPart } from '../neutral/neutral.types.js';
import { LossList } from '../wire/loss-list.js';
import { answerFrame, encodeAudio } from './answer-frame.js';
import { encodeAnnotation } from './citations.js';
import { encodeCall } from './encode-turns.js';
import { encodeFinishReason } from './finish-reason.js';
import { encodeLogprobs } from './logprobs.js';
import { encodeMediaPart } from './media.js';
import { encodeGeminiSignature } from './reasoning-signature.js';
import { encodeDetail } from './thoughts.js';
import { encodeChatUsage } from './usage.js';

export function encodeChatResponse(response: NeutralResponse, options: EncodeResponseOptions): Encoded {
  const losses = new LossList();
  const wire: JsonObject = {
    ...answerFrame('chat.completion', response, options),
    choices: response.choices.map(choice => encodeChoice(choice, losses)),
    ...(response.usage !== null && { usage: encodeChatUsage(response.usage) }),
    ...(response.serviceTier !== null && { service_tier: response.serviceTier }),
  };
  return { wire, losses: losses.losses };
}

function encodeChoice({ index, parts, finish, logprobs }: NeutralChoice, losses: LossList): JsonObject {
  const path = `choices[${index}]`;
  const refused = parts.some(part => part.type === 'refusal');
  if (finish === 'pause') losses.add(`${path}.finish_reason`, 'the chat-completions dialect has no word for a pause');
  return {
    index,
    message: encodeMessage(parts, `${path}.message`, losses),
    logprobs: logprobs && { content: encodeLogprobs(logprobs), refusal: null },
    finish_reason: encodeFinishReason(finish, refused),
  };
}

function encodeMessage(parts: readonly AssistantPart[], path: string, losses: LossList): JsonObject {
  const texts = parts.filter(part => part.type === 'text');
  const thoughts = parts.filter(part => part.type === 'reasoning');
  const calls = parts.filter(part => part.type === 'tool-call');
  const refusal = parts.map(part => (part.type === 'refusal' ? part.text : '')).join('');
  const text = texts.map(part => part.text).join('');
  const thought = thoughts
    .map(part => part.text)
    .filter(part => part !== '')
    .join('\n\n');
  const annotations = encodeAnnotations(texts, path, losses);
  return {
    role: 'assistant',
    content: text === '' && (calls.length > 0 || refusal !== '') ? null : text,
    refusal: refusal === '' ? null : refusal,
    ...(thought !== '' && { reasoning_content: thought }),
    ...(thoughts.length > 0 && { reasoning_details: thoughts.map(encodeDetail) }),
    ...(calls.length > 0 && { tool_calls: calls.map(encodeCall) }),
    ...(annotations.length > 0 && { annotations }),
    ...encodeMedia(
      parts.filter(part => part.type === 'media'),
      path,
      losses,
    ),
    ...encodeTextSignature(texts, path, losses),
  };
}

function encodeAnnotations(texts: readonly TextPart[], path: string, losses: LossList): JsonObject[] {
  let before = 0;
  const annotations: JsonObject[] = [];
  for (const { text, citations = [] } of texts) {
    for (const citation of citations) {
      const annotation = encodeAnnotation(citation, before, text.length);
      if (annotation !== null) annotations.push(annotation);
      else losses.add(`${path}.annotations`, 'the chat-completions dialect cites addresses only');
    }
    before += text.length;
  }
  return annotations;
}

function encodeMedia(media: readonly MediaPart[], path: string, losses: LossList): JsonObject {
  const images: JsonObject[] = [];
  let audio: JsonObject | null = null;
  for (const part of media) {
    const image = part.kind === 'image' ? encodeMediaPart(part) : null;
    const sound: JsonObject | null = part.kind === 'audio' && audio === null ? encodeAudio(part) : null;
    if (image !== null) images.push(image);
    else if (sound !== null) audio = sound;
    else losses.add(path, `the chat-completions dialect has no place for this ${part.kind} in an answer`);
  }
  return { ...(images.length > 0 && { images }), ...(audio !== null && { audio }) };
}

/** A message has one place for a signature of its text. */
function encodeTextSignature(texts: readonly TextPart[], path: string, losses: LossList): JsonObject {
  const signatures = texts.flatMap(({ signature }) => signature ?? []);
  if (signatures.length > 1) losses.add(`${path}.extra_content`, 'holds the last signature only');
  return encodeGeminiSignature(signatures.at(-1));
}
