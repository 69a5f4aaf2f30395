import type { JsonObject } from '../../json/value.js';
import type { AssistantPart, NeutralRequest, TextPart, ToolResultPart, Turn } from '../neutral/neutral.types.js';
import { innerPath, partPath, turnPath } from '../neutral/places.js';
import { plainToolCallId } from '../neutral/tool-calls.js';
import { REQUEST } from '../wire/field-reader.js';
import { RequestFieldError } from '../request-field-error.js';
import type { LossList } from '../wire/loss-list.js';
import { encodeAnnotation } from './citations.js';
import { encodeInputMedia } from './media.js';
import { calledName } from './tool-namespaces.js';

/** The conversation as items. */
export function encodeInput({ turns }: NeutralRequest, losses: LossList): JsonObject[] {
  const writer = new InputWriter(losses);
  turns.forEach((turn, index) => writer.turn(turn, turnPath(turn, index)));
  if (writer.items.length === 0) REQUEST.refuse('turns', 'must hold words of somebody');
  return writer.items;
}

type RoleTurn<Role extends Turn['role']> = Extract<Turn, { readonly role: Role }>;

class InputWriter {
  readonly items: JsonObject[] = [];
  /** the calls of custom tools: their results are items of another type */
  private readonly custom = new Set<string>();

  constructor(private readonly losses: LossList) {}

  turn(turn: Turn, path: string): void {
    if (turn.role !== 'system' && turn.name !== undefined)
      this.losses.add(`${path}.name`, 'speakers have no names here');
    if (turn.role === 'system')
      this.say(
        'system',
        turn.parts.map(part => this.text(part)),
      );
    else if (turn.role === 'user') this.user(turn, path);
    else this.assistant(turn, path);
  }

  private user(turn: RoleTurn<'user'>, path: string): void {
    let content: JsonObject[] = [];
    const flush = () => {
      if (content.length > 0) this.say('user', content);
      content = [];
    };
    turn.parts.forEach((part, index) => {
      const field = partPath(part, index, turn, path);
      if (part.type === 'tool-result') {
        flush();
        this.items.push(this.output(part, field));
      } else content.push(part.type === 'text' ? this.text(part) : this.marked(part, encodeInputMedia(part, field)));
    });
    flush();
  }

  private output(part: ToolResultPart, path: string): JsonObject {
    if (part.isError) this.losses.add(`${path}.is_error`, 'a failed tool has no mark of its own here');
    this.marked(part, {});
    const content = part.content.map((item, index) =>
      item.type === 'text' ? this.text(item) : encodeInputMedia(item, innerPath(item, index, part, path)),
    );
    const [only] = part.content;
    const isText = part.content.length === 1 && only?.type === 'text';
    const output = part.content.length === 0 ? '' : isText ? only.text : content;
    const type = this.custom.has(part.callId) ? 'custom_tool_call_output' : 'function_call_output';
    return { type, call_id: plainToolCallId(part.callId), output };
  }

  private assistant(turn: RoleTurn<'assistant'>, path: string): void {
    let content: JsonObject[] = [];
    const flush = () => {
      if (content.length > 0) this.say('assistant', content);
      content = [];
    };
    turn.parts.forEach((part, index) => {
      const field = partPath(part, index, turn, path);
      if (part.type === 'text') content.push(this.outputText(part));
      else if (part.type === 'refusal') content.push({ type: 'refusal', refusal: part.text });
      else {
        flush();
        this.item(part, field);
      }
    });
    flush();
  }

  private item(part: Exclude<AssistantPart, { type: 'text' | 'refusal' }>, path: string): void {
    if (part.type === 'media') throw new RequestFieldError(path, `${path}: ${part.kind} cannot be sent to this model`);
    if (part.type === 'tool-call') {
      if (part.signature !== undefined && part.signature.origin !== 'openai') this.foreignSignature(path);
      this.marked(part, {});
      const { custom = false, arguments: input } = part;
      if (custom) this.custom.add(part.id);
      const called = { call_id: plainToolCallId(part.id), ...calledName(part.name, part.namespace) };
      this.items.push(
        custom
          ? { type: 'custom_tool_call', ...called, input }
          : { type: 'function_call', ...called, arguments: input },
      );
      return;
    }
    if (part.opaque?.origin !== 'openai') {
      this.foreignSignature(path);
      return;
    }
    const summary = part.text === '' ? [] : [{ type: 'summary_text', text: part.text }];
    this.items.push({
      type: 'reasoning',
      ...(part.id !== undefined && { id: part.id }),
      summary,
      encrypted_content: part.opaque.value,
    });
  }

  private foreignSignature(path: string): void {
    this.losses.add(path, 'a thought that another vendor signed is not shown to this one');
  }

  private outputText(part: TextPart): JsonObject {
    this.marked(part, {});
    const annotations = (part.citations ?? []).flatMap(citation => encodeAnnotation(citation, part.text.length) ?? []);
    return { type: 'output_text', text: part.text, annotations };
  }

  private text(part: TextPart): JsonObject {
    return this.marked(part, { type: 'input_text', text: part.text });
  }

  private marked(part: { readonly cache?: unknown }, wire: JsonObject): JsonObject {
    if (part.cache !== undefined) this.losses.addOnce('cache_control', 'this dialect caches by itself');
    return wire;
  }

  private say(role: string, content: JsonObject[]): void {
    this.items.push({ type: 'message', role, content });
  }
}
