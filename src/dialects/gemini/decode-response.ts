import { isObject, type JsonObject } from '../../json/value.js';
import { UnreadableAnswer } from '../neutral/codec.js';
import { collectAnswer } from '../neutral/collect-answer.js';
import type { NeutralResponse } from '../neutral/neutral.types.js';
import { GeminiStreamDecoder } from './decode-stream.js';

/** A whole answer is a stream of one event, and is read as such. @throws {UnreadableAnswer} */
export function decodeGeminiResponse(wire: JsonObject): NeutralResponse {
  if (!isObject(wire)) throw new UnreadableAnswer('the answer is no JSON object');
  const decoder = new GeminiStreamDecoder();
  const events = [...decoder.read(wire), ...decoder.end()];
  if (events.some(event => event.type === 'error')) throw new UnreadableAnswer('the answer is an error');
  const { losses } = decoder.losses;
  const answer = { ...collectAnswer(events), ...(losses.length > 0 && { losses }) };
  if (answer.choices.length > 0) return answer;
  // A candidate without a word and without a reason is an answer all the same, if an empty one.
  if (Array.isArray(wire['candidates']) && wire['candidates'].length > 0) {
    return { ...answer, choices: [{ index: 0, parts: [], finish: 'stop', stopSequence: null, logprobs: null }] };
  }
  throw new UnreadableAnswer('the answer holds no candidate');
}
