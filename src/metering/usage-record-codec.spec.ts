import { COUNTS as COUNTED } from '../dialects/counted-classes.js';
import { Chance } from '../../test/support/chance.js';
import { oldLine } from '../../test/support/spool.js';
import { usageRecord } from '../../test/support/usage.js';
import type { TokenCounts } from '../dialects/token-counts.js';
import { BlockEncoder, type BlockEntry, readBlocks } from './spool/block.js';
import { Dictionary } from './spool/dictionary.js';
import { readLines } from './spool/old-lines.js';
import type { FoundEntry } from './spool/spool-codec.js';
import { USAGE_RECORD_CODEC } from './usage-record-codec.js';
import type { UsageRecord } from './usage-record.js';

const refused: string[] = [];
const encoder = new BlockEncoder(USAGE_RECORD_CODEC, { error: message => void refused.push(message) });
beforeEach(() => void refused.splice(0));

type Entry = BlockEntry<UsageRecord>;
const endOf = (record: UsageRecord): Entry => ({ kind: 'end', requestId: record.requestId, record });
const write = (entries: readonly Entry[], dictionary = new Dictionary()): Buffer => {
  const bytes = Buffer.from(encoder.encode(entries, dictionary));
  dictionary.written(bytes.length);
  return bytes;
};
const read = (bytes: Buffer) => {
  const found: FoundEntry<UsageRecord>[] = [];
  const unreadable = readBlocks(bytes, USAGE_RECORD_CODEC, entry => found.push(entry));
  return { found, unreadable };
};
const roundTrip = (record: UsageRecord): UsageRecord | null => {
  const { found } = read(write([endOf(record)]));
  const [entry] = found;
  return entry?.kind === 'end' ? entry.record : null;
};

const WHOLE = [0, 1, 126, 127, 128, 16_382, 16_383, 2 ** 31, 2 ** 32 - 2, 2 ** 40, Number.MAX_SAFE_INTEGER];
/** What JSON of a provider may hold where a count belongs. */
const ODD = [-1, 0.5, Number.NaN, Infinity, -Infinity, 2 ** 60, Number.MAX_VALUE];
const NUMBERS = [...WHOLE, ...ODD];
const TEXTS = [
  '',
  'a',
  'ü\n\u2028\0😀',
  'x'.repeat(42),
  'x'.repeat(43),
  'x'.repeat(127),
  'ü'.repeat(100_000),
  '\uffff',
];
const FLAGS = [true, false];

/** Every field, with the values that its form may get wrong. */
const FIELDS: { readonly [Field in keyof Required<UsageRecord>]: readonly UsageRecord[Field][] } = {
  requestId: TEXTS,
  occurredAt: NUMBERS,
  organizationId: TEXTS,
  projectId: TEXTS,
  branchId: TEXTS,
  credentialId: TEXTS,
  modelId: TEXTS,
  dialect: TEXTS,
  upstream: TEXTS,
  upstreamModel: TEXTS,
  stream: FLAGS,
  status: ['completed', 'client_disconnected', 'truncated', 'upstream_timeout', 'upstream_error', 'aborted', 'refused'],
  httpStatus: NUMBERS,
  tokens: [{ input: 0, cacheRead: 0, cacheWrite: 0, output: 0, reasoning: 0 }],
  estimated: FLAGS,
  costNanoUsd: [0n, 1n, 127n, 2n ** 53n - 2n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 80n, -1n],
  unpriced: [true, false, undefined],
  priceVersion: [0, 7, 2 ** 31, null, undefined],
  durationMs: NUMBERS,
  firstTokenMs: [...NUMBERS, null],
  code: ['quota_exceeded', undefined],
  detail: ['{}', '{"message":"ü"}', undefined],
  repeats: [1, 10_000_000, undefined],
};
const COUNTS: { readonly [Count in keyof Required<TokenCounts>]: readonly TokenCounts[Count][] } = {
  input: NUMBERS,
  cacheRead: NUMBERS,
  cacheWrite: NUMBERS,
  cacheWrite1h: [...NUMBERS, undefined],
  inputAudio: [...NUMBERS, undefined],
  output: NUMBERS,
  reasoning: NUMBERS,
  outputAudio: [...NUMBERS, undefined],
  webSearches: [...NUMBERS, undefined],
  fileSearches: [...NUMBERS, undefined],
  codeContainers: [...NUMBERS, undefined],
  imageText: [...NUMBERS, undefined],
  imageInput: [...NUMBERS, undefined],
  imageOutput: [...NUMBERS, undefined],
  cacheReadAudio: [...NUMBERS, undefined],
  outputImage: [...NUMBERS, undefined],
  served: [{}, { speed: 'fast' }, { service_tier: 'ü', speed: 'x'.repeat(300), inference_geo: 'us' }, undefined],
};

