import type { FaultPlan } from './fault-plan.js';

/** Remembers how often a fault that is to happen only so many times has happened. */
export interface FaultLedger {
  /** The plan, or one without faults when its key has used it up. */
  claim(plan: FaultPlan): FaultPlan;
}

const MAX_KEYS = 1000;

export function createFaultLedger(): FaultLedger {
  const claimed = new Map<string, number>();
  return {
    claim(plan) {
      if (plan.times === undefined) return plan;
      const key = plan.key ?? JSON.stringify(plan);
      const count = (claimed.get(key) ?? 0) + 1;
      claimed.delete(key);
      claimed.set(key, count);
      // The oldest key goes first; tests that still need it are long over.
      for (const oldest of claimed.keys()) {
        if (claimed.size <= MAX_KEYS) break;
        claimed.delete(oldest);
      }
      return count <= plan.times ? plan : { headers: [] };
    },
  };
}
