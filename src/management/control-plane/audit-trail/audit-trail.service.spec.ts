import { entryId } from './audit-trail.service.js';

describe('the id of an audit entry', () => {
  it('is a UUID of version 7', () => {
    const id = entryId(Date.UTC(2026, 10, 28), 'f'.repeat(20));
    expect(id).toMatch(/^aud_[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(entryId(Date.UTC(2026, 10, 28), '0'.repeat(20))).toMatch(/-7000-8000-0{12}$/);
  });

  it('has the order of time, whatever chance adds', () => {
    const times = [0, 1, 0xffff, 0x10000, Date.UTC(2026, 10, 28), Date.UTC(2026, 10, 28) + 1, Date.UTC(9999, 0)];
    const ids = times.map((time, index) => entryId(time, (index % 2 === 0 ? 'f' : '0').repeat(20)));
    expect(ids.toSorted()).toEqual(ids);
  });
});