describe('a record comes back as it was', () => {
  it.each(Object.entries(FIELDS))('in its %s', (field, values) => {
    for (const value of values) {
      const record = { ...usageRecord('req_1'), [field]: value };
      expect(roundTrip(record)).toEqual(record);
    }
    expect(refused).toEqual([]);
  });

  it.each(Object.entries(COUNTS))('in its count of %s', (name, values) => {
    for (const value of values) {
      const record = usageRecord('req_1');
      const counted = { ...record, tokens: { ...record.tokens, [name]: value } } as UsageRecord;
      expect(roundTrip(counted)).toEqual(counted);
    }
    expect(refused).toEqual([]);
  });

  it('with U+FFFD for half a surrogate pair, as in the ledger', () => {
    expect(roundTrip(usageRecord('req_1', { upstreamModel: 'a\ud800b' }))?.upstreamModel).toBe('a\ufffdb');
  });

  it('is short where its words were said', () => {
    const dictionary = new Dictionary();
    write([endOf(usageRecord('req_0123456789abcdef01234567'))], dictionary);
    dictionary.synced(dictionary.startSync());

    const bytes = write([endOf(usageRecord('req_0123456789abcdef01234567'))], dictionary);

    expect(bytes.length).toBeLessThan(100);
  });
});

function randomRecord(chance: Chance): UsageRecord {
  const pick = <Value>(values: readonly Value[]) => chance.pick(values);
  const short = () => `word-${chance.int(0, 12)}`;
  const text = () => (chance.maybe(0.9) ? short() : pick(TEXTS.filter(({ length }) => length < 1_000)));
  const counts = Object.entries(COUNTS).map(([name, values]) => [name, pick<unknown>(values)]);
  const record = Object.fromEntries(Object.entries(FIELDS).map(([field, values]) => [field, pick<unknown>(values)]));
  for (const [field, values] of Object.entries(FIELDS)) if (values === TEXTS) record[field] = text();
  const requestId = `req_${chance.int(0, 2 ** 31)}`;
  return { ...record, requestId, tokens: Object.fromEntries(counts) as unknown as TokenCounts } as UsageRecord;
}

function randomEntry(chance: Chance): Entry {
  const record = randomRecord(chance);
  const kind = chance.pick(['begin', 'end', 'end', 'forget'] as const);
  return { kind, requestId: record.requestId, record: kind === 'forget' ? null : record };
}

/** Blocks of one segment, of which some were synced before the next was written, and some failed and left nothing. */
function randomSegment(chance: Chance): { readonly bytes: Buffer; readonly entries: Entry[] }[] {
  const dictionary = new Dictionary();
  return chance.list(1, 12, () => {
    if (chance.maybe(0.2))
      encoder.encode(
        chance.list(1, 5, () => randomEntry(chance)),
        dictionary,
      );
    const entries = chance.list(1, 8, () => randomEntry(chance));
    const bytes = write(entries, dictionary);
    if (chance.maybe(0.3)) dictionary.synced(dictionary.startSync());
    return { bytes, entries };
  });
}

const asFound = ({ kind, requestId, record }: Entry) =>
  record === null ? { kind, requestId } : { kind, requestId, record };

