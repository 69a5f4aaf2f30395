import { asObject, asString, isCarriable, isSaid, type Json, type JsonObject } from '../../json/value.js';
import { UnreadableAnswer } from '../neutral/codec.js';
import { declined, type Declined, declinedParts } from '../neutral/declined.js';
import type { AssistantPart, FinishReason, NeutralResponse, ToolCallPart } from '../neutral/neutral.types.js';
import { attachSignatures } from '../neutral/signatures.js';
import { toolCallId } from '../neutral/tool-calls.js';
import { LossList } from '../wire/loss-list.js';
import { decodeCitations } from './citations.js';
import { decodeStopReason } from './finish-reason.js';
import { decodeThinking } from './reasoning-signature.js';
import { decodeAnswerTier } from './service-tier.js';
import { readMessagesUsage } from './usage.js';

/** @throws {UnreadableAnswer} */
export function decodeResponse(wire: JsonObject): NeutralResponse {
  const { content } = wire;
  if (!Array.isArray(content)) throw new UnreadableAnswer('the answer has no list of content');
  const id = asString(wire['id']);
  const losses = new LossList();
  const parts = attachSignatures(
    (content as readonly Json[]).flatMap((entry, index) => decodePart(entry, id, index, losses)),
  );
  const callsTools = parts.some(part => part.type === 'tool-call');
  const stopSequence = wire['stop_sequence'];
  const ending = readDeclined(decodeStopReason(wire['stop_reason'], callsTools), wire['stop_details'], losses);
  return {
    id,
    model: asString(wire['model']),
    createdAt: null,
    choices: [
      {
        index: 0,
        parts: [...parts, ...declinedParts(ending)],
        finish: ending.finish,
        stopSequence: typeof stopSequence === 'string' ? stopSequence : null,
        logprobs: null,
      },
    ],
    usage: readMessagesUsage(wire['usage']),
    serviceTier: decodeAnswerTier(asObject(wire['usage'])?.['service_tier']),
    ...(losses.losses.length > 0 && { losses: losses.losses }),
  };
}

/** Why an answer was withheld: the words are told, the kind of the policy has no place elsewhere and is named. */
export function readDeclined(finish: FinishReason, details: Json | undefined, losses: LossList): Declined {
  const said = asObject(details);
  if (isSaid(said?.['category'])) losses.addOnce('stop_details.category', 'other dialects know no kinds of refusals');
  return declined(finish, said?.['explanation']);
}

/** What Anthropic's own tools wrote, and what is newer than this code, is left out and named: its words follow as text. */
function decodePart(entry: Json, answerId: string, index: number, losses: LossList): readonly AssistantPart[] {
  const block = asObject(entry);
  switch (block?.['type']) {
    case 'text':
      return [{ type: 'text', text: getText(block, 'text'), ...decodeCitations(block['citations']) }];
    case 'thinking':
      return [decodeThinking(getText(block, 'thinking'), asString(block['signature']))];
    case 'redacted_thinking':
      return [
        { type: 'reasoning', text: '', opaque: { origin: 'anthropic', value: getText(block, 'data') }, redacted: true },
      ];
    case 'tool_use':
      return [decodeToolUse(block, answerId, index)];
    default:
      losses.addRecord(block?.['type']);
      return [];
  }
}

function decodeToolUse(block: JsonObject, answerId: string, index: number): ToolCallPart {
  return {
    type: 'tool-call',
    id: asString(block['id']) || toolCallId(answerId, index),
    name: getText(block, 'name'),
    arguments: writeInput(block['input']),
  };
}

/** The input of a tool, as JSON text; '{}' where there is none. */
export function writeInput(input: Json | undefined): string {
  if (!isCarriable(input)) throw new UnreadableAnswer('the input of a tool holds a number out of range');
  return JSON.stringify(input ?? {});
}

/** @throws {UnreadableAnswer} */
export function getText(block: JsonObject, name: string): string {
  const value = block[name];
  if (typeof value !== 'string') throw new UnreadableAnswer(`a block has no ${name}`);
  return value;
}
