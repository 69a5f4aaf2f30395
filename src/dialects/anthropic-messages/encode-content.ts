import type {
  AssistantPart,
  JsonObject,
  TextPart,
  ToolCallPart,
  ToolResultPart,
  Turn,
  UserPart,
} from '../neutral/neutral.types.js';
import { plainToolCallId } from '../neutral/tool-calls.js';
import { encodeCacheMark } from '../wire/cache-mark.js';
import { isObject, type LossList } from '../wire/field-reader.js';
import { encodeCitation } from './citations.js';
import { encodeMedia } from './media.js';

export function encodeSystem(instructions: readonly TextPart[]): JsonObject {
  const said = instructions.filter(part => part.text !== '');
  if (said.length === 0) return {};
  const isPlain = said.every(part => part.cache === undefined);
  return { system: isPlain ? said.map(part => part.text).join('\n\n') : said.map(encodeText) };
}

/** Roles take turns there, tool results stand first in theirs, and an empty text is an error. */
export function encodeMessages(turns: readonly Turn[], losses: LossList): JsonObject[] {
  const messages: { role: string; content: JsonObject[] }[] = [];
  turns.forEach((turn, index) => {
    const path = `messages[${index}]`;
    if (turn.role !== 'system' && turn.name !== undefined) losses.add(`${path}.name`, 'speakers have no names here');
    if (turn.role === 'system') losses.add(`${path}.role`, 'instructions in the middle are said as the user');
    const content =
      turn.role === 'assistant' ? encodeAssistant(turn.parts, path, losses) : encodeUser(turn.parts, path);
    const role = turn.role === 'assistant' ? 'assistant' : 'user';
    const last = messages.at(-1);
    if (last?.role === role) last.content.push(...content);
    else if (content.length > 0) messages.push({ role, content });
  });
  for (const message of messages) if (message.role === 'user') resultsFirst(message.content);
  trimLast(messages.at(-1), losses);
  return messages;
}

function encodeUser(parts: readonly UserPart[], path: string): JsonObject[] {
  return parts.flatMap((part, index) => {
    if (part.type === 'tool-result') return [encodeResult(part, `${path}.content[${index}]`)];
    if (part.type === 'text') return part.text === '' ? [] : [encodeText(part)];
    return [{ ...encodeMedia(part, `${path}.content[${index}]`), ...encodeCacheMark(part.cache) }];
  });
}

export function encodeText(part: TextPart): JsonObject {
  const citations = (part.citations ?? []).flatMap(citation => encodeCitation(citation) ?? []);
  return {
    type: 'text',
    text: part.text,
    ...(citations.length > 0 && { citations }),
    ...encodeCacheMark(part.cache),
  };
}

function encodeResult(part: ToolResultPart, path: string): JsonObject {
  const content = part.content.flatMap((item, index) => {
    if (item.type === 'text') return item.text === '' ? [] : [encodeText(item)];
    return [{ ...encodeMedia(item, `${path}.content[${index}]`), ...encodeCacheMark(item.cache) }];
  });
  return {
    type: 'tool_result',
    tool_use_id: plainToolCallId(part.callId),
    ...(content.length > 0 && { content }),
    ...(part.isError && { is_error: true }),
    ...encodeCacheMark(part.cache),
  };
}

function encodeAssistant(parts: readonly AssistantPart[], path: string, losses: LossList): JsonObject[] {
  return parts.flatMap((part, index): JsonObject[] => {
    const field = `${path}.content[${index}]`;
    const foreign = 'a thought that another vendor sealed is not shown to this one';
    if (part.type === 'reasoning') {
      const { opaque } = part;
      if (opaque?.origin === 'anthropic') {
        return [part.redacted ? { type: 'redacted_thinking', data: opaque.value } : thinking(part.text, opaque.value)];
      }
      losses.add(field, opaque === null ? 'a thought without its seal is refused there' : foreign);
      return [];
    }
    if (part.type === 'media') return [encodeMedia(part, field)];
    if ('signature' in part && part.signature !== undefined && part.signature.origin !== 'anthropic') {
      losses.add(field, foreign);
    }
    if (part.type === 'tool-call') return [encodeCall(part, field, losses)];
    if (part.text === '') return [];
    return [part.type === 'refusal' ? { type: 'text', text: part.text } : encodeText(part)];
  });
}

export function thinking(text: string, signature: string): JsonObject {
  return { type: 'thinking', thinking: text, signature };
}

export function encodeCall(part: ToolCallPart, path: string, losses: LossList): JsonObject {
  return {
    type: 'tool_use',
    id: plainToolCallId(part.id),
    name: part.name,
    input: readInput(part.arguments, path, losses),
    ...encodeCacheMark(part.cache),
  };
}

/** The API takes an object only; what the model wrote otherwise is kept as the text that it is. */
function readInput(text: string, path: string, losses: LossList): JsonObject {
  try {
    const value = JSON.parse(text === '' ? '{}' : text) as JsonObject;
    if (isObject(value)) return value;
  } catch {
    // told below
  }
  losses.add(`${path}.input`, 'the arguments are no JSON object');
  return { _raw: text };
}

function resultsFirst(content: JsonObject[]): void {
  const results = content.filter(block => block['type'] === 'tool_result');
  const others = content.filter(block => block['type'] !== 'tool_result');
  content.splice(0, content.length, ...results, ...others);
}

/** The beginning of an answer must not end in a blank there. */
function trimLast(message: { role: string; content: JsonObject[] } | undefined, losses: LossList): void {
  const block = message?.content.at(-1);
  if (message?.role !== 'assistant' || block?.['type'] !== 'text') return;
  const text = typeof block['text'] === 'string' ? block['text'] : '';
  const trimmed = text.trimEnd();
  if (trimmed === text) return;
  losses.add('messages', 'blanks at the end of the last turn are not allowed there');
  if (trimmed === '') message.content.pop();
  else message.content[message.content.length - 1] = { ...block, text: trimmed };
}
