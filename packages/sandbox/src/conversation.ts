import { asText, isJsonObject, type JsonObject } from './json.js';

/** What every dialect's request is read as, and all that answers are composed from. */
export interface Conversation {
  turns: Turn[];
  tools: Tool[];
  choice: ToolChoice;
  /** Null for plain words; a schema, or null in it, for JSON. */
  format: { schema: JsonObject | null } | null;
  /** Tokens of thought and answer together; Infinity for no limit. */
  maxTokens: number;
  /** The answer ends before the first of these. */
  stop: string[];
  /** How many answers are wanted. */
  choices: number;
  /** Another seed gives other words. */
  seed: number;
  /** Whether a thought comes before the answer. */
  thinks: boolean;
  /** Tool definitions and schemas as they were sent: the prompt's cost beside its turns. */
  definitions: unknown[];
}

export interface Turn {
  role: 'system' | 'user' | 'assistant' | 'tool';
  parts: Part[];
  /** The calls an assistant made. */
  calls: Call[];
  /** Which call a `tool` turn is the result of, and the name of its tool where the dialect says it. */
  result: { callId: string; name: string } | null;
}

/** A stretch of text, or media that nobody looks into. */
export type Part = string | Media;

export interface Media {
  modality: 'IMAGE' | 'AUDIO' | 'VIDEO' | 'DOCUMENT';
  tokens: number;
}

export interface Call {
  id: string;
  name: string;
  /** JSON text for a function, any text for a custom tool. */
  input: string;
}

export interface Tool {
  kind: 'function' | 'custom';
  name: string;
  description: string;
  /** Of a function's arguments; null for none at all. */
  schema: JsonObject | null;
}

export interface ToolChoice {
  mode: 'auto' | 'none' | 'required';
  /** The only tools that may be called; null for all. */
  only: string[] | null;
}

const MEDIA_TOKENS = { IMAGE: 765, AUDIO: 128, VIDEO: 1024, DOCUMENT: 1024 };
const LOW_DETAIL_TOKENS = 85;

/** Media of a kind such as `image` or `application/pdf`: each costs a flat amount, whatever is in it. */
export function media(kind: string, isLowDetail = false): Media {
  const [type] = kind.toUpperCase().split('/', 1);
  const modality = type === 'IMAGE' || type === 'AUDIO' || type === 'VIDEO' ? type : 'DOCUMENT';
  return { modality, tokens: isLowDetail ? LOW_DETAIL_TOKENS : MEDIA_TOKENS[modality] };
}

export function turn(role: Turn['role'], parts: Part[], more: Partial<Turn> = {}): Turn {
  return { role, parts: parts.filter(part => part !== ''), calls: [], result: null, ...more };
}

/** The result of a tool, by the id of its call or by the tool's name, whichever the dialect says. */
export function toolResult(parts: Part[], callId: unknown, name: unknown = ''): Turn {
  return turn('tool', parts, { result: { callId: asText(callId), name: asText(name) } });
}

/** A call; dialects give its input as text or as the value that the text would be. */
export function call(id: unknown, name: unknown, input: unknown): Call {
  const text = typeof input === 'string' ? input : JSON.stringify(input ?? {});
  return { id: asText(id), name: asText(name), input: text };
}

/** A tool in a list of its own; none where it has no name. */
export function tool(kind: Tool['kind'], name: unknown, description: unknown, schema: unknown): Tool[] {
  if (typeof name !== 'string') return [];
  return [{ kind, name, description: asText(description), schema: isJsonObject(schema) ? schema : null }];
}

export function textsOf({ parts }: Turn): string[] {
  return parts.filter(part => typeof part === 'string');
}

/** Agents put notes beside the words of their user, such as `<system-reminder>…</system-reminder>`. */
const NOTE = /^<(?!task>|user_query>|user_message>)([\w-]{1,64})>/;
const MAX_NOTES = 16;

/** What the user said, without an agent's notes: those in texts of their own, and those before the words of a text. */
export function ownTexts(said: Turn): string[] {
  return textsOf(said)
    .map(withoutNotes)
    .filter(text => text !== '');
}

function withoutNotes(text: string): string {
  let rest = text.trim();
  for (let count = 0; count < MAX_NOTES; count += 1) {
    const [, tag] = NOTE.exec(rest) ?? [];
    if (tag === undefined) return rest;
    const end = `</${tag}>`;
    const at = rest.indexOf(end);
    // A note that does not end is all of the text.
    if (at < 0) return '';
    rest = rest.slice(at + end.length).trim();
  }
  return '';
}

/**
 * What was said: the turns without instructions, which some agents put behind the words of their user, and without those of
 * a user that hold nothing but notes.
 */
export function spokenTurns(turns: readonly Turn[]): Turn[] {
  return turns.filter(said => {
    if (said.role === 'system') return false;
    return said.role !== 'user' || ownTexts(said).length > 0 || said.parts.some(part => typeof part !== 'string');
  });
}

/** The results that end the conversation, each under its tool's name. Empty when no tool has just answered. */
export function lastResults(all: readonly Turn[]): Array<{ name: string; text: string }> {
  const turns = spokenTurns(all);
  const names = new Map(turns.flatMap(({ calls }) => calls.map(({ id, name }) => [id, name] as const)));
  const before = turns.findLastIndex(({ role }) => role !== 'tool');
  return turns.slice(before + 1).map(given => {
    const name = given.result?.name || names.get(given.result?.callId ?? '') || 'The tool';
    return { name, text: textsOf(given).join('\n') };
  });
}
