import { LossList } from '../wire/loss-list.js';
import { REQUEST } from '../wire/field-reader.js';
import type { Json, JsonObject } from '../../json/value.js';
import type { DecodedRequest } from '../neutral/codec.js';
import type { NeutralRequest, TextPart, Turn } from '../neutral/neutral.types.js';
import { decodeAssistantContent, decodeTexts, decodeUserContent } from './decode-blocks.js';
import { decodeOutput, decodeReasoning } from './decode-reasoning.js';
import { decodeToolChoice, decodeTools } from './decode-tools.js';
import { decodeRequestTier } from './service-tiers.js';

const REQUEST_KEYS: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'max_tokens',
  'system',
  'stream',
  'stop_sequences',
  'temperature',
  'top_p',
  'top_k',
  'tools',
  'tool_choice',
  'thinking',
  'output_config',
  'output_format',
  'metadata',
  'service_tier',
]);
const MESSAGE_KEYS: ReadonlySet<string> = new Set(['role', 'content']);
const METADATA_KEYS: ReadonlySet<string> = new Set(['user_id']);

/** @throws {RequestFieldError} */
export function decodeRequest(wire: JsonObject): DecodedRequest {
  const losses = new LossList('it has no counterpart in other dialects');
  losses.addUnknown(wire, REQUEST_KEYS, '');
  const conversation = decodeMessages(wire['messages'], losses);
  const system = wire['system'] == null ? [] : decodeTexts(wire['system'], 'system', losses);
  const request: NeutralRequest = {
    model: REQUEST.string(wire['model'], 'model'),
    stream: REQUEST.findBoolean(wire, 'stream') ?? false,
    // This dialect's streams always tell their usage.
    streamUsage: true,
    instructions: [...system, ...conversation.instructions],
    turns: conversation.turns,
    tools: decodeTools(wire['tools'], losses),
    ...decodeToolChoice(wire['tool_choice']),
    output: decodeOutput(wire, losses),
    maxOutputTokens: getMaxTokens(wire),
    temperature: REQUEST.findNumber(wire, 'temperature'),
    topP: REQUEST.findNumber(wire, 'top_p'),
    topK: REQUEST.findInteger(wire, 'top_k', 0),
    stop: decodeStop(wire['stop_sequences']),
    seed: null,
    frequencyPenalty: null,
    presencePenalty: null,
    candidates: 1,
    logprobs: null,
    reasoning: decodeReasoning(wire, losses),
    serviceTier: decodeRequestTier(REQUEST.findString(wire, 'service_tier')),
    user: decodeUser(wire['metadata'], losses),
    metadata: null,
    verbosity: null,
    promptCacheKey: null,
  };
  return { request, losses: losses.losses };
}

function getMaxTokens(wire: JsonObject): number {
  const limit = REQUEST.findInteger(wire, 'max_tokens', 0);
  if (limit === null) REQUEST.refuse('max_tokens', 'is required');
  return limit;
}

function decodeStop(value: Json | undefined): readonly string[] {
  if (value == null) return [];
  return REQUEST.array(value, 'stop_sequences').map((entry, index) =>
    REQUEST.string(entry, `stop_sequences[${index}]`),
  );
}

function decodeUser(value: Json | undefined, losses: LossList): string | null {
  if (value == null) return null;
  const metadata = REQUEST.object(value, 'metadata');
  losses.addUnknown(metadata, METADATA_KEYS, 'metadata');
  return REQUEST.findString(metadata, 'user_id', 'metadata');
}

interface Conversation {
  /** system messages before the first word of anybody */
  readonly instructions: readonly TextPart[];
  readonly turns: readonly Turn[];
}

function decodeMessages(value: Json | undefined, losses: LossList): Conversation {
  const turns = REQUEST.array(value, 'messages').flatMap((entry, index) => {
    const path = `messages[${index}]`;
    const message = REQUEST.object(entry, path);
    losses.addUnknown(message, MESSAGE_KEYS, path);
    const turn = decodeMessage(message, path, losses);
    // Of a turn that held nothing but a vendor's own blocks nothing is left.
    return turn.parts.length > 0 ? [turn] : [];
  });
  const first = turns.findIndex(turn => turn.role !== 'system');
  const leading = first === -1 ? turns.length : first;
  return {
    instructions: turns.slice(0, leading).flatMap(turn => turn.parts as readonly TextPart[]),
    turns: turns.slice(leading),
  };
}

function decodeMessage(message: JsonObject, path: string, losses: LossList): Turn {
  const { role, content } = message;
  const at = `${path}.content`;
  switch (role) {
    case 'user':
      return { role, parts: decodeUserContent(content, at, losses) };
    case 'assistant':
      return { role, parts: decodeAssistantContent(content, at, losses) };
    case 'system':
      return { role, parts: content == null ? [] : decodeTexts(content, at, losses) };
    default:
      REQUEST.refuse(`${path}.role`, 'must be user, assistant or system');
  }
}
