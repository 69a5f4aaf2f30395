import { asList, isList, isObject, type Json, type JsonObject } from '../../json/value.js';
import { RequestFieldError } from '../request-field-error.js';
import { Copies } from '../schemas/copies.js';
import { resolvePointer } from '../schemas/json-pointer.js';
import { mergeAllOf, referenceOf } from '../schemas/merge-all-of.js';
import { type Branches, branchesOf, literalsOf, typesOf } from '../schemas/schema-types.js';
import { describe, HINTS, saysNothing, SILENT, wordsOf } from '../schemas/schema-words.js';
import { fieldPath } from '../wire/field-reader.js';
import type { LossList } from '../wire/loss-list.js';

/** The formats of strings that structured outputs know. */
const FORMATS: ReadonlySet<Json> = new Set([
  'date-time',
  'time',
  'date',
  'duration',
  'email',
  'hostname',
  'uri',
  'ipv4',
  'ipv6',
  'uuid',
]);
const MAX_SCHEMAS = 10_000;
/** Levels of schemas within each other, those that references lead to among them. */
const MAX_LEVELS = 400;
/** How often a schema that holds itself is written out. */
const MAX_REPEATS = 3;
/** Losses of one schema that are named one by one. */
const MAX_NAMED = 32;

const BESIDE_REFERENCE: ReadonlySet<string> = new Set(['$ref', '$defs', 'definitions']);

const NOT_HELD = 'is told in the description; this model cannot be held to it';
const CLOSED = 'no other properties can be allowed here';
const UNTYPED = 'a value of any type is not known here; it became a string, a number, a boolean or null';
const UNKNOWN_REFERENCE = 'is no part of this schema; any plain value is allowed';
const REPEATS = `this schema holds itself; it is written out to ${MAX_REPEATS + 1} levels`;

/**
 * A JSON Schema as Anthropic's structured outputs take it (`output_config.format`, strict tools): every object closed, and what
 * they do not know told in the description and named as a loss. The work grows as the schema does.
 * @param field where the schema stands in the caller's request
 * @throws {RequestFieldError} for one of more than 10,000 schemas or 400 levels, or whose references make it far longer
 */
export function constrainedSchema(schema: JsonObject, field: string, losses: LossList): JsonObject {
  return new SchemaWriter(schema, field, losses).write();
}

interface Place {
  readonly path: string;
  readonly level: number;
  /** how often the schema that holds it was written out before */
  readonly repeat: number;
  /** types of the schema around, for one that names none */
  readonly types: readonly string[];
}

class SchemaWriter {
  private readonly definitions = new Map<string, JsonObject>();
  /** names of definitions, by reference and repeat */
  private readonly names = new Map<string, string>();
  private readonly taken = new Set<string>();
  /** references that are being written, with their repeats */
  private readonly open = new Set<string>(['#@0']);
  /** where the writing of a schema that holds itself ends */
  private readonly ended = new WeakSet<JsonObject>();
  private readonly copies: Copies;
  private serial = 1;
  private schemas = 0;
  private named = 0;

  constructor(
    private readonly root: JsonObject,
    private readonly field: string,
    private readonly losses: LossList,
  ) {
    this.copies = new Copies(root);
  }

  write(): JsonObject {
    const schema = this.schema(this.root, { path: this.field, level: 0, repeat: 0, types: [] });
    if (this.definitions.size === 0) return schema;
    return { ...schema, $defs: Object.fromEntries(this.definitions) };
  }

  private schema(value: Json, place: Place): JsonObject {
    this.count(place);
    if (!isObject(value)) return this.anything(place);
    if (typeof value['$ref'] === 'string') return this.reference(value['$ref'], value, place);
    if (!isList(value['allOf']) || value['allOf'].length === 0) return this.described(value, place);
    const only = referenceOf(value);
    return only === null ? this.merged(value, place) : this.reference(only, {}, place);
  }

