import type { AppConfig } from '../config/app-config.js';
import { type DefaultLimits, LIMIT_KINDS } from './limit-kinds.js';
import { type LimitInForce, LimitIndex, type Scope } from './limit-index.js';
import type { QuotaRepository } from './quota.repository.js';

type Defaults = Pick<AppConfig, 'accountTokensPerMinute' | 'modelTokensPerMinute' | 'accountSpendPerDayNanoUsd'>;

/** What the configuration gives every account. */
export function defaultLimits(config: Defaults): DefaultLimits {
  return {
    tokensPerMinute: config.accountTokensPerMinute,
    modelTokensPerMinute: config.modelTokensPerMinute,
    spendPerDay: config.accountSpendPerDayNanoUsd,
  };
}

/**
 * The limits as they are stored now: of all places, or of some.
 * @param repository inside a transaction, one that sees what the transaction did
 */
export async function loadLimits(
  repository: Pick<QuotaRepository, 'listLimits'>,
  config: Defaults & Pick<AppConfig, 'creditMinimumBalanceNanoUsd'>,
  scopes?: readonly Scope[],
): Promise<LimitIndex> {
  return new LimitIndex(await repository.listLimits(config.creditMinimumBalanceNanoUsd, scopes), defaultLimits(config));
}

/**
 * Which limits hold here: every limit that a request for one of the models meets at these places. Enforcement and what
 * shows limits ask this alone.
 * @param scopes the widest first
 * @returns in the order in which they are looked at. Without credit nothing passes before somebody acts, so that comes
 * first: who is told to wait for a minute would wait in vain.
 */
export function limitsAt(index: LimitIndex, scopes: readonly Scope[], models: readonly string[]): LimitInForce[] {
  return scopes
    .flatMap(scope =>
      LIMIT_KINDS.flatMap(kind => ['', ...models].flatMap(modelId => index.find(kind, scope, modelId) ?? [])),
    )
    .toSorted((one, other) => Number(other.ofCredit) - Number(one.ofCredit));
}
