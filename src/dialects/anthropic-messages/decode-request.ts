import type { DecodedRequest } from '../neutral/codec.js';
import type { Json, JsonObject, Loss, NeutralRequest, TextPart, Turn } from '../neutral/neutral.types.js';
import { RequestFieldError } from '../request-field-error.js';
import { decodeAssistantContent, decodeTexts, decodeUserContent } from './decode-blocks.js';
import { decodeOutput, decodeReasoning } from './decode-reasoning.js';
import { decodeToolChoice, decodeTools } from './decode-tools.js';
import { decodeRequestTier } from './service-tiers.js';
import {
  findBoolean,
  findCount,
  findNumber,
  findString,
  getList,
  getObject,
  getString,
  loseUnknown,
} from './wire-value.js';

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
  const losses: Loss[] = [];
  loseUnknown(wire, REQUEST_KEYS, '', losses);
  const conversation = decodeMessages(wire['messages'], losses);
  const system = wire['system'] == null ? [] : decodeTexts(wire['system'], 'system', losses);
  const request: NeutralRequest = {
    model: getString(wire['model'], 'model'),
    stream: findBoolean(wire['stream'], 'stream') ?? false,
    // This dialect's streams always tell their usage.
    streamUsage: true,
    instructions: [...system, ...conversation.instructions],
    turns: conversation.turns,
    tools: decodeTools(wire['tools'], losses),
    ...decodeToolChoice(wire['tool_choice']),
    output: decodeOutput(wire, losses),
    maxOutputTokens: getMaxTokens(wire),
    temperature: findNumber(wire['temperature'], 'temperature'),
    topP: findNumber(wire['top_p'], 'top_p'),
    topK: findCount(wire['top_k'], 'top_k'),
    stop: decodeStop(wire['stop_sequences']),
    seed: null,
    frequencyPenalty: null,
    presencePenalty: null,
    candidates: 1,
    logprobs: null,
    reasoning: decodeReasoning(wire, losses),
    serviceTier: decodeRequestTier(findString(wire['service_tier'], 'service_tier')),
    user: decodeUser(wire['metadata'], losses),
    metadata: null,
    verbosity: null,
    promptCacheKey: null,
  };
  return { request, losses };
}

function getMaxTokens(wire: JsonObject): number {
  const limit = findCount(wire['max_tokens'], 'max_tokens');
  if (limit === null) throw new RequestFieldError('max_tokens', 'max_tokens is required');
  return limit;
}

function decodeStop(value: Json | undefined): readonly string[] {
  if (value == null) return [];
  return getList(value, 'stop_sequences').map((entry, index) => getString(entry, `stop_sequences[${index}]`));
}

function decodeUser(value: Json | undefined, losses: Loss[]): string | null {
  if (value == null) return null;
  const metadata = getObject(value, 'metadata');
  loseUnknown(metadata, METADATA_KEYS, 'metadata', losses);
  return findString(metadata['user_id'], 'metadata.user_id');
}

interface Conversation {
  /** system messages before the first word of anybody */
  readonly instructions: readonly TextPart[];
  readonly turns: readonly Turn[];
}

function decodeMessages(value: Json | undefined, losses: Loss[]): Conversation {
  const turns = getList(value, 'messages').flatMap((entry, index) => {
    const path = `messages[${index}]`;
    const message = getObject(entry, path);
    loseUnknown(message, MESSAGE_KEYS, path, losses);
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

function decodeMessage(message: JsonObject, path: string, losses: Loss[]): Turn {
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
      throw new RequestFieldError(`${path}.role`, `${path}.role must be user, assistant or system`);
  }
}