  /** The keywords of one schema: those that are known, and the others in words. */
  private described(schema: JsonObject, place: Place): JsonObject {
    const kept: Record<string, Json> = {};
    const words: string[] = [];
    const known = this.known(schema, place);
    for (const [keyword, value] of Object.entries(schema)) {
      if (known.keywords.has(keyword) || SILENT.has(keyword) || value === null) continue;
      if (keyword === 'title') kept['title'] = value;
      else if (!saysNothing(keyword, value)) {
        words.push(wordsOf(keyword, value));
        if (!HINTS.has(keyword)) this.lose(fieldPath(place.path, keyword), NOT_HELD);
      }
    }
    const description = describe(schema['description'], words);
    const written = { ...known.written, ...kept, ...(description !== '' && { description }) };
    return this.endingWith([known.written], written);
  }

  private known(schema: JsonObject, place: Place): { readonly written: JsonObject; readonly keywords: Set<string> } {
    const keywords = new Set(['type', 'nullable', 'description', '$defs', 'definitions']);
    const literals = literalsOf(schema);
    if (literals !== null) {
      for (const keyword of Object.keys(literals)) keywords.add(keyword);
      return { written: literals, keywords };
    }
    const types = typesOf(schema, place.types);
    const inner = { ...place, types };
    const branches = branchesOf(schema);
    if (branches !== null) {
      keywords.add(branches.keyword);
      return { written: this.branches(branches, inner), keywords };
    }
    if (types.length === 0) return { written: this.anything(place), keywords };
    const typed = types.map(type => this.typed(type, schema, inner, keywords));
    const [only] = typed;
    if (only !== undefined && typed.length === 1) return { written: only, keywords };
    // Types with nothing to say beside them stand in one list.
    const bare = typed.every(one => Object.keys(one).length === 1);
    return { written: bare ? { type: types } : { anyOf: typed }, keywords };
  }

  private typed(type: string, schema: JsonObject, place: Place, keywords: Set<string>): JsonObject {
    if (type === 'object') return this.object(schema, place, keywords);
    if (type === 'array') return this.array(schema, place, keywords);
    if (type !== 'string' || !FORMATS.has(schema['format'] ?? null)) return { type };
    keywords.add('format');
    return { type, format: schema['format'] as string };
  }

  private object(schema: JsonObject, place: Place, keywords: Set<string>): JsonObject {
    for (const keyword of ['properties', 'required']) keywords.add(keyword);
    const given = isObject(schema['properties']) ? schema['properties'] : {};
    const required = asList(schema['required']).filter(name => typeof name === 'string' && Object.hasOwn(given, name));
    const mandatory = new Set(required);
    const path = `${place.path}.properties`;
    const properties: [string, JsonObject][] = [];
    for (const [name, inner] of Object.entries(given)) {
      const written = this.schema(inner, within(place, fieldPath(path, name)));
      if (mandatory.has(name) || !this.ended.has(written)) properties.push([name, written]);
    }
    const open = schema['additionalProperties'];
    if (open === false || open === true) keywords.add('additionalProperties');
    // An object of which nothing is said may hold anything: closed, it holds nothing.
    if (open === true || (open === undefined && properties.length === 0)) {
      this.lose(`${place.path}.additionalProperties`, CLOSED);
    }
    return {
      type: 'object',
      properties: Object.fromEntries(properties),
      ...(required.length > 0 && { required }),
      additionalProperties: false,
    };
  }

  private array(schema: JsonObject, place: Place, keywords: Set<string>): JsonObject {
    const { items, minItems } = schema;
    const isTuple = isList(items);
    if (!isTuple) keywords.add('items');
    const least = minItems === 0 || minItems === 1;
    if (least) keywords.add('minItems');
    const inner = isTuple ? {} : (items ?? {});
    const item = this.schema(inner, within(place, `${place.path}.items`));
    return this.endingWith([item], { type: 'array', items: item, ...(least && { minItems }) });
  }

  private branches({ list, keyword }: Branches, place: Place): JsonObject {
    const written = list.map((branch, index) =>
      this.schema(branch, { ...within(place, `${place.path}.${keyword}[${index}]`), types: place.types }),
    );
    const going = written.filter(branch => !this.ended.has(branch));
    return this.endingWith(written, { anyOf: going.length > 0 ? going : written });
  }

  /** A list of nothing but ends, and a choice between ends, are ends themselves. */
  private endingWith(inner: readonly JsonObject[], written: JsonObject): JsonObject {
    if (inner.every(schema => this.ended.has(schema))) this.ended.add(written);
    return written;
  }

