import { isUtf8 } from 'node:buffer';
import { type Alias, isAlias, isMap, isScalar, isSeq, Lexer, type Node, parseDocument, Parser } from 'yaml';
import { GatewayError } from '../../../errors/gateway-error.js';
import { StructureError, type StructureLimits, StructureMeter } from '../../../json/structure-meter.js';

/** More than a mebibyte of what people write has; each costs the parser a few microseconds. */
const MAX_TOKENS = 200_000;
/** Fewer than a document needs that somebody writes. */
const MAX_ALIASES = 100;

/**
 * Reads a YAML document into what JSON could say too.
 * @throws {GatewayError} invalid_json
 * @throws {StructureError} for what passes the limits, its aliases written out, and for keys that come twice
 */
export function readYaml(body: Buffer, limits: StructureLimits): unknown {
  if (!isUtf8(body)) throw notYaml('it is not UTF-8');
  const text = body.toString('utf8');
  refuseEndless(text, limits.depth);
  // The parser would compare every key of an object with every other; the meter looks for equal ones instead.
  const document = parseDocument(text, { schema: 'core', merge: false, uniqueKeys: false, logLevel: 'error' });
  const [error] = document.errors;
  if (error !== undefined) throw notYaml(error.message.split('\n')[0] ?? '');
  new YamlWalk(new StructureMeter(limits)).measure(document.contents);
  // The aliases were counted, and what they stand for.
  const value: unknown = document.toJS({ maxAliasCount: -1 });
  if (value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) throw notYaml('an object was expected');
  return value;
}

/** Looks at tokens alone, which are made one by one, before a tree is made of them by functions that call themselves. */
function refuseEndless(text: string, depth: number): void {
  const parser = new Parser();
  let tokens = 0;
  for (const lexeme of new Lexer().lex(text)) {
    tokens += 1;
    if (tokens > MAX_TOKENS) throw new StructureError(`has more than ${MAX_TOKENS} words and signs`);
    for (const _ of parser.next(lexeme)) continue;
    // The document itself, a scalar at the end, and what is half read.
    if (parser.stack.length > 2 * depth + 4) throw new StructureError(`is nested deeper than ${depth} levels`);
  }
}

class YamlWalk {
  private readonly anchors = new Map<string, Node>();
  private aliases = 0;

  constructor(private readonly meter: StructureMeter) {}

  measure(node: unknown): void {
    if (isAlias(node)) {
      this.measureAgain(node);
      return;
    }
    this.meter.value();
    if (!isMap(node) && !isSeq(node)) {
      if (isScalar(node)) this.note(node);
      return;
    }
    this.note(node);
    this.meter.enter(isMap(node) ? 'object' : 'list');
    if (isSeq(node)) for (const item of node.items) this.measure(item);
    else {
      for (const { key, value } of node.items) {
        this.meter.key(nameOf(key));
        this.measure(value);
      }
    }
    this.meter.leave();
  }

  private note(node: Node & { anchor?: string }): void {
    if (node.anchor !== undefined) this.anchors.set(node.anchor, node);
  }

  /** What an alias stands for counts where it stands. One within itself ends at the deepest level. */
  private measureAgain(alias: Alias): void {
    this.aliases += 1;
    const meant = this.anchors.get(alias.source);
    if (meant === undefined) throw notYaml('an alias stands for nothing before it');
    if (this.aliases > MAX_ALIASES) throw new StructureError(`has more than ${MAX_ALIASES} aliases`);
    this.measure(meant);
  }
}

function nameOf(key: unknown): string {
  if (!isScalar(key)) throw notYaml('keys must be words');
  return key.value === null ? '' : String(key.value as string | number | boolean);
}

function notYaml(problem: string): GatewayError {
  return new GatewayError('invalid_json', { publicMessage: `the request body is not valid YAML: ${problem}` });
}
