import { isSaid, type Json, type JsonObject } from '../../json/value.js';
import type { MediaPart, TextPart, ToolResultPart, Turn } from '../neutral/neutral.types.js';
import { toolCallId } from '../neutral/tool-calls.js';
import { UnansweredCalls } from '../neutral/unanswered-calls.js';
import { CACHE_FIELDS, decodeCacheMark } from '../wire/cache-mark.js';
import { REQUEST } from '../wire/field-reader.js';
import { type LossList, NOT_TRANSLATED } from '../wire/loss-list.js';
import { decodeAssistantParts, decodeContentPart, type MessageContext } from './decode-parts.js';
import { isDetail } from './thoughts.js';

export interface Conversation {
  readonly instructions: readonly TextPart[];
  readonly turns: readonly Turn[];
}

export function decodeMessages(wire: JsonObject, losses: LossList): Conversation {
  const messages = REQUEST.array(wire['messages'], 'messages');
  if (messages.length === 0) REQUEST.refuse('messages', 'must not be empty');
  const conversation = new ConversationReader(losses);
  for (const [index, message] of messages.entries()) conversation.add(message, `messages[${index}]`);
  return conversation;
}

const COMMON = ['role', 'content', 'name', ...CACHE_FIELDS];

const PLAIN_FIELDS: ReadonlySet<string> = new Set(COMMON);
const RESULT_FIELDS: ReadonlySet<string> = new Set([...COMMON, 'tool_call_id']);
const ASSISTANT_FIELDS: ReadonlySet<string> = new Set([
  ...COMMON,
  'refusal',
  'tool_calls',
  'function_call',
  'reasoning_details',
  'reasoning_content',
  'reasoning',
  'images',
  'annotations',
  'extra_content',
]);

class ConversationReader implements Conversation {
  readonly instructions: TextPart[] = [];
  readonly turns: Turn[] = [];
  /** the calls that were given an id here, until a result takes it */
  private readonly unanswered = new UnansweredCalls();
  /** the results of the last turn, as long as only results follow */
  private results: ToolResultPart[] | null = null;

  constructor(private readonly losses: LossList) {}

  add(value: Json, path: string): void {
    const message = REQUEST.object(value, path);
    const role = REQUEST.string(message['role'], `${path}.role`);
    if (role !== 'tool' && role !== 'function') this.results = null;
    switch (role) {
      case 'system':
      case 'developer':
        return this.addSystem(message, path);
      case 'user':
        return this.addUser(message, path);
      case 'assistant':
        return this.addAssistant(message, path);
      case 'tool':
      case 'function':
        return this.addResult(message, path, role === 'function');
      default:
        REQUEST.refuse(`${path}.role`, 'must be system, developer, user, assistant, tool or function');
    }
  }

  private addSystem(message: JsonObject, path: string): void {
    this.losses.addUnknown(message, PLAIN_FIELDS, path);
    if (isSaid(message['name'])) this.losses.add(`${path}.name`, 'other dialects name no author of instructions');
    const parts = this.contentOf(message, path).map((part, index) =>
      part.type === 'text' ? part : REQUEST.refuse(`${path}.content[${index}].type`, 'must be text'),
    );
    const marked = this.withMark(parts, message, path);
    if (this.turns.length > 0) this.turns.push({ role: 'system', parts: marked, at: path });
    else for (const part of marked) this.instructions.push(part);
  }

  private addUser(message: JsonObject, path: string): void {
    this.losses.addUnknown(message, PLAIN_FIELDS, path);
    if (!isSaid(message['content'])) REQUEST.refuse(`${path}.content`, 'must be a string or an array of parts');
    const parts = this.withMark(this.contentOf(message, path), message, path);
    this.turns.push({ role: 'user', parts, ...nameOf(message, path), at: path });
  }

  private addAssistant(message: JsonObject, path: string): void {
    this.losses.addUnknown(message, ASSISTANT_FIELDS, path);
    for (const key of ['refusal', 'reasoning_content', 'reasoning']) REQUEST.findString(message, key, path);
    for (const [index, detail] of REQUEST.list(message, 'reasoning_details', path).entries()) {
      const field = `${path}.reasoning_details[${index}]`;
      if (!isDetail(REQUEST.object(detail, field))) this.losses.add(field, NOT_TRANSLATED);
    }
    if (REQUEST.list(message, 'annotations', path).length > 0) this.losses.add(`${path}.annotations`, NOT_TRANSLATED);
    const parts = decodeAssistantParts(message, this.contextAt(path));
    const marked = this.withMark(parts, message, path);
    this.turns.push({ role: 'assistant', parts: marked, ...nameOf(message, path), at: path });
  }

  private addResult(message: JsonObject, path: string, legacy: boolean): void {
    this.losses.addUnknown(message, RESULT_FIELDS, path);
    const name = legacy ? REQUEST.name(message['name'], `${path}.name`) : REQUEST.findString(message, 'name', path);
    const given = legacy ? null : REQUEST.findString(message, 'tool_call_id', path);
    const callId = given || this.unanswered.takeNamed(name) || (legacy ? toolCallId('', path) : null);
    if (callId === null) REQUEST.refuse(`${path}.tool_call_id`, 'must be a non-empty string');
    const result: ToolResultPart = {
      type: 'tool-result',
      callId,
      name,
      content: this.contentOf(message, path),
      isError: false,
      ...decodeCacheMark(message, path, this.losses),
      at: path,
    };
    if (this.results !== null) {
      this.results.push(result);
    } else {
      this.results = [result];
      this.turns.push({ role: 'user', parts: this.results, at: path });
    }
  }

  /** Texts and media; an assistant's content knows more and is read elsewhere. */
  private contentOf(message: JsonObject, path: string): (TextPart | MediaPart)[] {
    const content = message['content'];
    if (!isSaid(content) || content === '') return [];
    const field = `${path}.content`;
    if (typeof content === 'string') return [{ type: 'text', text: content, at: field }];
    if (!Array.isArray(content)) return REQUEST.refuse(field, 'must be a string or an array of parts');
    if (content.length === 0) REQUEST.refuse(field, 'must not be an empty array');
    const context = this.contextAt(path);
    return (content as readonly Json[]).flatMap((value, index) =>
      decodeContentPart(REQUEST.object(value, `${field}[${index}]`), `${field}[${index}]`, context),
    );
  }

  private contextAt(path: string): MessageContext {
    const nameCall = (name: string, place: string): string => {
      const id = toolCallId('', place);
      this.unanswered.add(id, name);
      return id;
    };
    return { reader: REQUEST, strict: true, path, losses: this.losses, nameCall };
  }

  /** A mark on a whole message stands at its last part that can hold one. */
  private withMark<Part extends { readonly type: string }>(
    parts: readonly Part[],
    message: JsonObject,
    path: string,
  ): Part[] {
    const mark = decodeCacheMark(message, path, this.losses);
    const last = parts.findLastIndex(({ type }) => type !== 'reasoning' && type !== 'refusal');
    const part = parts[last];
    if (mark.cache === undefined) return [...parts];
    if (part !== undefined) return parts.with(last, { ...mark, ...part });
    this.losses.add(`${path}.cache_control`, 'there is nothing that it could mark');
    return [...parts];
  }
}

function nameOf(message: JsonObject, path: string): { name?: string } {
  const name = REQUEST.findString(message, 'name', path);
  return name === null || name === '' ? {} : { name };
}
