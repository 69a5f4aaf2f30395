import { GatewayError } from '../errors/gateway-error.js';
import type { Block, LimitKind } from './limit.types.js';
import type { Scope } from './limit-book.js';

const SUPPORT = 'https://neon.com/docs/introduction/support';

/** A limit that a request met. */
export interface MetLimit {
  readonly kind: LimitKind;
  readonly scope: Scope;
  readonly modelId: string;
  /** requests, tokens or nano-dollars */
  readonly cap: number;
}

/** The sentence of a met limit: the published ones for an account (docs/contract.md section 7), the same way for the rest. */
export function limitRefusal(limit: MetLimit, retryAfterSeconds: number): GatewayError {
  return new GatewayError('quota_exceeded', { publicMessage: `${what(limit)} ${thenWhat(limit)}`, retryAfterSeconds });
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

function what({ kind, scope, modelId, cap }: MetLimit): string {
  const forModel = modelId === '' ? '' : ` for model "${modelId}"`;
  const account = scope.type === 'account';
  if (kind === 'spend_per_day') {
    return `ai gateway ${scope.type} daily spend limit exceeded${forModel}${account ? '' : ` (set on ${scope.id})`}.`;
  }
  const [noun, unit] = kind === 'tokens_per_minute' ? ['token', 'tokens'] : ['request', 'requests'];
  const across = modelId === '' ? ' across all models' : '';
  const where = account ? ' in this region' : `, set on ${scope.id}`;
  return `ai gateway ${scope.type} ${noun} rate limit exceeded${forModel} (${cap} ${unit} per minute${across}${where}).`;
}

function thenWhat({ kind, scope }: MetLimit): string {
  const retry =
    kind === 'spend_per_day' ? 'Retry after the daily spend limit resets' : 'Retry after the current minute resets';
  return scope.type === 'account' ? `${retry}, or request a higher limit through Neon support: ${SUPPORT}` : retry;
}
