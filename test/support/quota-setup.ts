import { readCatalogRow } from '../../src/catalog/catalog-row.js';
import { readCatalogSeed } from '../../src/catalog/catalog-seed.js';
import type { CatalogModel } from '../../src/catalog/catalog.types.js';
import type { AppConfig } from '../../src/config/app-config.js';
import type { GatewayError } from '../../src/errors/gateway-error.js';
import type { Branch, Caller } from '../../src/identity/identity.types.js';
import { ChangeFeed } from '../../src/platform/change-feed.js';
import type { Clock } from '../../src/platform/clock.js';
import { IdSource } from '../../src/platform/id-source.js';
import { Log } from '../../src/platform/logging.js';
import { Metrics } from '../../src/platform/metrics.js';
import { DatabaseLocation } from '../../src/platform/prisma/prisma.service.js';
import type { Block, Limit } from '../../src/quota/limit.types.js';
import type { LeaseRepository } from '../../src/quota/lease.repository.js';
import { LeaseReporting, LeaseService } from '../../src/quota/lease.service.js';
import type { QuotaRepository } from '../../src/quota/quota.repository.js';
import { QuotaService } from '../../src/quota/quota.service.js';
import type { Estimate, Reservation } from '../../src/quota/quota.types.js';
import { FakeClock } from './fake-clock.js';
import { MemoryLeases } from './memory-leases.js';

/** Twenty seconds past noon: 40 seconds are left of the minute, 43,180 of the day. */
export const NOON = Date.UTC(2026, 9, 10, 12, 0, 20);

/** The tables, as a part that a test changes. */
export class FakeRepository {
  limits: Limit[] = [];
  blocks: Block[] = [];
  corrections = 0;

  listLimits(): Promise<Limit[]> {
    return Promise.resolve([...this.limits]);
  }
  countCorrections(): Promise<number> {
    return Promise.resolve(this.corrections);
  }
  listBlocks(): Promise<Block[]> {
    return Promise.resolve([...this.blocks]);
  }
}

export const NO_DEFAULTS = { accountTokensPerMinute: 0, modelTokensPerMinute: 0, accountSpendPerDayNanoUsd: 0n };
export const DEFAULTS = {
  accountTokensPerMinute: 200_000,
  modelTokensPerMinute: 200_000,
  accountSpendPerDayNanoUsd: 20_000_000_000n,
};

const running: QuotaService[] = [];
afterEach(async () => {
  for (const quota of running.splice(0)) await quota.onModuleDestroy();
});

/** The part that holds leases, as one replica of several has it. */
export function leaseService(
  store: LeaseRepository,
  clock: Clock,
  ttlMs = 30_000,
  leaseHorizonMs = 30_000,
): LeaseService {
  const reporting = new LeaseReporting(Log.create('silent'), new Metrics());
  return new LeaseService({ leaseTtlMs: ttlMs, leaseHorizonMs } as AppConfig, new IdSource(), clock, store, reporting);
}

/** The room on a clock of the test's, with rows in memory. */
export async function startQuota(
  config: Partial<AppConfig> = NO_DEFAULTS,
  prepare: (repository: FakeRepository) => void = () => undefined,
) {
  const clock = new FakeClock(NOON);
  const repository = new FakeRepository();
  prepare(repository);
  const feed = new ChangeFeed(new DatabaseLocation('', 1), Log.create('silent'));
  const store = new MemoryLeases();
  const leases = leaseService(store as unknown as LeaseRepository, clock);
  const quota = new QuotaService(config as AppConfig, clock, feed, repository as unknown as QuotaRepository, leases);
  await quota.onModuleInit();
  running.push(quota);
  return { clock, repository, feed, quota, store, leases };
}

const models = new Map(readCatalogSeed().rows.map(row => [row.id, readCatalogRow({ ...row, enabled: true })]));
const model = (id: string) => models.get(id) as CatalogModel;

/** br-leaf under br-middle under br-root. */
const LINEAGE = ['br-leaf', 'br-middle', 'br-root'];
const branch = (...lineage: string[]): Branch => ({
  id: lineage[0] ?? '',
  name: 'branch',
  projectId: 'project-a',
  organizationId: 'org-a',
  lineage,
});
const caller = (credentialId = 'nak_live_a'): Caller => ({
  credentialId,
  shortId: '0123456789ab',
  anchorBranchId: 'br-root',
  projectId: 'project-a',
  organizationId: 'org-a',
  scopes: [],
});

/** Where `nak_live_a` asks. */
export const placeOf = (lineage: readonly string[] = LINEAGE) => ({ caller: caller(), branch: branch(...lineage) });

const never = () => {
  throw new Error('only a hard limit asks for the most that a request can take');
};

interface Ask extends Partial<Estimate> {
  readonly tokens?: number;
  readonly model?: string;
  readonly credential?: string;
  readonly lineage?: readonly string[];
}

/** A request of `nak_live_a` for `gpt-5` on `br-leaf`, which costs nothing, but for what is said otherwise. */
export async function ask(
  quota: QuotaService,
  { tokens, model: id, credential, lineage = LINEAGE, costNanoUsd, most }: Ask = {},
): Promise<Reservation> {
  return quota.reserve({
    caller: caller(credential),
    branch: branch(...lineage),
    model: model(id ?? 'gpt-5'),
    estimate: {
      inputTokens: tokens ?? 0,
      outputTokens: 0,
      costNanoUsd: costNanoUsd ?? 0n,
      most: most ?? (() => never()),
    },
  });
}

/** The error of a request that must be refused. */
export async function refusal(quota: QuotaService, question: Ask = {}): Promise<GatewayError> {
  try {
    await ask(quota, question);
  } catch (error) {
    return error as GatewayError;
  }
  throw new Error('the request was admitted');
}

export function limit(
  scopeType: Limit['scopeType'],
  scopeId: string,
  kind: Limit['kind'],
  value: bigint,
  modelId = '',
): Limit {
  return { scopeType, scopeId, kind, value, modelId };
}