  private merged(schema: JsonObject, place: Place): JsonObject {
    const { schema: merged, references, clashes } = mergeAllOf(schema, this.root, () => this.count(place));
    for (const reference of references) this.copy(resolvePointer(this.root, reference));
    if (clashes) this.lose(`${place.path}.allOf`, 'its schemas contradict each other; the first one holds');
    return this.opened(references, place, repeat => this.schema(merged, { ...place, level: place.level + 1, repeat }));
  }

  private reference(reference: string, schema: JsonObject, place: Place): JsonObject {
    const target = resolvePointer(this.root, reference);
    if (target === undefined) {
      this.lose(`${place.path}.$ref`, UNKNOWN_REFERENCE);
      return plainValue();
    }
    for (const keyword of Object.keys(schema)) {
      if (!BESIDE_REFERENCE.has(keyword) && !SILENT.has(keyword)) {
        this.lose(fieldPath(place.path, keyword), 'cannot stand beside a reference here');
      }
    }
    return this.opened([reference], place, repeat => this.defined(reference, target, { ...place, repeat }));
  }

  /** A definition is written where it is first referred to. */
  private defined(reference: string, target: Json, { level, repeat }: Place): JsonObject {
    const key = `${reference}@${repeat}`;
    const known = this.names.get(key);
    if (known !== undefined) return { $ref: `#/$defs/${known}` };
    this.copy(target);
    const name = this.nameFor(reference);
    this.names.set(key, name);
    const path = reference.split('/').slice(1).reduce(fieldPath, this.field);
    this.definitions.set(name, this.schema(target, { path, level: level + 1, repeat, types: [] }));
    return { $ref: `#/$defs/${name}` };
  }

  /** Writes what these references lead to. One that is being written already is written again, up to a bound. */
  private opened(references: readonly string[], place: Place, write: (repeat: number) => JsonObject): JsonObject {
    let { repeat } = place;
    while (repeat <= MAX_REPEATS && references.some(reference => this.open.has(`${reference}@${repeat}`))) repeat += 1;
    if (repeat > place.repeat) this.lose(place.path, REPEATS);
    if (repeat > MAX_REPEATS) return this.end();
    for (const reference of references) this.open.add(`${reference}@${repeat}`);
    const written = write(repeat);
    for (const reference of references) this.open.delete(`${reference}@${repeat}`);
    return written;
  }

  /** Where a schema that holds itself is written out no more. */
  private end(): JsonObject {
    const end: JsonObject = {
      type: 'object',
      properties: {},
      additionalProperties: false,
      description: 'The nesting ends here: leave this out.',
    };
    this.ended.add(end);
    return end;
  }

  private nameFor(reference: string): string {
    const last = reference.slice(reference.lastIndexOf('/') + 1);
    const plain = last === '#' ? 'schema' : last.slice(0, 64).replaceAll(/[^\w-]/g, '_');
    let name = plain;
    while (this.taken.has(name)) name = `${plain}_${(this.serial += 1)}`;
    this.taken.add(name);
    return name;
  }

  private anything(place: Place): JsonObject {
    this.lose(place.path, UNTYPED);
    return plainValue();
  }

  private count({ level }: Place): void {
    this.schemas += 1;
    if (this.schemas > MAX_SCHEMAS) this.refuse(`holds more than ${MAX_SCHEMAS} schemas`);
    if (level > MAX_LEVELS) this.refuse(`is nested more than ${MAX_LEVELS} levels`);
  }

  private copy(target: Json | undefined): void {
    if (target === undefined || this.copies.mayCopy(target)) return;
    this.refuse('refers again and again to what is long');
  }

  private refuse(rule: string): never {
    throw new RequestFieldError(this.field, `${this.field} ${rule}, which is more than this model can be held to`);
  }

  private lose(path: string, reason: string): void {
    this.named += 1;
    if (this.named <= MAX_NAMED) this.losses.addOnce(path, reason);
    else this.losses.addOnce(this.field, 'more of it is told in descriptions than is named here');
  }
}

function within(place: Place, path: string): Place {
  return { ...place, path, level: place.level + 1, types: [] };
}

function plainValue(): JsonObject {
  return { type: ['string', 'number', 'boolean', 'null'] };
}
