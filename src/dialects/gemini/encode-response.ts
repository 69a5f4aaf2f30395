import type { JsonObject } from '../../json/value.js';
import type { Encoded, EncodeResponseOptions } from '../neutral/codec.js';
import type { NeutralChoice, NeutralResponse } from '../neutral/neutral.types.js';
import { LossList } from '../wire/loss-list.js';
import { encodeAnswerPart, encodeOrigin, encodeUsage, isSilent, noteCacheWrites } from './answer-frame.js';
import { type CitedText, encodeGrounding } from './citations.js';
import { encodeFinishReason } from './finish-reason.js';
import { encodeLogprobsResult } from './logprobs.js';

export function encodeGeminiResponse(response: NeutralResponse, options: EncodeResponseOptions): Encoded {
  const losses = new LossList();
  const candidates = response.choices.map(choice => encodeChoice(choice, losses));
  if (response.usage !== null) noteCacheWrites(response.usage, losses);
  const usage = encodeUsage(response.usage, response.serviceTier);
  return { losses: losses.losses, wire: { candidates, ...usage, ...encodeOrigin(response, options) } };
}

function encodeChoice(choice: NeutralChoice, losses: LossList): JsonObject {
  const { index, finish, logprobs } = choice;
  const parts: JsonObject[] = [];
  const cited: CitedText[] = [];
  let refused = false;
  let brokenCall = false;
  for (const part of choice.parts) {
    if (isSilent(part)) continue;
    if (part.type === 'text' && part.citations)
      cited.push({ part: parts.length, text: part.text, citations: part.citations });
    refused ||= part.type === 'refusal';
    const encoded = encodeAnswerPart(part);
    if (encoded !== null) parts.push(encoded);
    else if (part.type === 'tool-call') brokenCall = true;
    else losses.add(`candidates[${index}].content`, 'a file that another vendor keeps was left out');
  }
  if (brokenCall) losses.add(`candidates[${index}].content`, 'a call whose arguments are no JSON object was left out');
  if (choice.stopSequence !== null)
    losses.add(`candidates[${index}].finishReason`, 'Gemini does not name what stopped it');
  const grounding = encodeGrounding(cited);
  return {
    content: { parts, role: 'model' },
    finishReason: encodeFinishReason({ reason: finish, refused, brokenCall }),
    index,
    ...(grounding !== null && { groundingMetadata: grounding }),
    ...(logprobs !== null && { logprobsResult: encodeLogprobsResult(logprobs) }),
  };
}
