import { isObject, isSaid, type Json, type JsonObject } from '../../json/value.js';
import type {
  AssistantPart,
  MediaPart,
  Opaque,
  ReasoningPart,
  TextPart,
  ToolCallPart,
  ToolResultPart,
  Turn,
  UserPart,
} from '../neutral/neutral.types.js';
import { readOpaque } from '../neutral/opaque.js';
import { attach } from '../neutral/signatures.js';
import { isThoughtId } from '../refused-values.js';
import { REQUEST } from '../wire/field-reader.js';
import type { LossList } from '../wire/loss-list.js';
import { decodeAnnotations } from './citations.js';
import { decodeInputMedia } from './media.js';
import type { ToolNames } from './tool-namespaces.js';
import { REDACTED_ID, SIGNATURE_AFTER_ID, SIGNATURE_FOR_ID } from './reasoning-signature.js';

interface Conversation {
  readonly instructions: readonly TextPart[];
  readonly turns: readonly Turn[];
}

const KEPT_ELSEWHERE = 'refers to an item that is kept elsewhere; this gateway keeps none: send the item itself';

/** `instructions` and `input`: a string, or a list of items. Leading system and developer messages are instructions too. */
export function decodeConversation(wire: JsonObject, names: ToolNames, losses: LossList): Conversation {
  const said = REQUEST.findString(wire, 'instructions');
  const instructions: TextPart[] =
    said === null || said === '' ? [] : [{ type: 'text', text: said, at: 'instructions' }];
  const { input } = wire;
  if (typeof input === 'string') {
    return {
      instructions,
      turns: [{ role: 'user', parts: [{ type: 'text', text: input, at: 'input' }], at: 'input' }],
    };
  }
  const reader = new InputReader(names, losses);
  for (const [index, item] of REQUEST.array(input, 'input').entries()) reader.read(item, `input[${index}]`);
  if (reader.turns.length === 0 && reader.missing !== null) REQUEST.refuse(reader.missing, KEPT_ELSEWHERE);
  return { instructions: [...instructions, ...reader.leading], turns: reader.turns };
}

class InputReader {
  readonly leading: TextPart[] = [];
  readonly turns: Turn[] = [];
  /** the signatures of calls that are still to come, by the calls' ids */
  private readonly seals = new Map<string, Opaque>();
  /** the first reference to a thought */
  missing: string | null = null;
  /** where each call stands, by its id */
  private readonly calls = new Map<string, { readonly parts: AssistantPart[]; readonly at: number }>();

  constructor(
    private readonly names: ToolNames,
    private readonly losses: LossList,
  ) {}

  read(value: Json, path: string): void {
    const item = REQUEST.object(value, path);
    const { type = 'message' } = item;
    if (type === 'message' || !isSaid(type)) this.message(item, path);
    else if (type === 'function_call' || type === 'custom_tool_call') {
      this.assistant(decodeCall(item, path, this.names), path);
    } else if (type === 'function_call_output' || type === 'custom_tool_call_output') {
      this.user(decodeOutput(item, path), path);
    } else if (type === 'reasoning') this.thought(decodeThought(item, path), item['id'], path);
    else if (type === 'item_reference') this.reference(item['id'], path);
    else if (type !== 'additional_tools') this.losses.add(path, 'is a record of a tool that another vendor runs');
  }

  /** A conversation can do without a thought, but not consist of those that nobody kept. */
  private reference(id: Json | undefined, path: string): void {
    if (!isThoughtId(id)) REQUEST.refuse(path, KEPT_ELSEWHERE);
    this.losses.add(path, 'refers to a thought, which nobody kept');
    this.missing ??= path;
  }

  private message(item: JsonObject, path: string): void {
    const role = REQUEST.name(item['role'], `${path}.role`);
    if (role === 'system' || role === 'developer') {
      const texts = decodeTexts(item['content'], `${path}.content`);
      if (this.turns.length === 0) this.leading.push(...texts);
      else this.turns.push({ role: 'system', parts: texts, at: path });
    } else if (role === 'user')
      for (const part of decodeContent(item['content'], `${path}.content`)) this.user(part, path);
    else if (role === 'assistant')
      for (const part of decodeWords(item['content'], `${path}.content`)) this.assistant(part, path);
    else REQUEST.refuse(`${path}.role`, 'must be user, assistant, system or developer');
  }

  private user(part: UserPart, path: string): void {
    const last = this.turns.at(-1);
    if (last?.role === 'user') (last.parts as UserPart[]).push(part);
    else this.turns.push({ role: 'user', parts: [part], at: path });
  }

  private assistant(part: AssistantPart, path: string): void {
    let last = this.turns.at(-1);
    if (last?.role !== 'assistant') this.turns.push((last = { role: 'assistant', parts: [], at: path }));
    const parts = last.parts as AssistantPart[];
    if (part.type !== 'tool-call') {
      attach(part, parts);
      return;
    }
    const signature = this.seals.get(part.id);
    if (signature === undefined) attach(part, parts);
    else parts.push({ ...part, signature });
    this.calls.set(part.id, { parts, at: parts.length - 1 });
  }

