import { type JsonField, JsonSyntaxError, scanObject, StructureError } from '../json/scan.js';
import { shortenTexts } from '../json/shorten.js';
import { StructureMeter } from '../json/structure-meter.js';
import { NO_JSON_STRING } from '../json/string-walker.js';
import { Suspects } from '../json/suspects.js';
import { isObject, type JsonObject } from '../json/value.js';
import { type Dialect, DIALECTS } from './dialect.js';
import { isDataUrl, isPublicAddress } from './public-address.js';
import { REFUSED_FIELDS, type RefusedField } from './refused-fields.js';
import { isNothing, type Where } from './refused-values.js';
import { RequestFieldError } from './request-field-error.js';

/** A value of the top level that is longer than this is taken for what it is refused for. */
const MAX_VALUE_BYTES = 65_536;
/** No name and no address is longer: of the rest of a text nothing is asked. */
const MAX_TEXT_BYTES = 16_384;
/** Levels that are looked at; the scanner lets no body in that has more. */
const MAX_DEPTH = 128;
const NOTHING_WATCHED: ReadonlySet<string> = new Set();
const ONLY_ONCE = { depth: Infinity, keys: Infinity, items: Infinity, values: Infinity };
/** Versions of a tool have names of their own. */
const VERSIONED = ['advisor'];

/** Below these keys stands what is the caller's own: schemas, arguments of tools, results, notes. No provider acts on it. */
const OWN: Readonly<Record<Dialect, readonly string[]>> = {
  chat_completions: ['parameters', 'schema', 'metadata'],
  anthropic_messages: ['input', 'input_schema', 'schema', 'metadata', 'citations'],
  openai_responses: ['parameters', 'schema', 'output_schema', 'metadata', 'annotations'],
  gemini_generate_content: [
    ...['args', 'response', 'parameters', 'parametersJsonSchema', 'labels'],
    ...['responseSchema', 'responseJsonSchema', 'schema'],
  ],
  embeddings: [],
};

/** Under these names some clients send what they would add to a request, and some servers add it. */
const EXTRA_BODY = ['extra_body', 'extraBody'];

interface Rules {
  readonly dialect: Dialect;
  /** the request goes on in another dialect, so that what is left out of it reaches nobody */
  readonly translated: boolean;
  readonly top: ReadonlyMap<string, RefusedField>;
  /** the same, whatever the letter case and spelling */
  readonly folded: ReadonlyMap<string, RefusedField>;
  readonly keys: ReadonlyMap<string, RefusedField>;
  readonly types: ReadonlyMap<string, RefusedField>;
  readonly own: ReadonlySet<string>;
}

const RULES = Object.fromEntries(DIALECTS.map(dialect => [dialect, rulesOf(dialect)])) as Record<Dialect, Rules>;

const TRANSLATED_RULES = Object.fromEntries(
  DIALECTS.map(dialect => [dialect, { ...RULES[dialect], translated: true }]),
) as Record<Dialect, Rules>;

/** The names to watch at the top level of a dialect's request. */
export const refusedNames = (dialect: Dialect): readonly string[] => [...RULES[dialect].top.keys(), ...EXTRA_BODY];

/** Neither needs a closer look: the content itself, or an address that anybody could fetch. */
const isPlainAddress = (beginning: string, whole: boolean): boolean =>
  isDataUrl(beginning) || (whole && isPublicAddress(beginning));
/** Base64 has no colon. */
const isPlainContent = (beginning: string, whole: boolean): boolean =>
  !beginning.includes(':') || isPlainAddress(beginning, whole);

/** The strings that make a closer look at a dialect's request worth its cost. */
export const suspectsOf = (dialect: Dialect): Suspects => {
  const rows = rowsOf(dialect).filter(({ at }) => at !== 'top');
  const namesOf = (told: RefusedField['told']) => rows.filter(row => row.told === told).flatMap(({ names }) => names);
  return new Suspects({
    names: namesOf(undefined),
    beginnings: VERSIONED,
    // OpenAI takes an input item that is nothing but an id for a reference.
    lone: dialect === 'openai_responses' ? 'id' : null,
    values: [
      { names: namesOf('by-address'), isPlain: isPlainAddress },
      { names: namesOf('by-scheme'), isPlain: isPlainContent },
    ],
  });
};

