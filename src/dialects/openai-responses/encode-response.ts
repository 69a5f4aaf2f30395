import type { Json, JsonObject } from '../../json/value.js';
import type { Encoded, EncodeResponseOptions } from '../neutral/codec.js';
import { failureMessage } from '../neutral/endings.js';
import type { AssistantPart, NamespacedName, NeutralChoice, NeutralResponse } from '../neutral/neutral.types.js';
import { TEXT_SIGNATURE_LOST } from '../neutral/signatures.js';
import { LossList } from '../wire/loss-list.js';
import { answerFrame, callItem, ItemNames, messageItem, responseId, textContent, thoughtItem } from './answer-frame.js';
import { encodeAnnotation } from './citations.js';
import { foreignSignature } from './reasoning-signature.js';
import { namespacesOf } from './tool-namespaces.js';

export function encodeResponsesAnswer(response: NeutralResponse, options: EncodeResponseOptions): Encoded {
  const losses = new LossList();
  const [choice, ...others] = response.choices;
  if (others.length > 0) losses.add('output', 'this dialect has one answer; the first was taken');
  const names = new ItemNames(responseId(response, options));
  const output = choice === undefined ? [] : encodeItems(choice, names, namespacesOf(options.request), losses);
  const finish = choice?.finish ?? 'stop';
  if (finish === 'pause') losses.add('status', 'this dialect has no word for a pause');
  const refuses = choice?.parts.some(({ type }) => type === 'refusal') ?? false;
  const error = finish === 'error' ? { error: { code: 'server_error', message: failureMessage(choice?.failure) } } : {};
  const outcome = { finish, refuses, output, usage: response.usage, ...error };
  return { wire: answerFrame(response, options, outcome), losses: losses.losses };
}

/** Words that stand beside each other are one message; a call or a thought is an item of its own. */
function encodeItems(
  choice: NeutralChoice,
  names: ItemNames,
  namespaces: ReadonlyMap<string, NamespacedName>,
  losses: LossList,
): Json[] {
  const items: JsonObject[] = [];
  let content: JsonObject[] = [];
  let logprobs = choice.logprobs ?? [];
  const flush = () => {
    if (content.length > 0) items.push(messageItem(names.of('msg', items.length), content));
    content = [];
  };
  choice.parts.forEach(part => {
    if (part.type === 'text') {
      if (part.signature !== undefined) losses.addOnce('signature', TEXT_SIGNATURE_LOST);
      const { text, citations = [] } = part;
      if (citations.some(citation => encodeAnnotation(citation, text.length) === null)) {
        losses.addOnce('annotations', 'this dialect cites addresses only');
      }
      content.push(textContent(text, citations, logprobs));
      logprobs = [];
    } else if (part.type === 'refusal') content.push({ type: 'refusal', refusal: part.text });
    else {
      flush();
      const signature = foreignSignature(part);
      if (signature !== null && part.type === 'tool-call')
        items.push(thoughtItem(names.forCall(part.id), '', signature));
      const place = items.length;
      if (part.type === 'tool-call') {
        const id = names.of(part.custom === true ? 'ctc' : 'fc', place);
        items.push(callItem(id, part, namespaces.get(part.name)));
      } else items.push(...encodeItem(part, place, names, `output[${place}]`, losses));
    }
  });
  flush();
  return items;
}

function encodeItem(
  part: Exclude<AssistantPart, { type: 'text' | 'refusal' | 'tool-call' }>,
  place: number,
  names: ItemNames,
  path: string,
  losses: LossList,
): JsonObject[] {
  if (part.type === 'reasoning') {
    const id = part.id ?? (part.redacted ? names.redacted(place) : names.of('rs', place));
    return [thoughtItem(id, part.text, part.opaque)];
  }
  if (part.kind === 'image' && part.source.type === 'base64') {
    const result = part.source.data;
    return [{ type: 'image_generation_call', id: names.of('ig', place), status: 'completed', result }];
  }
  losses.add(path, `this dialect has no place for ${part.kind} in an answer`);
  return [];
}
