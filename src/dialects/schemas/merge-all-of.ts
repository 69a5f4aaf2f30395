import { asList, isList, isObject, type Json, type JsonObject } from '../../json/value.js';
import { resolvePointer } from './json-pointer.js';

export interface Merged {
  readonly schema: JsonObject;
  /** the references that were followed */
  readonly references: readonly string[];
  /** two of the schemas say different things in the same keyword; the first one holds */
  readonly clashes: boolean;
}

const DEFINITIONS: ReadonlySet<string> = new Set(['$defs', 'definitions', '$ref', 'allOf']);
const ANNOTATIONS: ReadonlySet<string> = new Set(['title', 'description', 'default', 'examples']);

/**
 * A schema and those of its `allOf` as one: the properties of all of them, and what each of them requires. Each schema is taken
 * once, however often it is referred to.
 * @param count told of each schema and property that is looked at; it may throw
 */
export function mergeAllOf(schema: JsonObject, root: JsonObject, count: () => void): Merged {
  const merging = new Merging(root, count);
  merging.add(schema);
  return merging.merged();
}

class Merging {
  private readonly keywords = new Map<string, Json>();
  private readonly properties = new Map<string, Json>();
  private readonly required = new Set<Json>();
  private readonly references: string[] = [];
  private readonly seen = new Set<Json>();
  private clashes = false;

  constructor(
    private readonly root: JsonObject,
    private readonly count: () => void,
  ) {}

  add(schema: Json): void {
    // In the order in which they are written, and without a call within a call: the chain of references may be long.
    const waiting: Json[] = [schema];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      this.count();
      if (!isObject(next) || this.seen.has(next)) continue;
      this.seen.add(next);
      for (const [keyword, value] of Object.entries(next)) this.keyword(keyword, value);
      for (const inner of asList(next['allOf']).toReversed()) waiting.push(inner);
      if (typeof next['$ref'] !== 'string') continue;
      this.references.push(next['$ref']);
      waiting.push(resolvePointer(this.root, next['$ref']) ?? null);
    }
  }

  merged(): Merged {
    const { references, clashes, keywords } = this;
    if (this.properties.size > 0) keywords.set('properties', Object.fromEntries(this.properties));
    if (this.required.size > 0) keywords.set('required', [...this.required]);
    return { schema: Object.fromEntries(keywords), references, clashes };
  }

  private keyword(keyword: string, value: Json): void {
    if (DEFINITIONS.has(keyword)) return;
    if (keyword === 'required' && isList(value)) for (const name of value) this.required.add(name);
    else if (keyword === 'properties' && isObject(value)) {
      for (const [name, inner] of Object.entries(value)) {
        this.count();
        this.put(this.properties, name, inner);
      }
    } else this.put(this.keywords, keyword, value);
  }

  private put(target: Map<string, Json>, key: string, value: Json): void {
    const known = target.get(key);
    if (known === undefined) target.set(key, value);
    else if (known !== value && !ANNOTATIONS.has(key)) this.clashes = true;
  }
}

/** The reference that an `allOf` of one stands for, where nothing is said beside it. */
export function referenceOf({ allOf, ...beside }: JsonObject): string | null {
  const [only, ...others] = isList(allOf) ? allOf : [];
  const alone = others.length === 0 && Object.keys(beside).length === 0 && isObject(only);
  const reference = alone && Object.keys(only).length === 1 ? only['$ref'] : null;
  return typeof reference === 'string' ? reference : null;
}
