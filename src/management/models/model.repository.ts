import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import type { Prisma } from '../../generated/prisma/client.js';
import type { CatalogRow } from '../../catalog/catalog-row.js';
import { versionPrices } from '../../catalog/price-version.repository.js';
import { PrismaService } from '../../platform/prisma/prisma.service.js';
import { literally } from '../control-plane/page.js';

/** The columns an administrator may set. */
export interface ModelColumns extends Omit<CatalogRow, 'id' | 'type'> {
  readonly enabled: boolean;
  readonly parameterPolicy: string;
  readonly aliases: readonly string[];
}

export interface NewModel extends ModelColumns {
  readonly id: string;
  readonly type: string;
}

export interface ModelRecord extends NewModel {
  readonly priceVersion: number;
  readonly source: string;
  readonly changedFields: readonly string[];
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface PriceRecord {
  readonly version: number;
  readonly pricing: unknown;
  readonly validFrom: Date;
  readonly note: string;
}

export interface ModelFilter {
  readonly provider?: string;
  readonly type?: string;
  readonly dialect?: string;
  readonly status?: string;
  readonly enabled?: boolean;
  readonly source?: string;
  readonly search?: string;
}

@Injectable()
export class ModelRepository {
  constructor(private readonly prisma: PrismaService) {}

  /** In the order of the ids; `after` is the id of the last one of the page before. */
  async list(filter: ModelFilter, after: string | null, limit: number): Promise<ModelRecord[]> {
    const { dialect, search, provider, type, status, enabled, source } = filter;
    const rows = await this.prisma.model.findMany({
      include: ALIASES,
      where: {
        ...{ provider, type, status, enabled, source },
        ...(after === null ? {} : { id: { gt: after } }),
        ...(dialect === undefined ? {} : { dialects: { has: dialect } }),
        ...(search === undefined
          ? {}
          : {
              OR: [
                { id: { contains: literally(search), mode: 'insensitive' } },
                { name: { contains: literally(search), mode: 'insensitive' } },
              ],
            }),
      },
      orderBy: { id: 'asc' },
      take: limit,
    });
    return rows.map(withAliases);
  }

  async find(id: string): Promise<ModelRecord | null> {
    const row = await this.prisma.model.findUnique({ where: { id }, include: ALIASES });
    return row && withAliases(row);
  }

  async findMany(ids: readonly string[]): Promise<ModelRecord[]> {
    const rows = await this.prisma.model.findMany({ where: { id: { in: [...ids] } }, include: ALIASES });
    return rows.map(withAliases);
  }

  /** Newest first; `before` is the last version of the page before. */
  async listPrices(modelId: string, before: bigint | null, limit: number): Promise<PriceRecord[]> {
    return this.prisma.modelPrice.findMany({
      where: { modelId, ...(before === null ? {} : { version: { lt: Math.min(Number(before), MAX_VERSION) } }) },
      orderBy: { version: 'desc' },
      take: limit,
    });
  }

  /** The first of the names that means another model than this one; null when all are free. */
  async findName(id: string, names: readonly string[]): Promise<string | null> {
    if (names.length === 0) return null;
    const [model, alias] = await Promise.all([
      this.prisma.model.findFirst({ where: { id: { in: [...names] } }, select: { id: true } }),
      this.prisma.modelAlias.findFirst({ where: { alias: { in: [...names] }, modelId: { not: id } } }),
    ]);
    return model?.id ?? alias?.alias ?? null;
  }

  async add({ aliases, ...model }: NewModel): Promise<ModelRecord> {
    return this.prisma.$transaction(async transaction => {
      const named = { create: aliases.map(alias => ({ alias })) };
      const data = { ...(model as unknown as Prisma.ModelCreateInput), source: 'admin', aliases: named };
      await transaction.model.create({ data });
      await versionPrices(transaction, [model.id], 'added by an administrator');
      return withAliases(await transaction.model.findUniqueOrThrow({ where: { id: model.id }, include: ALIASES }));
    });
  }

  /**
   * Notes the changed columns, and another price as its next version, in the same turn: two administrators cannot lose
   * each other's. Null: no such model.
   */
  async change(
    id: string,
    { aliases, ...columns }: Partial<ModelColumns>,
    names: readonly string[],
  ): Promise<ModelRecord | null> {
    return this.prisma.$transaction(async transaction => {
      const [row] = await transaction.$queryRaw<{ changed_fields: string[]; pricing: unknown }[]>`
        SELECT changed_fields, pricing FROM models WHERE id = ${id} FOR UPDATE`;
      if (row === undefined) return null;
      const changedFields = [...new Set([...row.changed_fields, ...names])].toSorted();
      const data = { ...(columns as Prisma.ModelUpdateInput), changedFields };
      await transaction.model.update({ where: { id }, data });
      if (aliases !== undefined) {
        await transaction.modelAlias.deleteMany({ where: { modelId: id } });
        await transaction.modelAlias.createMany({ data: aliases.map(alias => ({ alias, modelId: id })) });
      }
      const repriced = columns.pricing !== undefined && !isDeepStrictEqual(columns.pricing, row.pricing);
      await versionPrices(transaction, repriced ? [id] : [], 'changed by an administrator');
      return withAliases(await transaction.model.findUniqueOrThrow({ where: { id }, include: ALIASES }));
    });
  }
}

const MAX_VERSION = 2_147_483_647;
const ALIASES = { aliases: { select: { alias: true }, orderBy: { alias: 'asc' } } } as const;

function withAliases<Row extends { aliases: readonly { alias: string }[] }>(row: Row) {
  return { ...row, aliases: row.aliases.map(({ alias }) => alias) };
}
