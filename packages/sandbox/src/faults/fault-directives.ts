import { validateHeaderName, validateHeaderValue } from 'node:http';
import { type FaultPlan, TRUNCATIONS, USAGE_FAULTS } from './fault-plan.js';
import { RequestRefusal } from '../wire/request-refusal.js';

/** The request header that asks for faults. */
export const FAULT_HEADER = 'x-bough-sandbox-fault';

const HOUR_MS = 3_600_000;
const MEGABYTE = 1_048_576;

/** Reads the value of one directive; throws `BadValue` with what was expected. */
type Read = (value: string | undefined) => Partial<FaultPlan>;

class BadValue extends Error {}

function given(value: string | undefined): string {
  if (value === undefined || value === '') throw new BadValue('a value');
  return value;
}

function whole(value: string | undefined, low: number, high: number): number {
  const number = /^\d{1,12}$/.test(given(value)) ? Number(value) : NaN;
  if (number >= low && number <= high) return number;
  throw new BadValue(`a whole number from ${low} to ${high}`);
}

const ms = (value: string | undefined): number => whole(value, 0, HOUR_MS);
const events = (value: string | undefined): number => whole(value, 0, 1_000_000);

function word<Word extends string>(value: string | undefined, words: readonly Word[], usual?: Word): Word {
  const found = words.find(allowed => allowed === (value ?? usual));
  if (found === undefined) throw new BadValue(`one of ${words.join(', ')}`);
  return found;
}

/** Two numbers with a sign between them, as in `500@3` and `1/100`. */
function pair(value: string | undefined, sign: string): [string, string] {
  const [left, right, ...more] = given(value).split(sign);
  if (right === undefined || more.length > 0) throw new BadValue(`two numbers with '${sign}' between them`);
  return [left, right];
}

function bare(plan: Partial<FaultPlan>): Read {
  return value => {
    if (value !== undefined) throw new BadValue('no value');
    return plan;
  };
}

function header(name: string, value: string): Partial<FaultPlan> {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
  } catch {
    throw new BadValue('a valid header');
  }
  return { headers: [[name, value]] };
}

function anyHeader(value: string | undefined): Partial<FaultPlan> {
  const found = /^([^:]+): ?(.*)$/s.exec(given(value));
  if (found === null) throw new BadValue('"name: value"');
  return header(found[1], found[2]);
}

const RATE_LIMIT_HEADERS: Array<[string, string]> = [
  ['x-ratelimit-limit-requests', '500'],
  ['x-ratelimit-remaining-requests', '499'],
  ['x-ratelimit-reset-requests', '120ms'],
  ['x-ratelimit-limit-tokens', '200000'],
  ['x-ratelimit-remaining-tokens', '199000'],
  ['x-ratelimit-reset-tokens', '300ms'],
];

const DIRECTIVES: Record<string, Read> = {
  times: value => ({ times: whole(value, 1, 1000) }),
  key: value => ({ key: given(value).slice(0, 200) }),

  delay: value => ({ delayMs: ms(value) }),
  hang: bare({ hang: true }),
  'hang-after-headers': bare({ hangAfterHeaders: true }),
  reset: bare({ reset: true }),
  status: value => ({ status: whole(value, 300, 599) }),
  message: value => ({ message: given(value) }),
  code: value => ({ code: given(value) }),
  'retry-info': value => ({ retryInfo: given(value) }),
  html: bare({ html: true }),
  ratelimit: bare({ headers: RATE_LIMIT_HEADERS }),
  header: anyHeader,

  'first-token': value => ({ firstTokenMs: ms(value) }),
  rate: value => ({ tokensPerSecond: whole(value, 0, 1_000_000) }),
  tokens: value => ({ answerTokens: whole(value, 0, 200_000) }),
  usage: value => ({ usage: word(value, USAGE_FAULTS) }),

  cut: value => ({ cutAfter: events(value) }),
  end: value => ({ endAfter: events(value) }),
  'error-event': value => ({ errorAfter: events(value) }),
  garbage: value => ({ garbageAfter: events(value) }),
  silence: value => {
    const [pause, after] = pair(value, '@');
    return { silence: { ms: ms(pause), after: events(after) } };
  },
  'no-finish': bare({ noFinish: true }),
  endless: bare({ endless: true }),
  'json-when-stream': bare({ jsonWhenStream: true }),
  truncate: value => ({ truncate: word(value, TRUNCATIONS, 'json') }),

  drip: value => {
    const [bytes, pause] = pair(value, '/');
    return { drip: { bytes: whole(bytes, 1, MEGABYTE), ms: whole(pause, 1, HOUR_MS) } };
  },
  gzip: value => {
    word(value, ['corrupt']);
    return { badGzip: true };
  },
};

/** Names that are themselves the header to send. */
const HEADER_DIRECTIVE = /^(?:retry-after|(?:x-ratelimit|anthropic-ratelimit)-[a-z0-9-]+)$/;

const DIRECTIVE = /[;,\s]*([a-z0-9-]+)(?:=(?:"([^"]*)"|([^;,"]*)))?\s*(?=[;,]|$)/iy;

/**
 * Reads `name`, `name=value` and `name="any; value"`, with commas or semicolons between them.
 * Throws `RequestRefusal` (400) that names the directive it could not read.
 */
export function parseFaults(text: string | undefined): FaultPlan {
  const plan: FaultPlan = { headers: [] };
  const seen = new Set<string>();
  const source = (text ?? '').replace(/(?<![;,\s])[;,\s]+$/, '');
  DIRECTIVE.lastIndex = 0;
  while (DIRECTIVE.lastIndex < source.length) {
    const start = DIRECTIVE.lastIndex;
    const found = DIRECTIVE.exec(source);
    if (found === null) throw refuse(`cannot read '${source.slice(start, start + 60)}'`);
    const name = found[1].toLowerCase();
    if (seen.has(name) && name !== 'header') throw refuse(`'${name}' is given twice`);
    seen.add(name);
    const { headers = [], ...rest } = readDirective(name, found[2] ?? found[3]?.trim());
    Object.assign(plan, rest);
    plan.headers.push(...headers);
  }
  return plan;
}

function readDirective(name: string, value: string | undefined): Partial<FaultPlan> {
  try {
    if (HEADER_DIRECTIVE.test(name)) return header(name, given(value));
    if (!Object.hasOwn(DIRECTIVES, name)) throw refuse(`unknown directive '${name.slice(0, 60)}'`);
    return DIRECTIVES[name](value);
  } catch (error) {
    if (!(error instanceof BadValue)) throw error;
    throw refuse(`'${name}' needs ${error.message}`);
  }
}

function refuse(reason: string): RequestRefusal {
  return new RequestRefusal(400, `Invalid ${FAULT_HEADER}: ${reason}.`, { param: FAULT_HEADER, code: 'invalid_fault' });
}
