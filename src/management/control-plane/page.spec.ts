import { byCreation, byId, byNumber, readPage } from './page.js';

const row = (id: string, time: string) => ({ id, createdAt: new Date(time) });
const FORM = byCreation<{ id: string; createdAt: Date }>('limits');
const cursorOf = (...parts: unknown[]) => Buffer.from(JSON.stringify(parts)).toString('base64url');

describe('a cursor', () => {
  it('says where a page ended, exactly', () => {
    const last = row('lim_1', '2026-11-23T14:00:00.123Z');
    expect(FORM.decode(FORM.encode(last))).toEqual(last);
    expect(byId('models').decode(byId('models').encode({ id: 'gpt-5.4' }))).toBe('gpt-5.4');
    const counted = byNumber<bigint>('credits', entry => entry);
    expect(counted.decode(counted.encode(999_999_999_999n))).toBe(999_999_999_999n);
  });

  it('holds for its own list alone', () => {
    const cursor = FORM.encode(row('lim_1', '2026-11-23T14:00:00Z'));
    expect(byCreation('blocks').decode(cursor)).toBeNull();
    expect(byId('limits').decode(byId('models').encode({ id: 'x' }))).toBeNull();
    expect(byNumber('prices', Number).decode(byNumber('credits', Number).encode(5))).toBeNull();
  });

  it.each([
    'none',
    '',
    cursorOf(),
    cursorOf('limits', 'yesterday', 'x'),
    cursorOf('limits', '2026-13-45T99:00:00Z', 'x'),
    cursorOf('limits', '0000-01-01T00:00:00Z', 'x'),
    cursorOf('limits', '+275760-09-13T00:00:00.000Z', 'x'),
    cursorOf('limits', '2026-11-23T14:00:00Z', 'a\u0000b'),
    cursorOf('limits', '2026-11-23T14:00:00Z', ''),
    cursorOf('limits', '2026-11-23T14:00:00Z'),
    cursorOf('limits', 5, 'x'),
    Buffer.from('{"0":"limits"}').toString('base64url'),
  ])('that is none is taken for none: %j', cursor => {
    expect(FORM.decode(cursor)).toBeNull();
  });

  it.each([
    'none',
    cursorOf('models'),
    cursorOf('models', 'a\u0000b'),
    cursorOf('models', 5),
    cursorOf('models', 'x', 'y'),
  ])('names no object with %j', cursor => {
    expect(byId('models').decode(cursor)).toBeNull();
  });

  it.each(['-1', '1.5', '1e3', '', ' 1', '9'.repeat(19), 5, null])('counts nothing with %j', number => {
    expect(byNumber('credits', Number).decode(cursorOf('credits', number))).toBeNull();
  });
});

describe('a page', () => {
  const rows = Array.from({ length: 5 }, (_, index) => ({ id: `x${index}` }));
  const read = async (after: string | null, limit: number) =>
    rows.filter(({ id }) => after === null || id > after).slice(0, limit);

  it('has as many rows as were asked for, and a cursor only where more follow', async () => {
    const first = await readPage({ limit: 4 }, byId('x'), read);
    expect([first.rows.map(({ id }) => id), typeof first.next.pagination?.cursor]).toEqual([
      ['x0', 'x1', 'x2', 'x3'],
      'string',
    ]);
    const { cursor } = first.next.pagination ?? {};
    expect(await readPage({ limit: 4, cursor }, byId('x'), read)).toEqual({ rows: [rows[4]], next: {} });
    expect(await readPage({ limit: 5 }, byId('x'), read)).toEqual({ rows, next: {} });
    expect(await readPage({}, byId('x'), read)).toEqual({ rows, next: {} });
  });

  it('is refused by the name of the field where the cursor is none', async () => {
    await expect(readPage({ cursor: 'none' }, byId('x'), read)).rejects.toMatchObject({
      code: 'invalid_request',
      param: 'cursor',
    });
  });
});