  private seal(callId: string, signature: Opaque): void {
    const place = this.calls.get(callId);
    const call = place?.parts[place.at];
    if (place === undefined || call?.type !== 'tool-call') this.seals.set(callId, signature);
    else place.parts[place.at] = { ...call, signature };
  }

  /** A signature goes back to the part that it signs; that of a call wherever it stands. */
  private thought(thought: ReasoningPart, id: Json | undefined, path: string): void {
    const { opaque } = thought;
    if (opaque !== null && typeof id === 'string' && id.startsWith(SIGNATURE_FOR_ID)) {
      this.seal(id.slice(SIGNATURE_FOR_ID.length), opaque);
      return;
    }
    const last = this.turns.at(-1);
    const signed = last?.role === 'assistant' ? last.parts.at(-1) : undefined;
    const isSignature = typeof id === 'string' && id.startsWith(SIGNATURE_AFTER_ID) && thought.opaque !== null;
    if (!isSignature || last?.role !== 'assistant' || (signed?.type !== 'text' && signed?.type !== 'tool-call')) {
      this.assistant(thought, path);
      return;
    }
    const whole = { ...signed, signature: thought.opaque };
    (last.parts as AssistantPart[])[last.parts.length - 1] = whole;
  }
}

function decodeCall(item: JsonObject, path: string, names: ToolNames): ToolCallPart {
  const name = REQUEST.name(item['name'], `${path}.name`);
  const call = {
    type: 'tool-call',
    id: REQUEST.name(item['call_id'], `${path}.call_id`),
    at: path,
    ...names.find(name, REQUEST.findString(item, 'namespace', path)),
  } as const;
  if (item['type'] === 'custom_tool_call') {
    return { ...call, custom: true, arguments: REQUEST.string(item['input'], `${path}.input`) };
  }
  return { ...call, arguments: REQUEST.findString(item, 'arguments', path) || '{}' };
}

function decodeOutput(item: JsonObject, path: string): ToolResultPart {
  const { output } = item;
  const content =
    typeof output === 'string'
      ? [{ type: 'text' as const, text: output, at: `${path}.output` }]
      : REQUEST.array(output, `${path}.output`).map((part, index) =>
          decodeContentPart(part, `${path}.output[${index}]`),
        );
  return {
    type: 'tool-result',
    callId: REQUEST.name(item['call_id'], `${path}.call_id`),
    name: null,
    content,
    isError: item['status'] === 'incomplete',
    at: path,
  };
}

function decodeThought(item: JsonObject, path: string): ReasoningPart {
  const summary = REQUEST.list(item, 'summary', path);
  const content = REQUEST.list(item, 'content', path);
  const texts = (summary.length > 0 ? summary : content).flatMap(entry =>
    isObject(entry) && typeof entry['text'] === 'string' ? [entry['text']] : [],
  );
  const encrypted = REQUEST.findString(item, 'encrypted_content', path);
  const id = REQUEST.findString(item, 'id', path);
  const opaque = encrypted === null || encrypted === '' ? null : readOpaque(encrypted, 'openai');
  return {
    type: 'reasoning',
    text: texts.join('\n\n'),
    opaque,
    redacted: id?.startsWith(REDACTED_ID) === true && opaque !== null,
    ...(id !== null && opaque?.origin === 'openai' && { id }),
    at: path,
  };
}

function decodeTexts(content: Json | undefined, path: string): TextPart[] {
  if (typeof content === 'string') return [{ type: 'text', text: content, at: path }];
  return REQUEST.array(content, path).map((part, index) => {
    const read = decodeContentPart(part, `${path}[${index}]`);
    return read.type === 'text' ? read : REQUEST.refuse(`${path}[${index}]`, 'must be text');
  });
}

function decodeContent(content: Json | undefined, path: string): UserPart[] {
  if (typeof content === 'string') return [{ type: 'text', text: content, at: path }];
  return REQUEST.array(content, path).map((part, index) => decodeContentPart(part, `${path}[${index}]`));
}

function decodeContentPart(value: Json, path: string): TextPart | MediaPart {
  const part = REQUEST.object(value, path);
  const { type } = part;
  if (type === 'input_text' || type === 'output_text' || type === 'text') {
    return { type: 'text', text: REQUEST.string(part['text'], `${path}.text`), at: path };
  }
  const media = decodeInputMedia(part, path) ?? REQUEST.refuse(`${path}.type`, 'is not known to this gateway');
  return { ...media, at: path };
}

function decodeWords(content: Json | undefined, path: string): AssistantPart[] {
  if (typeof content === 'string') return [{ type: 'text', text: content, at: path }];
  return REQUEST.array(content, path).map((value, index) => {
    const field = `${path}[${index}]`;
    const part = REQUEST.object(value, field);
    if (part['type'] === 'refusal') {
      return { type: 'refusal', text: REQUEST.string(part['refusal'], `${field}.refusal`), at: field };
    }
    const text = decodeContentPart(part, field);
    const citations = decodeAnnotations(part['annotations']);
    return text.type === 'text' && citations.length > 0 ? { ...text, citations } : text;
  });
}