describe('a segment', () => {
  it('of any records is read as it was written', () => {
    for (let seed = 1; seed <= 200; seed += 1) {
      const blocks = randomSegment(new Chance(seed));

      const { found, unreadable } = read(Buffer.concat(blocks.map(({ bytes }) => bytes)));

      expect(found).toEqual(blocks.flatMap(({ entries }) => entries.map(asFound)));
      expect(unreadable).toEqual({ corrupt: 0, tornBytes: 0, bytes: [] });
    }
    expect(refused).toEqual([]);
  });

  it('that was cut at any byte gives its whole blocks and nothing else', () => {
    const blocks = randomSegment(new Chance(7));
    const bytes = Buffer.concat(blocks.map(block => block.bytes));
    let whole = 0;
    let ends = 0;
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      if (cut === ends + (blocks[whole]?.bytes.length ?? 1)) {
        ends = cut;
        whole += 1;
      }
      const { found, unreadable } = read(bytes.subarray(0, cut));
      expect(found.length).toBe(blocks.slice(0, whole).reduce((sum, { entries }) => sum + entries.length, 0));
      expect([unreadable.corrupt, unreadable.tornBytes]).toEqual([0, cut - ends]);
    }
    expect(whole).toBe(blocks.length);
  });

  it('of which a power cut took any block that was not synced gives all others', () => {
    for (let seed = 1; seed <= 100; seed += 1) {
      const chance = new Chance(seed);
      const dictionary = new Dictionary();
      const synced = chance.list(1, 4, () => {
        const entries = chance.list(1, 5, () => randomEntry(chance));
        return { entries, bytes: write(entries, dictionary) };
      });
      dictionary.synced(dictionary.startSync());
      const unsynced = chance.list(1, 6, () => {
        const entries = chance.list(1, 5, () => randomEntry(chance));
        return { entries, bytes: write(entries, dictionary) };
      });
      const kept = unsynced.filter(() => chance.maybe());
      const left = unsynced.map(block => (kept.includes(block) ? block.bytes : Buffer.alloc(block.bytes.length)));

      const { found } = read(Buffer.concat([...synced.map(({ bytes }) => bytes), ...left]));

      expect(found).toEqual([...synced, ...kept].flatMap(({ entries }) => entries.map(asFound)));
    }
  });

  it('whose bytes were spoilt anywhere gives no record that was not written', () => {
    const chance = new Chance(11);
    const blocks = randomSegment(chance);
    const bytes = Buffer.concat(blocks.map(block => block.bytes));
    const written = blocks.flatMap(({ entries }) => entries.map(asFound));
    for (let round = 0; round < 500; round += 1) {
      const spoilt = Buffer.from(bytes);
      for (let count = chance.int(1, 5); count > 0; count -= 1) {
        spoilt[chance.int(0, bytes.length - 1)] = chance.int(0, 255);
      }
      const { found } = read(spoilt);
      const ids = new Set(found.map(({ requestId }) => requestId));
      expect(found).toEqual(written.filter(({ requestId }) => ids.has(requestId)));
    }
  });
});

