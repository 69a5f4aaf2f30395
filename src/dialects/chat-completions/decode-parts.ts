import { isObject, isSaid, type Json, type JsonObject } from '../../json/value.js';
import type { AssistantPart, MediaPart, ReasoningPart, TextPart, ToolCallPart } from '../neutral/neutral.types.js';
import { CACHE_FIELDS, decodeCacheMark } from '../wire/cache-mark.js';
import type { FieldReader } from '../wire/field-reader.js';
import type { LossList } from '../wire/loss-list.js';
import { citeTexts, decodeAnnotations } from './citations.js';
import { decodeImages, decodeMediaPart } from './media.js';
import { findGeminiSignature } from './reasoning-signature.js';
import { isThinkingPart, joinThoughts, readReasoningDetails, readThinkingPart, thoughtOf } from './thoughts.js';

/** What is known around a message: a caller's message is read strictly, an upstream's answer as well as it goes. */
export interface MessageContext {
  readonly reader: FieldReader;
  readonly strict: boolean;
  readonly path: string;
  readonly losses: LossList;
  /** makes an id for a call that has none */
  readonly nameCall: (name: string, place: string) => string;
}

/** A part that any message may hold: a text or a medium. */
export function decodeContentPart(part: JsonObject, path: string, context: MessageContext): (TextPart | MediaPart)[] {
  if (part['type'] === 'text') return decodeTextPart(part, path, context);
  const { reader, losses, strict } = context;
  const media = decodeMediaPart(part, path, reader);
  if (media === null) {
    // An answer may hold what its server alone knows; what a caller sent must not vanish.
    return strict ? reader.refuse(`${path}.type`, 'is not a type of content that is known here') : [];
  }
  if (!strict) return [media];
  const image = part['image_url'];
  if (isObject(image) && image['detail'] === 'original') {
    losses.add(`${path}.image_url.detail`, 'other dialects look no closer than "high"');
  }
  losses.addUnknown(part, MEDIA_FIELDS, path);
  return [{ ...media, ...decodeCacheMark(part, path, losses), at: path }];
}

const MEDIA_FIELDS: ReadonlySet<string> = new Set([
  'type',
  'image_url',
  'video_url',
  'audio_url',
  'document_url',
  'document_name',
  'input_audio',
  'file',
  ...CACHE_FIELDS,
]);

const TEXT_FIELDS: ReadonlySet<string> = new Set([
  'type',
  'text',
  'extra_content',
  'thoughtSignature',
  ...CACHE_FIELDS,
]);

/** None for a text that says nothing: it would only trouble the vendors that refuse empty blocks. */
function decodeTextPart(part: JsonObject, path: string, context: MessageContext): TextPart[] {
  const { reader, losses, strict } = context;
  const text = reader.string(part['text'], `${path}.text`);
  const signature = findGeminiSignature(part);
  const mark = strict ? decodeCacheMark(part, path, losses) : {};
  if (strict) losses.addUnknown(part, TEXT_FIELDS, path);
  if (text === '' && signature === null && mark.cache === undefined) return [];
  return [{ type: 'text', text, ...mark, ...(signature !== null && { signature }), ...(strict && { at: path }) }];
}

/** The parts of an assistant's message, in the order of a model's work: thoughts, words, calls. */
export function decodeAssistantParts(message: JsonObject, context: MessageContext): AssistantPart[] {
  const { reader, path } = context;
  const content = decodeContent(message['content'], context);
  const fields = readThoughtFields(message);
  const thoughts = fields.length > 0 ? fields : content.filter(part => part.type === 'reasoning');
  // A message that tells its thoughts in fields of their own may repeat them in its content.
  const rest = content.filter(part => part.type !== 'reasoning');
  const words = fields.length > 0 ? [...fields, ...rest] : content;
  const refusal = typeof message['refusal'] === 'string' ? message['refusal'] : '';
  const parts: AssistantPart[] = [
    ...withMessageSignature(words, message, thoughts.length),
    ...(refusal === '' ? [] : [{ type: 'refusal' as const, text: refusal }]),
    ...decodeImages(reader.list(message, 'images', path), `${path}.images`, reader),
    ...decodeCalls(message, context),
  ];
  return context.strict ? parts : cite(parts, message);
}

/** `reasoning_details` tells most; the two plain fields hold the same text under the names that two families of servers use. */
function readThoughtFields(message: JsonObject): ReasoningPart[] {
  const details = joinThoughts(readReasoningDetails(message['reasoning_details']));
  if (details.some(({ text }) => text !== '')) return details;
  const plain = [message['reasoning_content'], message['reasoning']].find(isText);
  if (plain === undefined) return details;
  const [signature, ...others] = details;
  // A signature without a text is of the text in the plain field.
  if (signature !== undefined && !signature.redacted) return [{ ...signature, text: plain }, ...others];
  return [{ type: 'reasoning', text: plain, opaque: null, redacted: false }, ...details];
}

