import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../platform/package-root.js';
import type { CatalogRow } from './catalog-row.js';
import type { StoredPricing } from './price-list.js';

/** The catalog that a release brings along. */
export interface CatalogSeed {
  /** Grows with every release that changes the rows. */
  readonly version: number;
  readonly rows: readonly CatalogRow[];
}

interface SeedFile {
  readonly version: number;
  readonly models: readonly SeedRow[];
}

/** A line of the seed file; what does not apply to a model is left out there. */
interface SeedRow {
  readonly id: string;
  readonly provider_model_id?: string;
  readonly name: string;
  readonly type: string;
  readonly provider: string;
  readonly owned_by: string;
  readonly family?: string;
  readonly status: string;
  readonly dialects: readonly string[];
  readonly context_length?: number;
  readonly max_input_tokens?: number;
  readonly max_output_tokens?: number;
  readonly pricing: StoredPricing;
  readonly modalities: unknown;
  readonly capabilities: unknown;
  readonly open_weights: boolean;
  readonly release_date?: string;
  readonly knowledge_cutoff?: string;
  readonly tokenizer_label: string;
  readonly notes?: readonly string[];
}

/** Reads the seed file of this release. */
export function readCatalogSeed(): CatalogSeed {
  const file = JSON.parse(readFileSync(join(packageRoot(), 'prisma', 'seed', 'catalog.json'), 'utf8')) as SeedFile;
  return { version: file.version, rows: file.models.map(readSeedRow) };
}

function readSeedRow(row: SeedRow): CatalogRow {
  return {
    id: row.id,
    name: row.name,
    type: row.type,
    provider: row.provider,
    ownedBy: row.owned_by,
    family: row.family ?? null,
    status: row.status,
    dialects: row.dialects,
    providerModelId: row.provider_model_id ?? null,
    contextLength: row.context_length ?? null,
    maxInputTokens: row.max_input_tokens ?? null,
    maxOutputTokens: row.max_output_tokens ?? null,
    pricing: row.pricing,
    modalities: row.modalities,
    capabilities: row.capabilities,
    openWeights: row.open_weights,
    releaseDate: row.release_date ?? null,
    knowledgeCutoff: row.knowledge_cutoff ?? null,
    tokenizerLabel: row.tokenizer_label,
    notes: row.notes ?? [],
  };
}
