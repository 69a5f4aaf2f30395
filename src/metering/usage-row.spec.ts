import { usageRecord } from '../../test/support/usage.js';
import { COUNTS } from '../dialects/counted-classes.js';
import type { UsageRecord } from './usage-record.js';
import { columnsOf, countsNeeded, rowsAsJson, usageRow } from './usage-row.js';

/** Facts and counts as one. */
const rowOf = (record: UsageRecord) => {
  const { facts, counts } = usageRow(record);
  return { ...facts, ...counts };
};

const columnOf = (name: string) => COUNTS.find(count => count.name === name)?.column ?? '';
/** As the schema has them. */
const NOT_NULL_WITHOUT_DEFAULT = [
  'input_tokens',
  'cache_read_tokens',
  'cache_write_tokens',
  'output_tokens',
  'reasoning_tokens',
];

describe('a row of the ledger', () => {
  it('has a column for every count, and none twice', () => {
    const columns = columnsOf(usageRow(usageRecord('req_1')));
    expect(columns).toEqual(expect.arrayContaining(COUNTS.map(({ column }) => column)));
    expect(new Set(columns).size).toBe(columns.length);
  });

  it.each(COUNTS.map(({ name }) => name))('has the column of %s where one record of many counts it', name => {
    const plain = usageRecord('req_1');
    const counted = usageRecord('req_2', { tokens: { ...plain.tokens, [name]: 3 } });
    const needed = countsNeeded([plain, counted, plain]);
    expect(needed.map(count => count.name)).toContain(name);
    expect(usageRow(counted, needed).counts).toMatchObject({ [columnOf(name)]: 3 });
  });

  it('leaves out the rare counts where no record has one: their columns say zero', () => {
    const needed = countsNeeded([usageRecord('req_1'), usageRecord('req_2')]);
    expect(needed.map(({ column }) => column)).toEqual(NOT_NULL_WITHOUT_DEFAULT);
  });

  it('is written as one object, its counts beside its facts', () => {
    const record = usageRecord('req_1', { priceVersion: 3 });
    const [one, other] = JSON.parse(rowsAsJson([record, usageRecord('req_2')].map(row => usageRow(row)))) as Record<
      string,
      unknown
    >[];
    expect(Object.keys(one ?? {})).toEqual(columnsOf(usageRow(record)));
    expect(one).toMatchObject({
      request_id: 'req_1',
      day: '2026-10-10',
      input_tokens: 10,
      output_tokens: 5,
      price_version: 3,
    });
    expect(other).toMatchObject({ request_id: 'req_2', cost_nano_usd: '1500000', image_output_tokens: 0 });
  });

  it.each([
    ['an id of ours', 'br-quiet-oak', 'br-quiet-oak'],
    ['a word in any script', 'zweig-ü-漢-😀', 'zweig-ü-漢-😀'],
    ['half a surrogate pair', 'a\ud83db', 'a\ufffdb'],
    ['the other half', 'a\ude00b', 'a\ufffdb'],
    ['U+0000', 'a\0b', 'a\ufffdb'],
    ['too long a name', 'x'.repeat(201), 'x'.repeat(200)],
    ['a name that is cut within a pair', `${'x'.repeat(199)}😀`, `${'x'.repeat(199)}\ufffd`],
  ])('takes %s as Postgres does', (_, branchId, written) => {
    expect(usageRow(usageRecord('req_1', { branchId })).facts.branch_id).toBe(written);
  });
});

