import type {
  AssistantPart,
  Json,
  JsonObject,
  MediaPart,
  ReasoningPart,
  TextPart,
  ToolCallPart,
  ToolResultPart,
  Turn,
  UserPart,
} from '../neutral/neutral.types.js';
import { readOpaque } from '../neutral/opaque.js';
import { decodeCacheMark } from '../wire/cache-mark.js';
import { isSaid, type LossList, NOT_TRANSLATED, REQUEST } from '../wire/field-reader.js';
import { decodeCitations } from './citations.js';
import { decodeMedia } from './media.js';

/** `system`: a string, or text blocks. */
export function decodeSystem(wire: JsonObject, losses: LossList): TextPart[] {
  const { system } = wire;
  if (!isSaid(system)) return [];
  if (typeof system === 'string') return system === '' ? [] : [{ type: 'text', text: system }];
  return decodeTexts(system, 'system', losses);
}

export function decodeMessages(wire: JsonObject, losses: LossList): Turn[] {
  const messages = REQUEST.array(wire['messages'], 'messages');
  if (messages.length === 0) REQUEST.refuse('messages', 'must hold at least one message');
  return messages.map((value, index): Turn => {
    const path = `messages[${index}]`;
    const message = REQUEST.object(value, path);
    const { role, content } = message;
    losses.addUnknown(message, new Set(['role', 'content']), path);
    if (role === 'user') return { role, parts: decodeUser(content, `${path}.content`, losses) };
    if (role === 'assistant') return { role, parts: decodeAssistant(content, `${path}.content`, losses) };
    if (role === 'system') return { role, parts: decodeTexts(content, `${path}.content`, losses) };
    return REQUEST.refuse(`${path}.role`, 'must be user or assistant');
  });
}

function decodeTexts(content: Json | undefined, path: string, losses: LossList): TextPart[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  return REQUEST.array(content, path).map((value, index) => {
    const field = `${path}[${index}]`;
    const block = REQUEST.object(value, field);
    return block['type'] === 'text'
      ? decodeText(block, field, losses)
      : REQUEST.refuse(`${field}.type`, 'must be text');
  });
}

function decodeText(block: JsonObject, path: string, losses: LossList): TextPart {
  const citations = decodeCitations(block['citations']);
  return {
    type: 'text',
    text: REQUEST.string(block['text'], `${path}.text`),
    ...decodeCacheMark(block, path, losses),
    ...(citations.length > 0 && { citations }),
  };
}

function decodeUser(content: Json | undefined, path: string, losses: LossList): UserPart[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  return REQUEST.array(content, path).flatMap((value, index): UserPart[] => {
    const field = `${path}[${index}]`;
    const block = REQUEST.object(value, field);
    if (block['type'] === 'tool_result') return [decodeResult(block, field, losses)];
    return decodeBlock(block, field, losses);
  });
}

/** Text, pictures and documents; a search result is read as the text that it holds. */
function decodeBlock(block: JsonObject, path: string, losses: LossList): (TextPart | MediaPart)[] {
  if (block['type'] === 'text') return [decodeText(block, path, losses)];
  const media = decodeMedia(block, path);
  if (media !== null) {
    if (isSaid(block['context'])) losses.add(`${path}.context`, NOT_TRANSLATED);
    return [{ ...media, ...decodeCacheMark(block, path, losses) }];
  }
  if (block['type'] === 'search_result') return decodeTexts(block['content'], `${path}.content`, losses);
  return REQUEST.refuse(`${path}.type`, 'is not known to this gateway');
}

function decodeResult(block: JsonObject, path: string, losses: LossList): ToolResultPart {
  const { content } = block;
  const parts = !isSaid(content)
    ? []
    : typeof content === 'string'
      ? [{ type: 'text' as const, text: content }]
      : REQUEST.array(content, `${path}.content`).flatMap((value, index) => {
          const field = `${path}.content[${index}]`;
          return decodeBlock(REQUEST.object(value, field), field, losses);
        });
  return {
    type: 'tool-result',
    callId: REQUEST.name(block['tool_use_id'], `${path}.tool_use_id`),
    name: null,
    content: parts,
    isError: REQUEST.findBoolean(block, 'is_error', path) ?? false,
    ...decodeCacheMark(block, path, losses),
  };
}

function decodeAssistant(content: Json | undefined, path: string, losses: LossList): AssistantPart[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  const parts: AssistantPart[] = [];
  for (const [index, value] of REQUEST.array(content, path).entries()) {
    const field = `${path}[${index}]`;
    const part = decodeAssistantBlock(REQUEST.object(value, field), field, losses);
    const before = parts.at(-1);
    if (part === null) continue;
    // A thought that is nothing but another vendor's seal belongs to the part behind it.
    if (before !== undefined && isBareSeal(before) && (part.type === 'text' || part.type === 'tool-call')) {
      parts[parts.length - 1] = { ...part, signature: before.opaque };
    } else parts.push(part);
  }
  return parts;
}

function isBareSeal(
  part: AssistantPart,
): part is ReasoningPart & { readonly opaque: { origin: 'gemini'; value: string } } {
  return part.type === 'reasoning' && part.text === '' && part.opaque?.origin === 'gemini';
}

function decodeAssistantBlock(block: JsonObject, path: string, losses: LossList): AssistantPart | null {
  switch (block['type']) {
    case 'text':
      return decodeText(block, path, losses);
    case 'thinking': {
      const seal = REQUEST.findString(block, 'signature', path) ?? '';
      return thoughtOf(REQUEST.string(block['thinking'], `${path}.thinking`), seal, false);
    }
    case 'redacted_thinking':
      return thoughtOf('', REQUEST.name(block['data'], `${path}.data`), true);
    case 'tool_use':
      return decodeCall(block, path, losses);
    case 'image':
    case 'document':
      return decodeMedia(block, path);
    default:
      losses.add(path, 'is a record of a tool that another vendor runs');
      return null;
  }
}

export function thoughtOf(text: string, seal: string, redacted: boolean): ReasoningPart {
  return { type: 'reasoning', text, opaque: seal === '' ? null : readOpaque(seal, 'anthropic'), redacted };
}

function decodeCall(block: JsonObject, path: string, losses: LossList): ToolCallPart {
  const input = REQUEST.carried(REQUEST.findObject(block, 'input', path) ?? {}, `${path}.input`);
  return {
    type: 'tool-call',
    id: REQUEST.name(block['id'], `${path}.id`),
    name: REQUEST.name(block['name'], `${path}.name`),
    arguments: JSON.stringify(input),
    ...decodeCacheMark(block, path, losses),
  };
}
