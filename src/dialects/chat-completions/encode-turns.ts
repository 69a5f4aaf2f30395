import type { Json, JsonObject } from '../../json/value.js';
import type {
  MediaPart,
  Opaque,
  ReasoningPart,
  TextPart,
  ToolCallPart,
  ToolResultPart,
  Turn,
  UserPart,
} from '../neutral/neutral.types.js';
import { innerPath, partPath, turnPath } from '../neutral/places.js';
import { toolCallId } from '../neutral/tool-calls.js';
import { RequestFieldError } from '../request-field-error.js';
import { encodeCacheMark } from '../wire/cache-mark.js';
import type { LossList } from '../wire/loss-list.js';
import { encodeMediaPart } from './media.js';
import { encodeGeminiSignature } from './reasoning-signature.js';
import { encodeDetail } from './thoughts.js';

type UserTurn = Extract<Turn, { role: 'user' }>;
type AssistantTurn = Extract<Turn, { role: 'assistant' }>;

/** The messages of a request. @throws {RequestFieldError} for content that the model cannot be shown: it must not vanish */
export function encodeTurns(turns: readonly Turn[], losses: LossList): JsonObject[] {
  const messages: JsonObject[] = [];
  for (let index = 0; index < turns.length; index++) {
    const turn = turns[index] as Turn;
    if (turn.role === 'system') {
      messages.push({ role: 'system', content: encodeTexts(turn.parts) });
    } else if (turn.role === 'assistant') {
      const message = encodeAssistant(turn, turnPath(turn, index), losses);
      if (message !== null) messages.push(message);
    } else {
      let after = index + 1;
      while (turns[after]?.role === 'user') after++;
      for (const message of encodeUsers(turns.slice(index, after) as UserTurn[], index, losses)) messages.push(message);
      index = after - 1;
    }
  }
  return messages;
}

/** Instructions are one message. Its parts are joined by a blank line, unless a mark must stand between them. */
export function encodeInstructions(parts: readonly TextPart[]): JsonObject[] {
  if (parts.length === 0) return [];
  const marked = parts.some(part => part.cache !== undefined);
  const content = marked ? parts.map(encodeText) : parts.map(({ text }) => text).join('\n\n');
  return [{ role: 'system', content }];
}

/**
 * Neighbouring turns of the user. Results come first, for they must follow their calls; a tool's message takes text only, so
 * what else a result holds follows as the user's.
 */
function encodeUsers(turns: readonly UserTurn[], first: number, losses: LossList): JsonObject[] {
  const results: JsonObject[] = [];
  const shown: JsonObject[] = [];
  const messages: JsonObject[] = [];
  for (const [offset, turn] of turns.entries()) {
    const { parts, name } = turn;
    const path = turnPath(turn, first + offset);
    const own: JsonObject[] = [];
    for (const [index, part] of parts.entries()) {
      const field = partPath(part, index, turn, path);
      if (part.type !== 'tool-result') {
        for (const encoded of encodeUserPart(part, field)) own.push(encoded);
        continue;
      }
      const media = encodeResultMedia(part, field);
      results.push(encodeResult(part, media.length > 0, field, losses));
      for (const encoded of media) shown.push(encoded);
    }
    if (own.length === 0 && parts.some(part => part.type === 'tool-result')) continue;
    messages.push({ role: 'user', content: simplify(own), ...(name !== undefined && { name }) });
  }
  const media = shown.length === 0 ? [] : [{ role: 'user', content: shown }];
  return [...results, ...media, ...messages];
}

function encodeUserPart(part: Exclude<UserPart, ToolResultPart>, path: string): JsonObject[] {
  if (part.type === 'text') return [encodeText(part)];
  const encoded = encodeMediaPart(part);
  if (encoded !== null) return [{ ...encoded, ...encodeCacheMark(part.cache) }];
  throw new RequestFieldError(path, `${path} ${mediaReason(part)}`);
}

function mediaReason({ source, kind }: MediaPart): string {
  if (source.type === 'file') {
    return `is a file that its vendor keeps, which cannot be sent to this model; send the ${kind} itself, in base64`;
  }
  if (source.type === 'url') return `is a ${kind} by its address, which this model does not take; send it in base64`;
  return `is of a type of ${kind} that cannot be sent to this model`;
}

function encodeResult(part: ToolResultPart, hasMedia: boolean, field: string, losses: LossList): JsonObject {
  if (part.isError) losses.add(`${field}.is_error`, 'the chat-completions dialect does not tell errors of tools apart');
  const texts = part.content.filter(inner => inner.type === 'text');
  const content = texts.length === 0 && hasMedia ? 'The result follows in the next message.' : encodeTexts(texts);
  return { role: 'tool', tool_call_id: shortId(part.callId), content, ...encodeCacheMark(part.cache) };
}

