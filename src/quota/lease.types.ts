/** One counter in one call of the lease store. Amounts are requests, tokens or nano-dollars. */
export interface CounterReport {
  readonly key: string;
  /** the window: milliseconds since 1970 UTC; no end for one that is never over */
  readonly begin: number;
  readonly end: number | null;
  /** what was settled since the last report */
  readonly used: number;
  /** what this replica goes on holding, for requests that run and for those to come */
  readonly held: number;
  /** null where no request of the call asks for it */
  readonly cap: number | null;
  /** what it would like to have in reserve beyond the requests of the call */
  readonly wanted: number;
  /** what more it would need in reserve for an outage of the database, where enough is left */
  readonly horizon: number;
  /** whether one request may exceed a window of which nothing was taken */
  readonly mayExceed: boolean;
  /** scope type, scope id and model, where the ledger knows what was spent before the counter was made */
  readonly spender: readonly [string, string, string] | null;
}

/** What a request needs: the index of a counter of the call, and the amount. */
export type LeaseNeeds = readonly (readonly [number, number])[];

export interface LeaseAnswer {
  /** for each counter: what this replica may spend from now on, beyond what it reported as held */
  readonly granted: readonly number[];
  /** for each request: -1, or the index of the first counter that had not enough, and then nothing was taken */
  readonly refusedBy: readonly number[];
  /** for each counter: what is left for everybody; 0 where no cap was given */
  readonly left: readonly number[];
  /** the store's clock: milliseconds since 1970 UTC; null where it has none of its own */
  readonly now: number | null;
}

/** `sequence` numbers the report: the same for a repetition. `attempt` rises with every call, so that a late one is told. */
export interface LeaseCall {
  readonly sequence: number;
  readonly attempt: number;
}

/** Where the counters are. Every call is atomic; one that is repeated with the same number reports nothing twice. */
export interface LeaseStore {
  lease(
    replica: string,
    call: LeaseCall,
    ttlMs: number,
    counters: readonly CounterReport[],
    requests: readonly LeaseNeeds[],
  ): Promise<LeaseAnswer>;
  /**
   * Frees what dead replicas held: places at once, money and tokens `graceMs` later. Nothing behind an outage in which
   * nobody could speak, until all that live, whose leases last for `ttlMs`, have had time to.
   */
  reap(graceMs: number, ttlMs: number): Promise<void>;
}
