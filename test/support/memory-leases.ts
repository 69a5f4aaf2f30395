import type { CounterReport, LeaseAnswer, LeaseCall, LeaseNeeds, LeaseStore } from '../../src/quota/lease.types.js';

interface Counter {
  used: number;
  leased: number;
}

/** The lease store in memory, for one replica: what the migration's function does, without locks and deaths. */
export class MemoryLeases implements LeaseStore {
  readonly counters = new Map<string, Counter>();
  calls = 0;
  /** thrown instead of an answer; `late` has done its work by then, as a connection that breaks behind the commit */
  failure: { readonly error: Error; readonly late: boolean } | null = null;
  private readonly held = new Map<string, number>();
  private sequence = 0;

  async lease(
    _replica: string,
    { sequence }: LeaseCall,
    _ttlMs: number,
    reports: readonly CounterReport[],
    requests: readonly LeaseNeeds[],
  ): Promise<LeaseAnswer> {
    this.calls += 1;
    const { failure } = this;
    if (failure !== null && !failure.late) throw failure.error;
    const rows = reports.map(report => this.take(report, sequence > this.sequence));
    const granted = reports.map(() => 0);
    const refusedBy = requests.map(needs => {
      const refused = needs.find(([index, amount]) => !fits(reports[index], rows[index], amount));
      if (refused !== undefined) return refused[0];
      for (const [index, amount] of needs) {
        const row = rows[index];
        if (row !== undefined) row.leased += amount;
        granted[index] = (granted[index] ?? 0) + amount;
      }
      return -1;
    });
    const left = reports.map((report, index) => this.finish(report, rows[index], granted, index));
    this.sequence = Math.max(this.sequence, sequence);
    if (failure !== null) throw failure.error;
    return { granted, refusedBy, left, now: null };
  }

  async reap(): Promise<void> {}

  private take({ key, begin, used, held }: CounterReport, fresh: boolean): Counter {
    const name = `${key} ${begin}`;
    const row = this.counters.get(name) ?? { used: 0, leased: 0 };
    this.counters.set(name, row);
    if (fresh) {
      row.used += used;
      row.leased += held - (this.held.get(name) ?? 0);
      this.held.set(name, held);
    }
    return row;
  }

  private finish(report: CounterReport, row: Counter | undefined, granted: number[], index: number): number {
    if (row === undefined || report.cap === null) return 0;
    const free = report.cap - row.used - row.leased;
    const few = free < 64;
    const forPace = few ? 0 : Math.min(Math.floor(free / 16), report.wanted);
    const forHorizon = report.horizon * (few ? 4 : 2) > free ? 0 : Math.min(Math.floor(free / 4), report.horizon);
    const extra = Math.max(forPace, forHorizon);
    row.leased += extra;
    granted[index] = (granted[index] ?? 0) + extra;
    const name = `${report.key} ${report.begin}`;
    this.held.set(name, (this.held.get(name) ?? 0) + (granted[index] ?? 0));
    return report.cap - row.used - row.leased;
  }
}

function fits(report: CounterReport | undefined, row: Counter | undefined, amount: number): boolean {
  if (report?.cap == null || row === undefined) return false;
  const before = row.used + row.leased;
  return before + amount <= report.cap || (report.mayExceed && before === 0 && report.cap > 0);
}