/** A request as it was scanned. */
export interface Refusable {
  readonly body: Buffer;
  readonly fields: ReadonlyMap<string, JsonField>;
  readonly suspicious: boolean;
  /** what a closer look found, where it was taken before */
  readonly looked?: Looked;
  readonly model: string | null;
  readonly repeatedModels?: readonly JsonField[];
}

interface Refused {
  readonly path: string;
  readonly why: string;
}

/** What a closer look at a suspicious body found. Data only: a worker thread takes it as well as the event loop. */
export interface Looked {
  /** null where nothing in it is refused */
  readonly refused: Refused | null;
  /** the same where the request is translated */
  readonly refusedTranslated: Refused | null;
  /** it is no JSON after all */
  readonly unreadable: boolean;
}

/** Looks at a whole body, which is parsed for it. What it finds is the same for every kind of upstream. */
export function lookInto(dialect: Dialect, body: Buffer): Looked {
  const short = shortenTexts(body, MAX_TEXT_BYTES);
  let value: unknown;
  try {
    value = JSON.parse(short.toString('utf8'));
  } catch {
    return { refused: null, refusedTranslated: null, unreadable: true };
  }
  const twice = repeatedKey(short);
  if (twice !== null) {
    const refused = { path: twice.key, why: twice.message };
    return { refused, refusedTranslated: refused, unreadable: false };
  }
  const refused = refusedBy(RULES[dialect], value);
  const refusedTranslated = refused && refusedBy(TRANSLATED_RULES[dialect], value);
  return { refused, refusedTranslated, unreadable: false };
}

function refusedBy(rules: Rules, value: unknown): Refused | null {
  const found = look(rules, value, '', 0);
  return found && { path: found.path, why: sentence(found.row, found.path) };
}

/** Of a key that comes twice in one object some parsers take the first value and others the last: what is looked at here must be what counts. */
function repeatedKey(body: Buffer): { readonly key: string; readonly message: string } | null {
  try {
    scanObject(body, NOTHING_WATCHED, { meter: new StructureMeter(ONLY_ONCE), maxValues: Infinity });
    return null;
  } catch (error) {
    if (!(error instanceof StructureError) || error.key === undefined) throw error;
    return { key: error.key, message: error.message };
  }
}

/**
 * Refuses a request that holds what must not reach this kind of upstream. The body is parsed only where a string of it says
 * that it may.
 * @param translated whether it goes on in another dialect
 * @throws {RequestFieldError} naming the field, why, and what to do
 */
export function refuseFields(dialect: Dialect, kind: string, request: Refusable, translated = false): void {
  const { body, fields, suspicious, model, repeatedModels } = request;
  const rules = RULES[dialect];
  const where: Where = { holder: {}, at: '', model };
  for (const [name, field] of fields) {
    const row = rules.top.get(name);
    if (row !== undefined && concerns(row, kind) && acts(rules, row, valueOf(body, field), where))
      throw refusal(row, name);
    if (EXTRA_BODY.includes(name)) refuseWithin(rules, kind, valueOf(body, field), name);
  }
  const otherModel = rules.top.get('model');
  for (const field of repeatedModels ?? []) {
    if (otherModel !== undefined && acts(rules, otherModel, valueOf(body, field), where))
      throw refusal(otherModel, 'model');
  }
  if (!suspicious) return;
  const { refused, refusedTranslated, unreadable } = request.looked ?? lookInto(dialect, body);
  if (unreadable) throw new JsonSyntaxError(NO_JSON_STRING, 0);
  const found = translated ? refusedTranslated : refused;
  if (found !== null) throw new RequestFieldError(found.path, found.why);
}

