import type { ContentBlock, Message, TextBlock, ToolUseBlock } from 'anthropic-sdk/resources/messages';
import type { JsonObject } from '../../json/value.js';
import type { Encoded, EncodeResponseOptions } from '../neutral/codec.js';
import { parseArguments, rawArguments } from '../neutral/tool-arguments.js';
import type {
  AssistantPart,
  NeutralResponse,
  ReasoningPart,
  TextPart,
  ToolCallPart,
} from '../neutral/neutral.types.js';
import { writeOpaque } from '../neutral/opaque.js';
import { bareThought, signatureOfNext, TEXT_SIGNATURE_LOST } from '../neutral/signatures.js';
import { LossList } from '../wire/loss-list.js';
import { writeAnswerFrame } from './answer-frame.js';
import { encodeCitations } from './citations.js';
import { encodeStopReason } from './finish-reason.js';

export function encodeResponse(response: NeutralResponse, options: EncodeResponseOptions): Encoded {
  const losses = new LossList();
  const [choice] = response.choices;
  if (response.choices.length > 1) losses.add('content', 'an answer holds one choice here');
  if (choice?.logprobs) losses.add('logprobs', 'an answer has no place for them here');
  const parts = withoutTrailingSignature(choice?.parts ?? [], losses);
  const wire: Message = {
    ...writeAnswerFrame(response, options),
    content: parts.flatMap((part, index) => encodePart(part, `content[${index}]`, losses)),
    stop_reason: encodeStopReason(choice?.finish ?? 'stop', {
      callsTools: parts.some(({ type }) => type === 'tool-call'),
      refuses: parts.some(({ type }) => type === 'refusal'),
    }),
    stop_sequence: choice?.stopSequence ?? null,
  };
  return { wire: wire as unknown as JsonObject, losses: losses.losses };
}

function encodePart(part: AssistantPart, path: string, losses: LossList): ContentBlock[] {
  switch (part.type) {
    case 'text':
      if (part.signature !== undefined) losses.addOnce('signature', TEXT_SIGNATURE_LOST);
      return encodeText(part, path, losses);
    case 'refusal':
      return encodeText({ type: 'text', text: part.text }, path, losses);
    case 'reasoning':
      return encodeReasoning(part);
    case 'tool-call':
      // The one place where a client keeps it: see neutral/signatures.ts.
      return [
        ...(part.signature === undefined ? [] : encodeReasoning(bareThought(part.signature))),
        encodeToolCall(part, path, losses),
      ];
    case 'media':
      losses.add(path, `${part.kind} has no place in an answer here`);
      return [];
  }
}

/** An empty text says nothing, and the API would refuse it when it comes back. */
function encodeText(part: TextPart, path: string, losses: LossList): ContentBlock[] {
  if (part.text === '') return [];
  const citations = encodeCitations(part.citations);
  if (citations.length < (part.citations ?? []).length) {
    losses.add(`${path}.citations`, 'citations of another dialect have no place here');
  }
  // Where nothing is cited the API leaves the field out, whatever its SDK's type says; some readers refuse a null.
  return [{ type: 'text', text: part.text, ...(citations.length > 0 && { citations }) } as TextBlock];
}

function encodeReasoning({ text, opaque, redacted }: ReasoningPart): ContentBlock[] {
  if (redacted && opaque?.origin === 'anthropic') return [{ type: 'redacted_thinking', data: opaque.value }];
  if (text === '' && opaque === null) return [];
  return [{ type: 'thinking', thinking: text, signature: opaque === null ? '' : writeOpaque(opaque, 'anthropic') }];
}

/** A message never ends in a thought without words: agents read its last block, and find nothing in it. */
function withoutTrailingSignature(parts: readonly AssistantPart[], losses: LossList): readonly AssistantPart[] {
  const kept = parts.findLastIndex(part => signatureOfNext(part) === null) + 1;
  if (kept < parts.length) losses.addOnce('signature', TEXT_SIGNATURE_LOST);
  return parts.slice(0, kept);
}

function encodeToolCall(part: ToolCallPart, path: string, losses: LossList): ToolUseBlock {
  const parsed = parseArguments(part.arguments);
  if (parsed === null) losses.add(`${path}.input`, 'it is no JSON object; its text is given as `_raw`');
  const input = parsed ?? rawArguments(part.arguments);
  return { type: 'tool_use', id: part.id, name: part.name, input, caller: { type: 'direct' } };
}
