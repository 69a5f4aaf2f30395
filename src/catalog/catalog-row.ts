import { type Dialect, DIALECTS } from '../dialects/dialect.js';
import type { CatalogModel, PriceList } from './catalog.types.js';
import { PARAMETER_POLICIES, type ParameterPolicy, readParameterRules } from './parameter-rules.js';
import { readPriceList, type StoredPricing } from './price-list.js';

/** A model as it is stored and seeded: plain data, JSON columns unread. */
export interface CatalogRow {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly provider: string;
  readonly ownedBy: string;
  readonly family: string | null;
  readonly status: string;
  readonly dialects: readonly string[];
  readonly providerModelId: string | null;
  readonly contextLength: number | null;
  readonly maxInputTokens: number | null;
  readonly maxOutputTokens: number | null;
  readonly pricing: unknown;
  readonly modalities: unknown;
  readonly capabilities: unknown;
  readonly openWeights: boolean;
  readonly releaseDate: string | null;
  readonly knowledgeCutoff: string | null;
  readonly tokenizerLabel: string;
  readonly notes: readonly string[];
}

/** What the database adds to a row of the seed. */
export interface StoredModel extends CatalogRow {
  readonly enabled: boolean;
  /** 0 before the first price was written down */
  readonly priceVersion?: number;
  /** `reject` where it is not stored */
  readonly parameterPolicy?: string;
}

/**
 * @param native the dialects of the release's own row of the model; the stored ones where the release knows none
 * @param assumed what is charged where no price is known
 * @param opened further dialects in which every chat model may be asked
 * @throws {TypeError} when a column does not hold what it should
 */
export function readCatalogRow(
  row: StoredModel,
  native: readonly string[] = row.dialects,
  assumed: AssumedPrices = NO_ASSUMPTION,
  opened: readonly Dialect[] = [],
): CatalogModel {
  if (row.type !== 'chat' && row.type !== 'embedding') throw new TypeError(`unknown model type ${row.type}`);
  const modalities = isObject(row.modalities) ? row.modalities : {};
  const capabilities = Object.freeze(isObject(row.capabilities) ? row.capabilities : {});
  return Object.freeze({
    id: row.id,
    name: row.name,
    type: row.type,
    provider: row.provider,
    ownedBy: row.ownedBy,
    family: row.family,
    status: row.status,
    enabled: row.enabled,
    dialects: new Set(row.dialects.map(readDialect)),
    callableDialects: new Set([...row.dialects.map(readDialect), ...(row.type === 'chat' ? opened : [])]),
    nativeDialects: new Set(native.map(readDialect)),
    providerModelId: row.providerModelId,
    contextLength: row.contextLength,
    maxInputTokens: row.maxInputTokens,
    maxOutputTokens: row.maxOutputTokens,
    prices: pricesOf(row, assumed),
    priceVersion: row.priceVersion || null,
    inputModalities: texts(modalities['input']),
    outputModalities: texts(modalities['output']),
    capabilities,
    parameterRules: readParameterRules(capabilities['rejected_chat_params']),
    parameterPolicy: readPolicy(row.parameterPolicy ?? 'reject'),
    tokenizerLabel: row.tokenizerLabel,
    releaseDate: row.releaseDate,
  });
}

/** What tokens cost of which no price is known, by the type of the model: a limit must hold for them too. */
export interface AssumedPrices {
  readonly chat: StoredPricing;
  readonly embedding: StoredPricing;
}

const NO_ASSUMPTION: AssumedPrices = { chat: {}, embedding: {} };

function pricesOf({ pricing, type }: StoredModel, assumed: AssumedPrices): PriceList {
  const prices = readPriceList(pricing, type);
  if (prices.published || (type !== 'chat' && type !== 'embedding')) return prices;
  return Object.freeze({ ...readPriceList(assumed[type], type), published: false });
}

function readPolicy(name: string): ParameterPolicy {
  const policy = PARAMETER_POLICIES.find(known => known === name);
  if (policy === undefined) throw new TypeError(`unknown parameter policy ${name}`);
  return policy;
}

function readDialect(name: string): Dialect {
  const dialect = DIALECTS.find(known => known === name);
  if (dialect === undefined) throw new TypeError(`unknown dialect ${name}`);
  return dialect;
}

function texts(value: unknown): readonly string[] {
  return Object.freeze(Array.isArray(value) ? value.filter(item => typeof item === 'string') : []);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
