import { GatewayError } from '../errors/gateway-error.js';
import type { Block, LimitKind } from './limit.types.js';
import type { LimitInForce } from './limit-index.js';
import type { LimitWindow } from './limit-window.js';

/** As published: docs/contract.md section 7. */
const NEON_SUPPORT = 'Neon support: https://neon.com/docs/introduction/support';

/** What a refusal says of the limit that a request met. */
type MetLimit = Omit<LimitInForce, 'stored'>;

const NO_CREDIT = 'ai gateway account credit balance is used up. Add credit to continue';

/** `outputThatFits`: the longest answer with which the request would pass, in tokens. The sentence of a met limit: the published ones for an account (docs/contract.md section 7), the same way for the rest. */
export function limitRefusal(
  limit: MetLimit,
  window: LimitWindow,
  now: number,
  outputThatFits: () => number,
  supportContact: string | null,
): GatewayError {
  if (limit.ofCredit) return new GatewayError('account_blocked', { publicMessage: NO_CREDIT });
  const publicMessage = `${what(limit)} ${limit.hard ? ofHard(outputThatFits()) : ''}${thenWhat(limit, supportContact)}`;
  if (limit.kind === 'spend_total') return new GatewayError('account_blocked', { publicMessage });
  // Nobody knows when a running request ends; a second is what a polite client should wait at least.
  const wait = window.end === null ? 0 : window.end - now;
  return new GatewayError('quota_exceeded', { publicMessage, retryAfterSeconds: wholeSeconds(wait) });
}

/** A block with an end is a limit like others; one without stays until it is lifted, so nothing says when to retry. */
export function blockRefusal(block: Block, now: number): GatewayError {
  const blocked = `ai gateway quota is blocked for this ${block.scopeType}`;
  if (block.until === null) return new GatewayError('account_blocked', { publicMessage: blocked });
  return new GatewayError('quota_exceeded', {
    publicMessage: `${blocked} until ${new Date(block.until).toISOString()}`,
    retryAfterSeconds: wholeSeconds(block.until - now),
  });
}

/** Rounded up, because who comes a moment too early is refused again; at least 1. */
export function wholeSeconds(milliseconds: number): number {
  return Math.max(1, Math.ceil(milliseconds / 1_000));
}

/** A hard limit is met before it is used up, by what a request might take. */
function ofHard(outputThatFits: number): string {
  const advice = outputThatFits < 1 ? '' : `Set max_tokens to ${outputThatFits} or less for what is left now. `;
  return `It is a hard limit: a request needs room for the most that it can take. ${advice}`;
}

const SPEND_WORDS = { spend_per_day: 'daily spend', spend_per_month: 'monthly spend', spend_total: 'total spend' };
const COUNT_WORDS = {
  tokens_per_minute: ['token rate', 'tokens per minute'],
  requests_per_minute: ['request rate', 'requests per minute'],
  concurrent_requests: ['concurrent request', 'requests at once'],
} as const;

function what({ kind, scope, modelId, cap }: MetLimit): string {
  const forModel = modelId === '' ? '' : ` for model "${modelId}"`;
  const account = scope.type === 'account';
  if (kind === 'spend_per_day' || kind === 'spend_per_month' || kind === 'spend_total') {
    const where = account ? '' : ` (set on ${scope.id})`;
    return `ai gateway ${scope.type} ${SPEND_WORDS[kind]} limit exceeded${forModel}${where}.`;
  }
  const [noun, unit] = COUNT_WORDS[kind];
  const across = modelId === '' ? ' across all models' : '';
  const where = account ? ' in this region' : `, set on ${scope.id}`;
  return `ai gateway ${scope.type} ${noun} limit exceeded${forModel} (${cap} ${unit}${across}${where}).`;
}

const WHEN: Record<LimitKind, string> = {
  tokens_per_minute: 'Retry after the current minute resets',
  requests_per_minute: 'Retry after the current minute resets',
  concurrent_requests: 'Retry when a running request has ended',
  spend_per_day: 'Retry after the daily spend limit resets',
  spend_per_month: 'Retry after the monthly spend limit resets',
  spend_total: 'It does not reset: raise the limit',
};

function thenWhat({ kind, scope }: MetLimit, supportContact: string | null): string {
  return scope.type === 'account'
    ? `${WHEN[kind]}, or request a higher limit through ${supportContact ?? NEON_SUPPORT}`
    : WHEN[kind];
}
