import { type JsonObject, parseObject } from '../../json/value.js';
import type { CustomTool, FunctionTool } from './neutral.types.js';

/** The one argument of a function that stands for a custom tool. */
const INPUT = 'input';

/** A tool for a dialect that knows functions only: the free text of a custom one is its one argument, its grammar a description. */
export function asFunction(tool: FunctionTool | CustomTool): FunctionTool {
  return tool.type === 'function' ? tool : functionFor(tool);
}

function functionFor({ grammar, ...tool }: CustomTool): FunctionTool {
  const rule = grammar === null ? [] : [`The input must match this ${grammar.syntax} grammar:\n${grammar.definition}`];
  const description = [...(tool.description === null ? [] : [tool.description]), ...rule].join('\n\n');
  return {
    ...tool,
    type: 'function',
    description: description === '' ? null : description,
    parameters: {
      type: 'object',
      properties: { [INPUT]: { type: 'string', description: 'The whole input of the tool, as plain text' } },
      required: [INPUT],
      additionalProperties: false,
    },
    strict: null,
  };
}

/** The free text of a custom tool as the arguments of a function. */
export function customArguments(input: string): string {
  return JSON.stringify({ [INPUT]: input });
}

/**
 * The free text that the arguments of such a function hold. A model that named its one argument in another way meant it
 * too; whatever else it wrote is the text.
 */
export function customInput(text: string): string {
  const value = parseObject(text);
  if (value === null) return beginningOf(text) ?? text;
  if (typeof value[INPUT] === 'string') return value[INPUT];
  return onlyText(value) ?? (Object.keys(value).length === 0 ? '' : text);
}

/** The text as far as it goes, of arguments that were cut. */
function beginningOf(text: string): string | null {
  const stream = new CustomInputStream();
  const told = stream.push(text);
  return stream.begins ? told : null;
}

function onlyText(value: JsonObject): string | null {
  const [only, ...others] = Object.values(value);
  return typeof only === 'string' && others.length === 0 ? only : null;
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ...['"', '\\', '/'].map(same => [same, same] as const),
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);
const OPENING = /^\s*\{\s*"input"\s*:\s*"/;
/** What comes before the text is no longer, but for one who fills it with white space. */
const LONGEST_OPENING = 64;

/** Free text out of a function's arguments as they stream: as it comes where it stands first, else at the end. */
export class CustomInputStream {
  /** all that came, as long as nothing of it was told */
  private unread = '';
  /** an escape, or half of a pair, that is not whole yet */
  private rest = '';
  private state: 'opening' | 'text' | 'whole' | 'after' = 'opening';

  /** The arguments begin as they should. */
  get begins(): boolean {
    return this.state === 'text' || this.state === 'after';
  }

  /** What the piece adds to the text. */
  push(piece: string): string {
    if (this.state === 'after') return '';
    if (this.state === 'text') return this.read(piece);
    this.unread += piece;
    if (this.state === 'whole') return '';
    const opening = OPENING.exec(this.unread.slice(0, LONGEST_OPENING));
    if (opening === null) {
      if (this.unread.length >= LONGEST_OPENING) this.state = 'whole';
      return '';
    }
    this.state = 'text';
    return this.read(this.unread.slice(opening[0].length));
  }

  /** What is left to be told at the end of the arguments. */
  end(): string {
    return this.begins ? '' : customInput(this.unread);
  }

  private read(piece: string): string {
    const text = this.rest + piece;
    this.rest = '';
    let told = '';
    let at = 0;
    while (at < text.length) {
      const next = nextSpecial(text, at);
      told += text.slice(at, next);
      if (next === text.length) break;
      if (text[next] === '"') {
        this.state = 'after';
        return told;
      }
      const escape = readEscape(text, next);
      if (escape === null) {
        this.rest = text.slice(next);
        break;
      }
      told += escape.text;
      at = escape.end;
    }
    return told;
  }
}

function nextSpecial(text: string, from: number): number {
  for (let at = from; at < text.length; at++) if (text[at] === '"' || text[at] === '\\') return at;
  return text.length;
}

/** Null where the escape, or the pair that it begins, is not whole. */
function readEscape(text: string, at: number): { readonly text: string; readonly end: number } | null {
  const letter = text[at + 1];
  if (letter === undefined) return null;
  if (letter !== 'u') return { text: ESCAPES.get(letter) ?? letter, end: at + 2 };
  const unit = readUnit(text, at);
  if (unit === null) return null;
  if (unit < 0xd800 || unit > 0xdbff) return { text: String.fromCharCode(unit), end: at + 6 };
  const follows = text.slice(at + 6, at + 8);
  if (!'\\u'.startsWith(follows)) return { text: String.fromCharCode(unit), end: at + 6 };
  const low = readUnit(text, at + 6);
  return low === null ? null : { text: String.fromCharCode(unit, low), end: at + 12 };
}

function readUnit(text: string, at: number): number | null {
  const digits = text.slice(at + 2, at + 6);
  return digits.length === 4 ? Number.parseInt(digits, 16) || 0 : null;
}
