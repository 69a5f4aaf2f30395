import type { UsageJournal } from '../../src/metering/usage-journal.js';
import type { UsageRecord } from '../../src/metering/usage-record.js';

/** A record of a plain request that cost 1.5 thousandths of a dollar, but for what is said otherwise. */
export function usageRecord(requestId: string, fields: Partial<UsageRecord> = {}): UsageRecord {
  return {
    requestId,
    occurredAt: Date.UTC(2026, 9, 10, 12, 0, 10),
    organizationId: 'org-a',
    projectId: 'project-a',
    branchId: 'br-leaf',
    credentialId: 'nak_live_a',
    modelId: 'gpt-5',
    dialect: 'chat_completions',
    upstream: 'sandbox',
    upstreamModel: 'gpt-5',
    stream: false,
    status: 'completed',
    httpStatus: 200,
    tokens: { input: 10, cacheRead: 3, cacheWrite: 0, output: 5, reasoning: 2 },
    estimated: false,
    costNanoUsd: 1_500_000n,
    durationMs: 12,
    firstTokenMs: null,
    ...fields,
  };
}

/** A journal that keeps nothing: what the ledger has acknowledged is seen by the test. */
export class ForgetfulJournal {
  refusing = false;
  closed = 0;
  readonly acknowledged: string[] = [];

  static make(): UsageJournal & ForgetfulJournal {
    return new ForgetfulJournal() as unknown as UsageJournal & ForgetfulJournal;
  }

  begin(): Promise<boolean> {
    return Promise.resolve(!this.refusing);
  }
  end(): Promise<boolean> {
    return Promise.resolve(true);
  }
  forget(): void {}
  acknowledge(records: readonly UsageRecord[]): void {
    this.acknowledged.push(...records.map(({ requestId }) => requestId));
  }
  close(): Promise<void> {
    this.closed += 1;
    return Promise.resolve();
  }
}
