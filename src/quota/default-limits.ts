import type { AppConfig } from '../config/app-config.js';
import type { DefaultLimits } from './limit-index.js';

/** What the configuration gives every account. */
export function defaultLimits(config: AppConfig): DefaultLimits {
  return {
    tokensPerMinute: config.accountTokensPerMinute,
    modelTokensPerMinute: config.modelTokensPerMinute,
    spendPerDay: config.accountSpendPerDayNanoUsd,
  };
}
