import { ERROR_TABLE } from '../errors/error-table.js';
import { KnownSecrets } from '../platform/known-secrets.js';

const MAX_DETAIL_LENGTH = 16_384;
/** Of a sentence for an operator. */
const MAX_SENTENCE = 300;
/** A page is no sentence for a caller. */
const PAGE = /<html|<!doctype/i;
const REDACTED = '[redacted]';
/** What is shaped like a key, no matter whose it is, and whose account we use: nobody's business but ours. */
const SECRETS = [
  /\b(bearer|basic)\s+[a-z0-9._~+/=-]{8,}/gi,
  /\b(sk|pk|rk|gsk|xai|hf|napi|nt_live)[-_][a-z0-9_*.-]{6,}/gi,
  /\bdapi[0-9a-f*]{8,}(-\d+)?/gi,
  /\bAIza[\w*-]{10,}/g,
  /\bya29\.[\w*.-]{10,}/g,
  /\b(AKIA|ASIA)[A-Z0-9*]{12,}/g,
  /\barn:aws[\w-]*:[^\s"'`,;)]+/gi,
  /\bprojects\/[\w.:-]+(?=\/locations\/)/gi,
  /\b(api[-_ ]?key|access[-_ ]?token|token|secret|password|authorization)(["']?\s*[:=]\s*["']?)[^\s"',;]{6,}/gi,
  /\b[a-f0-9]{40,}\b/gi,
  // Whatever follows, it matches: one that looked for a dot would begin again at every `-eyJ` of a long run.
  /\beyJ[\w-]{10,}(?:\.[\w-]*){0,2}/g,
];

/** What is ours and nobody's to read. */
export interface Hidden {
  /** ours to call; null where it is known to be in no sentence */
  readonly origin: string | null;
  readonly secrets: readonly KnownSecrets[];
}

/** The caller's sentence about a request that the provider refused: the provider's own words, without what is ours. */
export function rejectionMessage(detail: string | null, { origin, secrets }: Hidden): string {
  if (detail === null || PAGE.test(detail)) return ERROR_TABLE.upstream_rejected.message;
  // What a cut leaves of a secret at the end is known by its beginning.
  const words = secrets.reduce((text, known) => known.scrub(text), detail.slice(0, 2 * MAX_DETAIL_LENGTH));
  return `ai gateway upstream model rejected the request: ${shortened(redact(words, origin))}`;
}

/** Whether a word of a provider may be shown as it is: nothing of ours is in it. */
export function isPublic(word: string, { origin, secrets }: Hidden): boolean {
  return secrets.every(known => known.scrub(word) === word) && redact(word, origin) === word;
}

/**
 * A provider's sentence for an operator: short, on one line, and without what is ours, in any form in which it was sent.
 * @param secrets what the request was authenticated with
 */
export function scrubbed(detail: string, origin: string, secrets: readonly string[]): string | null {
  if (PAGE.test(detail)) return null;
  const words = new KnownSecrets(secrets).scrub(detail.slice(0, 2 * MAX_DETAIL_LENGTH));
  const text = redact(words, origin).replaceAll(/[\u0000-\u001f\u007f\s]+/g, ' ');
  return text.length <= MAX_SENTENCE ? text : `${text.slice(0, MAX_SENTENCE).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

function redact(detail: string, origin: string | null): string {
  const ours = origin === null ? [] : [origin, new URL(origin).host];
  const named = ours.reduce((text, name) => text.replaceAll(name, REDACTED), detail);
  return SECRETS.reduce((text, shape) => text.replace(shape, REDACTED), named);
}

/** At a character's end: half of one would be no text. */
function shortened(text: string): string {
  if (text.length <= MAX_DETAIL_LENGTH) return text;
  return `${text.slice(0, MAX_DETAIL_LENGTH).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
