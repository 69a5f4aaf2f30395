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
