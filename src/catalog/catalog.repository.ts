import { Injectable } from '@nestjs/common';
import { Prisma } from '../generated/prisma/client.js';
import { PrismaService } from '../platform/prisma/prisma.service.js';
import type { CatalogRow, StoredModel } from './catalog-row.js';
import type { ModelAlias } from './common-aliases.js';
import { versionPrices } from './price-version.repository.js';

/** Arbitrary, but the same on every replica: the one that holds it writes the seed. */
const SEED_LOCK = 7_261_001;
const SEED_VERSION_KEY = 'catalog_seed_version';
/** The second of two replicas waits for the first one's transaction. */
const SEED_TIMEOUT_MS = 30_000;

const SEEDED = {
  id: true,
  name: true,
  type: true,
  provider: true,
  ownedBy: true,
  family: true,
  status: true,
  dialects: true,
  providerModelId: true,
  contextLength: true,
  maxInputTokens: true,
  maxOutputTokens: true,
  pricing: true,
  modalities: true,
  capabilities: true,
  openWeights: true,
  releaseDate: true,
  knowledgeCutoff: true,
  tokenizerLabel: true,
  notes: true,
} as const;

/** What a seed must know of a stored row before it may touch it. */
export interface SeededModel extends CatalogRow {
  readonly source: string;
  readonly changedFields: readonly string[];
}

export interface SeedChanges {
  readonly version: number;
  readonly added: readonly CatalogRow[];
  readonly changed: readonly { readonly id: string; readonly fields: Partial<CatalogRow> }[];
}

@Injectable()
export class CatalogRepository {
  constructor(private readonly prisma: PrismaService) {}

  /** Every model in the order of the ids. */
  async listModels(): Promise<StoredModel[]> {
    return await this.prisma.model.findMany({
      select: { ...SEEDED, enabled: true, priceVersion: true, parameterPolicy: true },
      orderBy: { id: 'asc' },
    });
  }

  /** Other names of models, in the order of the names. */
  async listAliases(): Promise<ModelAlias[]> {
    return await this.prisma.modelAlias.findMany({ select: { alias: true, modelId: true }, orderBy: { alias: 'asc' } });
  }

  /**
   * Lets one replica after the other compare its seed with the rows, and writes what `plan` finds. `plan` is given the
   * version that was seeded last (0 before the first) and answers null when there is nothing to write.
   */
  async seed(plan: (stored: readonly SeededModel[], version: number) => SeedChanges | null): Promise<void> {
    await this.prisma.$transaction(
      async transaction => {
        await transaction.$executeRaw`SELECT pg_advisory_xact_lock(${SEED_LOCK}::bigint)`;
        const setting = await transaction.setting.findUnique({ where: { key: SEED_VERSION_KEY } });
        const stored = await transaction.model.findMany({ select: { ...SEEDED, source: true, changedFields: true } });
        const changes = plan(stored, typeof setting?.value === 'number' ? setting.value : 0);
        if (changes === null) return;
        await transaction.model.createMany({
          data: changes.added.map(row => columns(row) as Prisma.ModelCreateManyInput),
        });
        for (const { id, fields } of changes.changed) {
          await transaction.model.update({ where: { id }, data: columns(fields) });
        }
        const repriced = [...changes.added, ...changes.changed.filter(({ fields }) => fields.pricing !== undefined)];
        await versionPrices(
          transaction,
          repriced.map(({ id }) => id),
          `seed ${changes.version}`,
        );
        const version = { value: changes.version };
        await transaction.setting.upsert({
          where: { key: SEED_VERSION_KEY },
          create: { key: SEED_VERSION_KEY, ...version },
          update: version,
        });
      },
      { maxWait: SEED_TIMEOUT_MS, timeout: SEED_TIMEOUT_MS },
    );
  }
}

/** Copies the lists, which Prisma wants to own, and tells it that the JSON columns hold JSON. */
function columns(row: Partial<CatalogRow>) {
  const { dialects, notes, pricing, modalities, capabilities, ...plain } = row;
  return {
    ...plain,
    ...(dialects === undefined ? {} : { dialects: [...dialects] }),
    ...(notes === undefined ? {} : { notes: [...notes] }),
    ...(pricing === undefined ? {} : { pricing: pricing as Prisma.InputJsonValue }),
    ...(modalities === undefined ? {} : { modalities: modalities as Prisma.InputJsonValue }),
    ...(capabilities === undefined ? {} : { capabilities: capabilities as Prisma.InputJsonValue }),
  };
}