describe('other releases', () => {
  const RECORD = usageRecord('req_1', {
    ...{ stream: true, firstTokenMs: 7, costNanoUsd: 123_456_789_012_345_678n, unpriced: true, priceVersion: 3 },
    tokens: {
      ...{ input: 10, cacheRead: 3, cacheWrite: 1, cacheWrite1h: 4, inputAudio: 6, output: 5, reasoning: 2 },
      ...{ outputAudio: 8, webSearches: 11, fileSearches: 12, codeContainers: 13 },
      ...{ imageText: 14, imageInput: 15, imageOutput: 16 },
      served: { service_tier: 'priority', speed: 'fast', inference_geo: 'us' },
    },
  });
  const BEGUN = usageRecord('req_1', { status: 'aborted', estimated: true, firstTokenMs: null, priceVersion: null });
  /** What `BEGUN`, `RECORD` and a forget were when blocks were new. It is never written anew. */
  const WRITTEN =
    '/7D/0Jj4vwIZAQAAdwAAACMAAAAABXJlcV8xEgABAgMEBQYEB5Gqva2SNMkBDeHGWx8LBAEGA0EAAAABBXJlcV8x/QABAgMEBQYECJGqva2SNMkBDQASMTIzNDU2Nzg5MDEyMzQ1Njc4CAQJ/38LBAIGAwUHCQwNDg8QEQcAAAACBXJlcV8yAAVvcmctYQEJcHJvamVjdC1hAgdici1sZWFmAwpuYWtfbGl2ZV9hBAVncHQtNQUQY2hhdF9jb21wbGV0aW9ucwYHc2FuZGJveAcHYWJvcnRlZAgJY29tcGxldGVkCT97InNlcnZpY2VfdGllciI6InByaW9yaXR5Iiwic3BlZWQiOiJmYXN0IiwiaW5mZXJlbmNlX2dlbyI6InVzIn0=';

  it('of the same format are read', () => {
    expect(read(Buffer.from(WRITTEN, 'base64')).found).toEqual([
      { kind: 'begin', requestId: 'req_1', record: BEGUN },
      { kind: 'end', requestId: 'req_1', record: RECORD },
      { kind: 'forget', requestId: 'req_2' },
    ]);
  });

  it('that count something else keep what they wrote', () => {
    const newer = new BlockEncoder<UsageRecord>(
      {
        write: (record, columns) => {
          USAGE_RECORD_CODEC.write({ ...record, tokens: {} as TokenCounts }, columns);
          columns.rewind(columns.length - 1);
          columns.varint(2 ** 30);
          columns.number(5);
        },
      },
      { error: message => void refused.push(message) },
    );

    const { found } = read(Buffer.from(newer.encode([endOf(usageRecord('req_1'))], new Dictionary())));

    expect(found).toEqual([{ kind: 'unknown', requestId: 'req_1' }]);
  });

  it('that count one class more keep what they wrote, also where nothing follows it', () => {
    const newer = new BlockEncoder<UsageRecord>(
      {
        write: (record, columns) => {
          USAGE_RECORD_CODEC.write({ ...record, tokens: {} as TokenCounts }, columns);
          columns.rewind(columns.length - 1);
          columns.varint(2 ** COUNTED.length);
        },
      },
      { error: message => void refused.push(message) },
    );

    const { found } = read(Buffer.from(newer.encode([endOf(usageRecord('req_1'))], new Dictionary())));

    expect(found).toEqual([{ kind: 'unknown', requestId: 'req_1' }]);
  });

  it('that wrote lines of JSON are read in every field', () => {
    const line = (kind: string, fields: object) =>
      oldLine(kind, 'req_1', { ...RECORD, costNanoUsd: '123456789012345678', ...fields });
    const found: FoundEntry<UsageRecord>[] = [];

    readLines(
      Buffer.from(line('begin', {}) + line('end', {}) + line('end', { tokens: 5 }) + line('end', { costNanoUsd: 'x' })),
      USAGE_RECORD_CODEC,
      entry => found.push(entry),
    );

    expect(found).toEqual([
      { kind: 'begin', requestId: 'req_1', record: RECORD },
      { kind: 'end', requestId: 'req_1', record: RECORD },
      { kind: 'unknown', requestId: 'req_1' },
      { kind: 'unknown', requestId: 'req_1' },
    ]);
  });
});

describe('a record that cannot be written', () => {
  it('is logged and spoils no other of its block', () => {
    const broken = { ...usageRecord('req_2'), organizationId: undefined as unknown as string };

    const { found } = read(write([endOf(usageRecord('req_1')), endOf(broken), endOf(usageRecord('req_3'))]));

    expect(found).toEqual(['req_1', 'req_3'].map(id => asFound(endOf(usageRecord(id)))));
    expect(refused).toEqual(['a usage record could not be journalled']);
  });
});
