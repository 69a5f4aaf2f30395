import type { TokenCounts } from '../dialects/token-counts.js';
import type { ColumnReader } from './spool/column-reader.js';
import type { ColumnWriter } from './spool/column-writer.js';
import type { SpoolCodec } from './spool/spool-codec.js';
import type { UsageRecord } from './usage-record.js';

type CountName = Exclude<keyof TokenCounts, 'served'>;

/** The bit that says that a count is there. A new class takes the next one; none is ever used for another. */
const COUNT_BITS = {
  input: 0,
  cacheRead: 1,
  cacheWrite: 2,
  output: 3,
  reasoning: 4,
  cacheWrite1h: 5,
  inputAudio: 6,
  outputAudio: 7,
  webSearches: 8,
  fileSearches: 9,
  codeContainers: 10,
  imageText: 11,
  imageInput: 12,
  imageOutput: 13,
  cacheReadAudio: 14,
  outputImage: 15,
} as const satisfies Record<CountName, number>;
const COUNTS = Object.entries(COUNT_BITS) as readonly [CountName, number][];
/** Stands among the counts, for a release that does not know it leaves the record alone then: what is told of a request besides. */
const EXTRAS = 2 ** 20;
const KNOWN_COUNTS = 2 ** COUNTS.length;

/** What is true or absent, a bit each. */
const STREAM = 1;
const ESTIMATED = 2;
const SAYS_UNPRICED = 4;
const UNPRICED = 8;
const SAYS_PRICE_VERSION = 16;
const PRICE_VERSION = 32;
const FIRST_TOKEN = 64;
const SERVED = 128;

/**
 * A usage record as columns of the journal, and of the lines that releases before left. A change of the columns is a new
 * version of the block; a new count needs none, for a release that does not know it leaves the record for one that does.
 */
export const USAGE_RECORD_CODEC: SpoolCodec<UsageRecord> = { write, read, fromJson };

function write(record: UsageRecord, columns: ColumnWriter): void {
  const { tokens, priceVersion, firstTokenMs } = record;
  columns.byte(flagsOf(record));
  columns.word(record.organizationId);
  columns.word(record.projectId);
  columns.word(record.branchId);
  columns.word(record.credentialId);
  columns.word(record.modelId);
  columns.word(record.dialect);
  columns.word(record.upstream);
  columns.word(record.upstreamModel);
  columns.word(record.status);
  columns.number(record.occurredAt);
  columns.number(record.httpStatus);
  columns.number(record.durationMs);
  columns.amount(record.costNanoUsd);
  if (firstTokenMs !== null) columns.number(firstTokenMs);
  if (priceVersion !== undefined && priceVersion !== null) columns.number(priceVersion);
  if (tokens.served !== undefined) columns.word(JSON.stringify(tokens.served));
  let present = 0;
  for (const [name, bit] of COUNTS) if (tokens[name] !== undefined) present |= 1 << bit;
  const { code, detail, repeats } = record;
  const hasExtras = code !== undefined || detail !== undefined || repeats !== undefined;
  columns.varint(hasExtras ? present + EXTRAS : present);
  for (const [name] of COUNTS) {
    const count = tokens[name];
    if (count !== undefined) columns.number(count);
  }
  if (!hasExtras) return;
  columns.word(code ?? '');
  columns.number(repeats ?? 0);
  columns.text(detail ?? '');
}

function flagsOf({ stream, estimated, unpriced, priceVersion, firstTokenMs, tokens }: UsageRecord): number {
  let flags = stream ? STREAM : 0;
  if (estimated) flags |= ESTIMATED;
  if (unpriced !== undefined) flags |= SAYS_UNPRICED;
  if (unpriced === true) flags |= UNPRICED;
  if (priceVersion !== undefined) flags |= SAYS_PRICE_VERSION;
  if (priceVersion !== undefined && priceVersion !== null) flags |= PRICE_VERSION;
  if (firstTokenMs !== null) flags |= FIRST_TOKEN;
  if (tokens.served !== undefined) flags |= SERVED;
  return flags;
}

/** @throws {Error} when a newer release wrote it */
function read(requestId: string, columns: ColumnReader): UsageRecord {
  const flags = columns.byte();
  const has = (flag: number) => (flags & flag) !== 0;
  const named = {
    requestId,
    organizationId: columns.word(),
    projectId: columns.word(),
    branchId: columns.word(),
    credentialId: columns.word(),
    modelId: columns.word(),
    dialect: columns.word(),
    upstream: columns.word(),
    upstreamModel: columns.word(),
    status: columns.word() as UsageRecord['status'],
    occurredAt: columns.number(),
    httpStatus: columns.number(),
    durationMs: columns.number(),
    costNanoUsd: columns.amount(),
    firstTokenMs: has(FIRST_TOKEN) ? columns.number() : null,
  };
  const priceVersion = has(PRICE_VERSION) ? columns.number() : null;
  const served = has(SERVED) ? (JSON.parse(columns.word()) as TokenCounts['served']) : undefined;
  return {
    ...named,
    stream: has(STREAM),
    estimated: has(ESTIMATED),
    ...(has(SAYS_UNPRICED) && { unpriced: has(UNPRICED) }),
    ...(has(SAYS_PRICE_VERSION) && { priceVersion }),
    ...readRest(columns, served),
  };
}

/** The counts, and what stands behind them. */
function readRest(
  columns: ColumnReader,
  served: TokenCounts['served'],
): Pick<UsageRecord, 'tokens' | 'code' | 'detail' | 'repeats'> {
  const present = columns.varint();
  const hasExtras = present >= EXTRAS;
  const counts = readCounts(hasExtras ? present - EXTRAS : present, columns);
  const tokens = served === undefined ? counts : { ...counts, served };
  if (!hasExtras) return { tokens };
  const [code, repeats, detail] = [columns.word(), columns.number(), columns.text()];
  return {
    tokens,
    ...(code !== '' && { code }),
    ...(repeats > 0 && { repeats }),
    ...(detail !== '' && { detail }),
  };
}

function readCounts(present: number, columns: ColumnReader): TokenCounts {
  if (present >= KNOWN_COUNTS) throw new TypeError('a newer release counted something else');
  const counts: Partial<Record<CountName, number>> = {};
  for (const [name, bit] of COUNTS) if ((present & (1 << bit)) !== 0) counts[name] = columns.number();
  const { input = 0, cacheRead = 0, cacheWrite = 0, output = 0, reasoning = 0 } = counts;
  return { ...counts, input, cacheRead, cacheWrite, output, reasoning };
}

/** @throws {TypeError} when it is no record */
function fromJson(json: unknown): UsageRecord {
  const record = json as Omit<UsageRecord, 'costNanoUsd'> & { readonly costNanoUsd: string };
  if (
    typeof record.requestId !== 'string' ||
    typeof record.occurredAt !== 'number' ||
    typeof record.tokens !== 'object'
  )
    throw new TypeError('not a usage record');
  return { ...record, costNanoUsd: BigInt(record.costNanoUsd) };
}
