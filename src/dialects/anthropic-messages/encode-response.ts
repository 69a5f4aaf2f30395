import type { Encoded, EncodeResponseOptions } from '../neutral/codec.js';
import type { AssistantPart, JsonObject, NeutralChoice, NeutralResponse } from '../neutral/neutral.types.js';
import { writeOpaque } from '../neutral/opaque.js';
import type { TokenCounts } from '../token-counts.js';
import { LossList } from '../wire/field-reader.js';
import { encodeCall, encodeText, thinking } from './encode-content.js';
import { encodeStopReason } from './finish.js';
import { writeMessagesUsage } from './usage.js';

const NO_TOKENS: TokenCounts = { input: 0, cacheRead: 0, cacheWrite: 0, output: 0, reasoning: 0 };

export function encodeMessagesAnswer(response: NeutralResponse, options: EncodeResponseOptions): Encoded {
  const losses = new LossList();
  const [choice, ...others] = response.choices;
  if (others.length > 0) losses.add('choices', 'this dialect has one answer; the first was taken');
  if (choice?.logprobs != null) losses.add('choices[0].logprobs', 'this dialect has no log probabilities');
  const wire = {
    ...messageFrame(response, options),
    content: choice === undefined ? [] : encodeBlocks(choice, losses),
    stop_reason: encodeStopReason(choice?.finish ?? 'stop'),
    stop_sequence: choice?.stopSequence ?? null,
    usage: encodeUsage(response.usage, response.serviceTier),
  };
  return { wire, losses: losses.losses };
}

/** What stands around the content, in a whole answer and at the start of a stream. */
export function messageFrame({ id }: { readonly id: string }, { model, requestId }: EncodeResponseOptions): JsonObject {
  const plain = (id === '' ? requestId : id).replaceAll(/[^A-Za-z0-9_-]/g, '');
  return {
    id: plain.startsWith('msg_') ? plain : `msg_${plain}`,
    type: 'message',
    role: 'assistant',
    model,
    container: null,
    stop_details: null,
  };
}

export function encodeUsage(usage: TokenCounts | null, serviceTier: string | null): JsonObject {
  return {
    ...writeMessagesUsage(usage ?? NO_TOKENS),
    server_tool_use: null,
    service_tier: serviceTier === 'priority' || serviceTier === 'batch' ? serviceTier : 'standard',
  };
}

function encodeBlocks(choice: NeutralChoice, losses: LossList): JsonObject[] {
  return choice.parts.flatMap((part, index) => encodePart(part, `choices[0].parts[${index}]`, losses));
}

function encodePart(part: AssistantPart, path: string, losses: LossList): JsonObject[] {
  switch (part.type) {
    case 'text':
      return part.text === '' && part.signature === undefined ? [] : [...sealBefore(part), encodeText(part)];
    case 'refusal':
      return [{ type: 'text', text: part.text }];
    case 'tool-call':
      return [...sealBefore(part), encodeCall(part, path, losses)];
    case 'reasoning':
      return [encodeThought(part)];
    case 'media':
      losses.add(path, `this dialect has no place for ${part.kind} in an answer`);
      return [];
  }
}

/** The vendor's own form for its own thoughts; another's travels in the signature, with its origin before it. */
function encodeThought({ text, opaque, redacted }: Extract<AssistantPart, { type: 'reasoning' }>): JsonObject {
  if (redacted && opaque?.origin === 'anthropic') return { type: 'redacted_thinking', data: opaque.value };
  return thinking(text, opaque === null ? '' : writeOpaque(opaque, 'anthropic'));
}

/** A seal on words or on a call stands in a thought without words before them. */
function sealBefore({ signature }: Extract<AssistantPart, { type: 'text' | 'tool-call' }>): JsonObject[] {
  return signature === undefined ? [] : [thinking('', writeOpaque(signature, 'anthropic'))];
}
