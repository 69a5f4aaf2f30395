import { GatewayError } from '../errors/gateway-error.js';
import { limitKind } from './limit-kinds.js';
import type { Block } from './limit.types.js';
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
  const advice = thenWhat(limit, supportContact);
  const publicMessage = `${what(limit)} ${limit.hard ? ofHard(outputThatFits()) : ''}${advice}`;
  if (limitKind(limit.kind).refusal === 'account_blocked')
    return new GatewayError('account_blocked', { publicMessage });
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

/** Of spend the cap is not told. */
function what({ kind, scope, modelId, cap }: MetLimit): string {
  const { noun, unit } = limitKind(kind);
  const forModel = modelId === '' ? '' : ` for model "${modelId}"`;
  const account = scope.type === 'account';
  const exceeded = `ai gateway ${scope.type} ${noun} limit exceeded${forModel}`;
  if (unit === null) return `${exceeded}${account ? '' : ` (set on ${scope.id})`}.`;
  const across = modelId === '' ? ' across all models' : '';
  const where = account ? ' in this region' : `, set on ${scope.id}`;
  return `${exceeded} (${cap} ${unit}${across}${where}).`;
}

function thenWhat({ kind, scope }: MetLimit, supportContact: string | null): string {
  const { advice } = limitKind(kind);
  if (scope.type !== 'account') return advice;
  return `${advice}, or request a higher limit through ${supportContact ?? NEON_SUPPORT}`;
}