/** What is added to a request, and to what is added: it is not scanned as the top level is, so every spelling counts. */
function refuseWithin(rules: Rules, kind: string, value: unknown, path: string): void {
  if (value === TOO_LONG) {
    throw new RequestFieldError(path, `${path} is too long; send its fields as fields of the request itself`);
  }
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) refuseWithin(rules, kind, item, `${path}[${index}]`);
    return;
  }
  if (!isObject(value)) return;
  for (const [name, inner] of Object.entries(value)) {
    const row = rules.folded.get(folded(name));
    const where = { holder: value, at: path, model: null };
    if (row !== undefined && concerns(row, kind) && acts(rules, row, inner, where))
      throw refusal(row, `${path}.${name}`);
    if (folded(name) === folded('extra_body')) refuseWithin(rules, kind, inner, `${path}.${name}`);
  }
}

interface Found {
  readonly row: RefusedField;
  readonly path: string;
}

function look(rules: Rules, value: unknown, path: string, depth: number): Found | null {
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return null;
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      const found = look(rules, item, `${path}[${index}]`, depth + 1);
      if (found !== null) return found;
    }
    return null;
  }
  return lookAtObject(rules, value as JsonObject, path, depth);
}

function lookAtObject(rules: Rules, fields: JsonObject, path: string, depth: number): Found | null {
  const { type } = fields;
  const where: Where = { holder: fields, at: path, model: null };
  const ofType = typeof type === 'string' ? rules.types.get(type.toLowerCase()) : undefined;
  if (ofType !== undefined && acts(rules, ofType, type, where)) return { row: ofType, path: path || 'type' };
  for (const [name, inner] of Object.entries(fields)) {
    const plain = folded(name);
    const at = path === '' ? name : `${path}.${name}`;
    const row = rules.keys.get(plain);
    if (row !== undefined && acts(rules, row, inner, where)) return { row, path: at };
    if (rules.own.has(plain)) continue;
    const found = look(rules, inner, at, depth + 1);
    if (found !== null) return found;
  }
  return null;
}

function acts({ dialect, translated }: Rules, row: RefusedField, value: unknown, where: Where): boolean {
  if (translated && row.leftOut?.(where) === true) return false;
  return row.acts === undefined ? !isNothing(value) : row.acts(value, where, dialect);
}

function concerns({ kinds }: RefusedField, kind: string): boolean {
  return kinds === undefined || kinds.includes(kind);
}

function refusal(row: RefusedField, path: string): RequestFieldError {
  return new RequestFieldError(path, sentence(row, path));
}

function sentence({ why, instead }: RefusedField, path: string): string {
  return `${path} is not supported: ${why}; ${instead}`;
}

/** Stands for a value that is too long to be looked at. */
const TOO_LONG = 'a value of many bytes';

function valueOf(body: Buffer, { start, end, kind }: JsonField): unknown {
  if (kind === 'null' || kind === 'false') return null;
  return end - start > MAX_VALUE_BYTES ? TOO_LONG : parsed(body, start, end);
}

/** The scanner passes over a raw control character and an unknown escape in a long string; the parser does not. */
function parsed(body: Buffer, start: number, end: number): unknown {
  try {
    return JSON.parse(body.toString('utf8', start, end));
  } catch {
    throw new JsonSyntaxError(NO_JSON_STRING, start);
  }
}

function rowsOf(dialect: Dialect): RefusedField[] {
  return REFUSED_FIELDS.filter(({ dialects }) => dialects.includes(dialect));
}

function rulesOf(dialect: Dialect): Rules {
  const rows = rowsOf(dialect);
  const by = (at: RefusedField['at'], word: (name: string) => string) =>
    new Map(rows.filter(row => row.at === at).flatMap(row => row.names.map(name => [word(name), row] as const)));
  return {
    dialect,
    translated: false,
    top: by('top', name => name),
    folded: by('top', folded),
    keys: by('key', folded),
    types: by('type', name => name.toLowerCase()),
    own: new Set(OWN[dialect].map(folded)),
  };
}

/** `fileUri`, `file_uri` and `File_URI` are one name: to Google, and to servers that fold letter case. */
function folded(name: string): string {
  return name.toLowerCase().replaceAll('_', '');
}
