import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { Log } from '../platform/logging.js';
import type { CatalogRow } from './catalog-row.js';
import { type CatalogSeed, readCatalogSeed } from './catalog-seed.js';
import { CatalogRepository, type SeedChanges, type SeededModel } from './catalog.repository.js';

/** Brings the models of this release into the database. Replicas that start together take turns. */
@Injectable()
export class CatalogSeeder {
  private native: ReadonlyMap<string, readonly string[]> = new Map();

  constructor(
    private readonly repository: CatalogRepository,
    private readonly log: Log,
  ) {}

  /** The dialects that the model has by itself, whatever an administrator opened; undefined for a model of his own. */
  nativeDialects(modelId: string): readonly string[] | undefined {
    return this.native.get(modelId);
  }

  async seed(seed: CatalogSeed = readCatalogSeed()): Promise<void> {
    this.native = new Map(seed.rows.map(row => [row.id, row.dialects]));
    await this.repository.seed((stored, version) => {
      const changes = planSeed(seed, stored, version);
      if (changes !== null) {
        this.log.info('the catalog follows the seed of this release', {
          version: seed.version,
          added: changes.added.length,
          changed: changes.changed.length,
        });
      }
      return changes;
    });
  }
}

/**
 * What a seed has to write: models that are missing, and the fields that differ of those it wrote itself. An
 * administrator's rows and fields stay, a model that the seed no longer names stays, and a seed older than the one in the
 * database writes nothing, so that an old replica which restarts during an upgrade does not undo it.
 */
export function planSeed(seed: CatalogSeed, stored: readonly SeededModel[], version: number): SeedChanges | null {
  if (seed.version < version) return null;
  const byId = new Map(stored.map(row => [row.id, row]));
  const added = seed.rows.filter(row => !byId.has(row.id));
  const changed = seed.rows.flatMap(row => {
    const before = byId.get(row.id);
    if (before === undefined || before.source !== 'seed') return [];
    const fields = differences(row, before);
    return Object.keys(fields).length === 0 ? [] : [{ id: row.id, fields }];
  });
  if (added.length === 0 && changed.length === 0 && seed.version === version) return null;
  return { version: seed.version, added, changed };
}

function differences(row: CatalogRow, before: SeededModel): Partial<CatalogRow> {
  const kept = new Set(before.changedFields);
  return Object.fromEntries(
    (Object.keys(row) as (keyof CatalogRow)[])
      .filter(field => !kept.has(field) && !kept.has(snakeCase(field)))
      .filter(field => !isDeepStrictEqual(row[field], before[field]))
      .map(field => [field, row[field]]),
  );
}

/** An administrator's interface names a field as the column does. */
function snakeCase(field: string): string {
  return field.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`);
}