describe('a record as a row', () => {
  it('has each field under the name of its column', () => {
    expect(
      rowOf(
        usageRecord('req_1', {
          tokens: {
            ...{ input: 10, cacheRead: 3, cacheWrite: 2, cacheWrite1h: 1, inputAudio: 4, output: 5, reasoning: 2 },
            ...{ outputAudio: 6, webSearches: 7, fileSearches: 8, codeContainers: 9 },
            ...{
              imageText: 11,
              imageInput: 12,
              imageOutput: 13,
              cacheReadAudio: 14,
              outputImage: 15,
              served: { speed: 'fast' },
            },
          },
          ...{ estimated: true, unpriced: true, priceVersion: 3, firstTokenMs: 7, code: 'upstream_error', repeats: 3 },
        }),
      ),
    ).toEqual({
      ...{ request_id: 'req_1', occurred_at: '2026-10-10T12:00:10.000Z', day: '2026-10-10' },
      ...{ organization_id: 'org-a', project_id: 'project-a', branch_id: 'br-leaf', credential_id: 'nak_live_a' },
      ...{ model_id: 'gpt-5', dialect: 'chat_completions', upstream: 'sandbox', upstream_model: 'gpt-5' },
      ...{ stream: false, status: 'completed', http_status: 200 },
      ...{ input_tokens: 10, cache_read_tokens: 3, cache_write_tokens: 2, cache_write_1h_tokens: 1 },
      ...{ input_audio_tokens: 4, output_tokens: 5, output_audio_tokens: 6, reasoning_tokens: 2 },
      ...{ web_searches: 7, file_searches: 8, code_containers: 9 },
      ...{ image_text_tokens: 11, image_input_tokens: 12, image_output_tokens: 13 },
      ...{ cache_read_audio_tokens: 14, output_image_tokens: 15 },
      ...{ served: { speed: 'fast' }, unpriced: true, estimated: true, cost_nano_usd: '1500000', price_version: 3 },
      ...{ duration_ms: 12, first_token_ms: 7, code: 'upstream_error', repeats: 3 },
    });
  });

  it('says nothing where a record does not', () => {
    expect(rowOf(usageRecord('req_1'))).toMatchObject({
      ...{ served: null, unpriced: false, estimated: false, price_version: null, first_token_ms: null },
      ...{ code: null, repeats: 0 },
      ...{ cache_write_1h_tokens: 0, web_searches: 0 },
    });
  });

  it.each<[string, Partial<UsageRecord>, object]>([
    ['a time that is none', { occurredAt: Number.NaN }, { occurred_at: null, day: null }],
    ['a time beyond the year 9999', { occurredAt: 253_402_300_800_000 }, { occurred_at: null, day: null }],
    ['the last time before it', { occurredAt: 253_402_300_799_999 }, { day: '9999-12-31' }],
    ['a time before the year 0', { occurredAt: -62_167_219_200_001 }, { occurred_at: null, day: null }],
    ['a status that is none', { httpStatus: Number.NaN }, { http_status: 0 }],
    ['a duration below zero', { durationMs: -5 }, { duration_ms: 0 }],
    ['a part of a millisecond', { durationMs: 1.5, firstTokenMs: 1.4 }, { duration_ms: 2, first_token_ms: 1 }],
    ['a duration beyond all reason', { durationMs: 1e12 }, { duration_ms: 2_147_483_647 }],
    ['a duration without an end', { durationMs: Infinity }, { duration_ms: 0 }],
    ['the dearest cost', { costNanoUsd: 2n ** 63n - 1n }, { cost_nano_usd: '9223372036854775807' }],
    ['a dearer one', { costNanoUsd: 2n ** 63n }, { cost_nano_usd: '9223372036854775807' }],
  ])('bends what its column does not take: %s', (_, fields, row) => {
    expect(rowOf(usageRecord('req_1', fields))).toMatchObject(row);
  });

  it.each([
    [Number.NaN, 0],
    [-5, 0],
    [Infinity, 0],
    [0.2, 1],
    [1e300, Number.MAX_SAFE_INTEGER],
  ])('counts %p tokens as %i', (input, counted) => {
    const tokens = { ...usageRecord('req_1').tokens, input };
    expect(rowOf(usageRecord('req_1', { tokens })).input_tokens).toBe(counted);
  });
});

describe('rows as JSON', () => {
  it('hold the detail as it is, and null where there is none', () => {
    const rows = [usageRow(usageRecord('req_1', { detail: '{"message":"\\u00fc"}' })), usageRow(usageRecord('req_2'))];
    expect(JSON.parse(rowsAsJson(rows))).toMatchObject([
      { request_id: 'req_1', detail: { message: 'ü' }, input_tokens: 10 },
      { request_id: 'req_2', detail: null, input_tokens: 10 },
    ]);
  });

  it('have the columns that are named', () => {
    const row = usageRow(usageRecord('req_1'));
    const [written] = JSON.parse(rowsAsJson([row])) as object[];
    expect(Object.keys(written ?? {}).toSorted()).toEqual(columnsOf(row).toSorted());
  });
});
