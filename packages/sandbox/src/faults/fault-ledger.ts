import type { FaultPlan } from './fault-plan.js';

const MAX_KEYS = 1000;

/** Remembers how often a fault that is to happen only so many times has happened. */
export class FaultLedger {
  private readonly claimed = new Map<string, number>();

  /** The plan, or one without faults when its key has used it up. */
  claim(plan: FaultPlan): FaultPlan {
    if (plan.times === undefined) return plan;
    const key = plan.key ?? JSON.stringify(plan);
    const count = (this.claimed.get(key) ?? 0) + 1;
    this.claimed.delete(key);
    this.claimed.set(key, count);
    // The oldest key goes first; tests that still need it are long over.
    for (const oldest of this.claimed.keys()) {
      if (this.claimed.size <= MAX_KEYS) break;
      this.claimed.delete(oldest);
    }
    return count <= plan.times ? plan : { headers: [] };
  }
}
