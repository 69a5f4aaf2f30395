import { usageRecord } from '../../test/support/usage.js';
import { COUNTS } from '../dialects/counted-classes.js';
import { columnsOf, rowsAsJson, usageRow } from './usage-row.js';

describe('a row of the ledger', () => {
  it('has a column for every count, and none twice', () => {
    const columns = columnsOf(usageRow(usageRecord('req_1')));
    expect(columns).toEqual(expect.arrayContaining(COUNTS.map(({ column }) => column)));
    expect(new Set(columns).size).toBe(columns.length);
  });

  it('is written as one object, its counts beside its facts', () => {
    const record = usageRecord('req_1', { priceVersion: 3 });
    const [one, other] = JSON.parse(rowsAsJson([record, usageRecord('req_2')].map(usageRow))) as Record<
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