function decodeContent(content: Json | undefined, context: MessageContext): AssistantPart[] {
  const { reader, path } = context;
  if (!isSaid(content)) return [];
  const field = `${path}.content`;
  if (typeof content === 'string') {
    return content === '' ? [] : [{ type: 'text', text: content, ...(context.strict && { at: field }) }];
  }
  if (!Array.isArray(content)) return reader.refuse(field, 'must be a string or an array of parts');
  return (content as readonly Json[]).flatMap((value, index) =>
    decodeAssistantPart(reader.object(value, `${field}[${index}]`), `${field}[${index}]`, context),
  );
}

function decodeAssistantPart(part: JsonObject, path: string, context: MessageContext): AssistantPart[] {
  const { reader, losses, strict } = context;
  const refusal = part['type'] === 'refusal';
  if (!refusal && !isThinkingPart(part)) return decodeContentPart(part, path, context);
  if (strict && isSaid(part['cache_control']))
    losses.add(`${path}.cache_control`, 'marks text, media, calls and results only');
  if (!refusal) return readThinkingPart(part).map(thoughtOf);
  return [{ type: 'refusal', text: reader.string(part['refusal'], `${path}.refusal`) }];
}

/** A signature of the whole message belongs to its last text. */
function withMessageSignature(parts: readonly AssistantPart[], message: JsonObject, thoughts: number): AssistantPart[] {
  const signature = findGeminiSignature(message);
  if (signature === null) return [...parts];
  const last = parts.findLastIndex(part => part.type === 'text');
  const text = parts[last];
  if (text?.type !== 'text') {
    return [...parts.slice(0, thoughts), { type: 'text', text: '', signature }, ...parts.slice(thoughts)];
  }
  return parts.with(last, { signature, ...text });
}

function cite(parts: readonly AssistantPart[], message: JsonObject): AssistantPart[] {
  const citations = decodeAnnotations(message['annotations']);
  if (citations.length === 0) return [...parts];
  const texts = citeTexts(
    parts.filter(part => part.type === 'text'),
    citations,
  );
  return parts.map(part => (part.type === 'text' ? (texts.shift() ?? part) : part));
}

function decodeCalls(message: JsonObject, context: MessageContext): ToolCallPart[] {
  const { reader, path } = context;
  const calls = reader
    .list(message, 'tool_calls', path)
    .map((value, index) => decodeCall(value, `${path}.tool_calls[${index}]`, context));
  const legacy = reader.findObject(message, 'function_call', path);
  if (legacy === null || isEmptyCall(legacy)) return calls;
  const field = `${path}.function_call`;
  const name = reader.name(legacy['name'], `${field}.name`);
  const id = context.nameCall(name, field);
  const place = context.strict ? { at: field } : {};
  const call: ToolCallPart = {
    type: 'tool-call',
    id,
    name,
    arguments: decodeArguments(legacy, field, context),
    ...place,
  };
  return [...calls, call];
}

/** Servers and clients that write every field write this where nothing is called. */
function isEmptyCall({ name, arguments: given }: JsonObject): boolean {
  return name === '' && (given === '' || !isSaid(given));
}

const CALL_FIELDS: ReadonlySet<string> = new Set([
  'id',
  'type',
  'index',
  'function',
  'custom',
  'cache_control',
  'prompt_cache_breakpoint',
  'extra_content',
  'thoughtSignature',
]);

function decodeCall(value: Json, path: string, context: MessageContext): ToolCallPart {
  const { reader, losses, strict } = context;
  const call = reader.object(value, path);
  const custom = call['type'] === 'custom';
  if (!custom && isSaid(call['type']) && call['type'] !== 'function' && strict) {
    reader.refuse(`${path}.type`, 'must be function or custom');
  }
  const field = `${path}.${custom ? 'custom' : 'function'}`;
  const target = reader.object(call[custom ? 'custom' : 'function'], field);
  const name = reader.name(target['name'], `${field}.name`);
  const signature = findGeminiSignature(call);
  if (strict) losses.addUnknown(call, CALL_FIELDS, path);
  const decoded: ToolCallPart = {
    type: 'tool-call',
    id: reader.findString(call, 'id', path) || context.nameCall(name, path),
    name,
    ...(custom
      ? { custom, arguments: reader.string(target['input'], `${field}.input`) }
      : { arguments: decodeArguments(target, field, context) }),
    ...(signature !== null && { signature }),
    ...(strict ? { ...decodeCacheMark(call, path, losses), at: path } : {}),
  };
  return decoded;
}

function decodeArguments(target: JsonObject, path: string, { reader, strict }: MessageContext): string {
  const value = target['arguments'];
  // Some servers answer with the object instead of its text.
  if (!strict && isObject(value)) return JSON.stringify(value);
  const text = reader.findString(target, 'arguments', path) ?? '';
  return text.trim() === '' ? '{}' : text;
}

function isText(value: Json | undefined): value is string {
  return typeof value === 'string' && value !== '';
}