function encodeResultMedia(part: ToolResultPart, field: string): JsonObject[] {
  const media = part.content.flatMap((inner, index) =>
    inner.type === 'media' ? encodeUserPart(inner, innerPath(inner, index, part, field)) : [],
  );
  if (media.length === 0) return [];
  return [{ type: 'text', text: `From the result of the tool call ${shortId(part.callId)}:` }, ...media];
}

/** Null where nothing of the turn is left to say. */
function encodeAssistant(turn: AssistantTurn, path: string, losses: LossList): JsonObject | null {
  const { texts, refusals, thoughts, calls } = sortParts(turn, path, losses);
  const refusal = refusals.join('');
  const said = encodeAssistantTexts(texts);
  const content = said === '' && (calls.length > 0 || refusal !== '') ? null : said;
  const reasoning = encodeThoughts(thoughts);
  const signature = texts.findLast(text => text.signature !== undefined)?.signature;
  const silent = content === '' && signature === undefined && Object.keys(reasoning).length === 0;
  if (silent && turn.parts.length > 0) return null;
  return {
    role: 'assistant',
    content,
    ...(turn.name !== undefined && { name: turn.name }),
    ...(refusal !== '' && { refusal }),
    ...reasoning,
    ...(calls.length > 0 && { tool_calls: calls }),
    ...encodeGeminiSignature(signature),
  };
}

/** OpenAI takes ids of up to 40 characters; other vendors give longer ones. */
function shortId(id: string): string {
  return id.length > 40 ? toolCallId(id, 'short') : id;
}

interface SortedParts {
  readonly texts: TextPart[];
  readonly refusals: string[];
  readonly thoughts: ReasoningPart[];
  readonly calls: JsonObject[];
}

/** What may be sent of the parts, by where it stands in a message. */
function sortParts(turn: AssistantTurn, path: string, losses: LossList): SortedParts {
  const sorted: SortedParts = { texts: [], refusals: [], thoughts: [], calls: [] };
  for (const [index, part] of turn.parts.entries()) {
    const field = partPath(part, index, turn, path);
    switch (part.type) {
      case 'text':
        if (part.citations !== undefined) losses.add(`${field}.citations`, 'are not sent with a request');
        sorted.texts.push({ ...part, ...ownSignature(part.signature, field, losses) });
        break;
      case 'refusal':
        sorted.refusals.push(part.text);
        break;
      case 'reasoning':
        if (part.opaque === null || part.opaque.origin === 'other') sorted.thoughts.push(part);
        else losses.add(field, 'a thought that another vendor signed is not shown to this one');
        break;
      case 'tool-call':
        sorted.calls.push(
          encodeCall({ ...part, id: shortId(part.id), ...ownSignature(part.signature, field, losses) }),
        );
        break;
      case 'media':
        losses.add(field, 'a message of the assistant takes no media');
    }
  }
  return sorted;
}

/** Gemini's signatures stand in Google's own field. No other vendor's signature means anything there. */
function ownSignature(
  signature: Opaque | undefined,
  field: string,
  losses: LossList,
): { signature?: Opaque | undefined } {
  if (signature === undefined || signature.origin === 'gemini') return {};
  losses.add(`${field}.signature`, 'a signature of another vendor is not sent');
  return { signature: undefined };
}

export function encodeCall(call: Omit<ToolCallPart, 'type'>): JsonObject {
  const { name, arguments: input } = call;
  return {
    id: call.id,
    ...(call.custom === true
      ? { type: 'custom', custom: { name, input } }
      : { type: 'function', function: { name, arguments: input } }),
    ...encodeGeminiSignature(call.signature),
    ...encodeCacheMark(call.cache),
  };
}

/** The plain field for all servers; the list only where it says more. */
function encodeThoughts(thoughts: readonly ReasoningPart[]): JsonObject {
  const text = thoughts
    .map(thought => thought.text)
    .filter(part => part !== '')
    .join('\n\n');
  const plain = thoughts.length < 2 && thoughts.every(({ opaque, id }) => opaque === null && id === undefined);
  return {
    ...(text !== '' && { reasoning_content: text }),
    ...(!plain && { reasoning_details: thoughts.map(encodeDetail) }),
  };
}

function encodeAssistantTexts(texts: readonly TextPart[]): Json {
  if (texts.some(part => part.cache !== undefined)) return texts.map(encodeText);
  return texts.map(({ text }) => text).join('');
}

function encodeTexts(texts: readonly TextPart[]): Json {
  return simplify(texts.map(encodeText));
}

function encodeText(part: TextPart): JsonObject {
  return { type: 'text', text: part.text, ...encodeCacheMark(part.cache) };
}

/** A single unmarked text is a plain string, which every server takes. */
function simplify(parts: readonly JsonObject[]): Json {
  const [part] = parts;
  if (part === undefined) return '';
  const plain = parts.length === 1 && part['type'] === 'text' && part['cache_control'] === undefined;
  return plain ? (part['text'] as string) : parts;
}
