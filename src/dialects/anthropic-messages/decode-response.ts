import { asObject, asString, isCarriable, type Json, type JsonObject } from '../../json/value.js';
import { UnreadableAnswer } from '../neutral/codec.js';
import type { AssistantPart, NeutralResponse, ToolCallPart } from '../neutral/neutral.types.js';
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
  return {
    id,
    model: asString(wire['model']),
    createdAt: null,
    choices: [
      {
        index: 0,
        parts,
        finish: decodeStopReason(wire['stop_reason'], callsTools),
        stopSequence: typeof stopSequence === 'string' ? stopSequence : null,
        logprobs: null,
      },
    ],
    usage: readMessagesUsage(wire['usage']),
    serviceTier: decodeAnswerTier(asObject(wire['usage'])?.['service_tier']),
    ...(losses.losses.length > 0 && { losses: losses.losses }),
  };
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
