import { readCatalogRow } from '../../src/catalog/catalog-row.js';
import { readCatalogSeed } from '../../src/catalog/catalog-seed.js';
import type { CatalogModel } from '../../src/catalog/catalog.types.js';
import type { AppConfig } from '../../src/config/app-config.js';
import type { GatewayError } from '../../src/errors/gateway-error.js';
import type { Branch, Caller } from '../../src/identity/identity.types.js';
import { ChangeFeed } from '../../src/platform/change-feed.js';
import { Log } from '../../src/platform/logging.js';
import { DatabaseLocation } from '../../src/platform/prisma/prisma.service.js';
import type { Block, Limit } from '../../src/quota/limit.types.js';
import type { LedgerSum, QuotaRepository } from '../../src/quota/quota.repository.js';
import { QuotaService } from '../../src/quota/quota.service.js';
import type { Estimate, Reservation } from '../../src/quota/quota.types.js';
import { FakeClock } from './fake-clock.js';

/** Twenty seconds past noon: 40 seconds are left of the minute, 43,180 of the day. */
export const NOON = Date.UTC(2026, 9, 10, 12, 0, 20);

/** The tables, as a part that a test changes. */
export class FakeRepository {
  limits: Limit[] = [];
  blocks: Block[] = [];
  ledger: (since: number) => LedgerSum[] = () => [];
  parents: Record<string, string | null> = {};

  listLimits(): Promise<Limit[]> {
    return Promise.resolve([...this.limits]);
  }
  listBlocks(): Promise<Block[]> {
    return Promise.resolve([...this.blocks]);
  }
  sumLedger(since: number): Promise<LedgerSum[]> {
    return Promise.resolve(this.ledger(since));
  }
  listParents(): Promise<Map<string, string | null>> {
    return Promise.resolve(new Map(Object.entries(this.parents)));
  }
}

export const NO_DEFAULTS = { accountTokensPerMinute: 0, modelTokensPerMinute: 0, accountSpendPerDayNanoUsd: 0n };
export const DEFAULTS = {
  accountTokensPerMinute: 200_000,
  modelTokensPerMinute: 200_000,
  accountSpendPerDayNanoUsd: 20_000_000_000n,
};

/** The room on a clock of the test's, with rows in memory. */
export async function startQuota(
  config: Partial<AppConfig> = NO_DEFAULTS,
  prepare: (repository: FakeRepository) => void = () => undefined,
) {
  const clock = new FakeClock(NOON);
  const repository = new FakeRepository();
  prepare(repository);
  const feed = new ChangeFeed(new DatabaseLocation('', 1), Log.create('silent'));
  const quota = new QuotaService(config as AppConfig, clock, feed, repository as unknown as QuotaRepository);
  await quota.onModuleInit();
  return { clock, repository, feed, quota };
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

interface Ask extends Partial<Estimate> {
  readonly tokens?: number;
  readonly model?: string;
  readonly credential?: string;
  readonly lineage?: readonly string[];
}

/** A request of `nak_live_a` for `gpt-5` on `br-leaf`, which costs nothing, but for what is said otherwise. */
export function ask(
  quota: QuotaService,
  { tokens, model: id, credential, lineage = LINEAGE, costNanoUsd }: Ask = {},
): Reservation {
  return quota.reserve({
    caller: caller(credential),
    branch: branch(...lineage),
    model: model(id ?? 'gpt-5'),
    estimate: { inputTokens: tokens ?? 0, outputTokens: 0, costNanoUsd: costNanoUsd ?? 0n },
  });
}

/** The error of a request that must be refused. */
export function refusal(quota: QuotaService, question: Ask = {}): GatewayError {
  try {
    ask(quota, question);
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
