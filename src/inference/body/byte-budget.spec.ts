import { Chance } from '../../../test/support/chance.js';
import { AppConfig } from '../../config/app-config.js';
import { budgetLimits } from './body-budget.js';
import { type BudgetLimits, ByteBudget, type ByteHold } from './byte-budget.js';

const LIMITS: BudgetLimits = {
  totalBytes: 1_200,
  bodyBytes: 900,
  credentialBytes: 400,
  organizationBytes: 600,
  reserveBytes: 100,
  smallBodyBytes: 10,
};
const owner = (credentialId: string, organizationId = 'org-1') => ({ credentialId, organizationId });

describe('the budget of body bytes', () => {
  let budget: ByteBudget;
  beforeEach(() => {
    budget = new ByteBudget(LIMITS);
  });

  /** Bodies of 100 bytes until there is no room; how many there was room for, and where there was none. */
  const fill = (credential: string, organization?: string) => {
    for (let count = 0; ; count += 1) {
      const full = budget.hold(owner(credential, organization)).take(100);
      if (full !== null) return [count, full];
    }
  };

  it('gives a credential, an organization and all together no more than their shares', () => {
    expect(fill('a')).toEqual([4, 'credential']);
    expect(fill('b')).toEqual([2, 'organization']);
    expect(fill('c')).toEqual([0, 'organization']);
    expect(fill('d', 'org-2')).toEqual([3, 'total']);
    expect(budget.bytesInUse).toBe(900);
  });

  it('takes a small body when large ones hold everything, also of who holds them', () => {
    fill('a');
    fill('b');
    fill('d', 'org-2');
    for (const [credential, organization] of [
      ['a', 'org-1'],
      ['c', 'org-1'],
      ['d', 'org-2'],
      ['e', 'org-3'],
    ] as const) {
      expect(budget.hold(owner(credential, organization)).take(10)).toBeNull();
    }
    expect(budget.hold(owner('e', 'org-3')).take(11)).toBe('total');
  });

  it('lets no body grow on what is kept for small ones', () => {
    fill('a');
    const hold = budget.hold(owner('a'));
    expect(hold.take(10)).toBeNull();
    expect(hold.take(1)).toBe('credential');
    expect(hold.bytes).toBe(10);
  });

  it('keeps room for what is made of bodies, which is nobody’s share and leaves what is kept for small ones', () => {
    fill('a');
    fill('b');
    fill('d', 'org-2');
    const work = budget.hold(null);
    expect([budget.bytesInUse, work.take(201), work.take(200), work.take(1)]).toEqual([900, 'total', null, 'total']);
    expect(budget.owners).toBe(5);
    expect(budget.hold(owner('a')).take(10)).toBeNull();
  });

  it('takes nothing after the release, and gives nothing back twice', () => {
    const hold = budget.hold(owner('a'));
    const other = budget.hold(owner('a'));
    hold.take(50);
    other.take(30);
    hold.release();
    hold.release();
    expect(hold.take(1)).not.toBeNull();
    expect(budget.bytesInUse).toBe(30);
    other.release();
    expect([budget.bytesInUse, budget.owners]).toEqual([0, 0]);
  });

  it('tells who waits for room each time some is given back', () => {
    const told = jest.fn();
    const stop = budget.onGiven(told);
    const hold = budget.hold(null);
    hold.take(100);
    hold.shrinkTo(40);
    hold.shrinkTo(60);
    expect([told.mock.calls.length, budget.bytesInUse]).toEqual([1, 40]);
    hold.release();
    stop();
    budget.hold(null).release();
    expect(told).toHaveBeenCalledTimes(2);
  });

  it.each([1, 2, 3, 4])('is whole again after whatever happened, and no share was ever passed (seed %d)', seed => {
    const chance = new Chance(seed);
    const below = (bound: number) => chance.int(0, bound - 1);
    const open = new Set<{ readonly hold: ByteHold; readonly credential: string; readonly organization: string }>();
    const sumOf = (key: 'credential' | 'organization', id: string) =>
      [...open].filter(body => body[key] === id).reduce((sum, { hold }) => sum + hold.bytes, 0);
    for (let event = 0; event < 300; event += 1) {
      const body = open.size === 0 ? undefined : chance.pick([...open]);
      if (body === undefined || below(4) === 0) {
        const credential = `c${below(6)}`;
        const organization = `o${Number(credential.slice(1)) % 3}`;
        open.add({ hold: budget.hold(owner(credential, organization)), credential, organization });
      } else if (below(3) > 0) {
        const before = body.hold.bytes;
        const bytes = below(120);
        const refused = body.hold.take(bytes) !== null;
        expect(body.hold.bytes).toBe(refused ? before : before + bytes);
        // A refused upload ends, and so does any other at some time; some callers end twice.
        if (refused && below(2) === 0) body.hold.release();
      } else {
        body.hold.release();
        if (below(2) === 0) body.hold.release();
        open.delete(body);
      }
      const all = [...open].reduce((sum, { hold }) => sum + hold.bytes, 0);
      expect(budget.bytesInUse).toBe(all);
      expect(all).toBeLessThanOrEqual(LIMITS.totalBytes);
      for (let id = 0; id < 6; id += 1) {
        expect(sumOf('credential', `c${id}`)).toBeLessThanOrEqual(LIMITS.credentialBytes + LIMITS.reserveBytes);
        expect(sumOf('organization', `o${id}`)).toBeLessThanOrEqual(LIMITS.organizationBytes + LIMITS.reserveBytes);
      }
    }
    for (const { hold } of open) hold.release();
    expect([budget.bytesInUse, budget.owners]).toEqual([0, 0]);
  });
});

describe('the shares of the body budget', () => {
  const limitsOf = (environment: Record<string, string> = {}) => budgetLimits(AppConfig.fromEnvironment(environment));

  it('are half for a credential and three quarters for an organization, of what small bodies and translations leave', () => {
    expect(limitsOf()).toEqual({
      totalBytes: 536_870_912,
      bodyBytes: 369_098_752,
      credentialBytes: 184_549_376,
      organizationBytes: 276_824_064,
      reserveBytes: 33_554_432,
      smallBodyBytes: 262_144,
    });
  });

  it('have room for one body of the largest size, where the whole has', () => {
    const tight = { BOUGH_BODY_BUDGET_BYTES: '33554432', BOUGH_BODY_BUDGET_CREDENTIAL_PERCENT: '10' };
    expect(limitsOf(tight)).toMatchObject({
      credentialBytes: 33_554_432,
      organizationBytes: 33_554_432,
      reserveBytes: 0,
    });
    const tiny = { BOUGH_BODY_BUDGET_BYTES: '100000', BOUGH_BODY_BUDGET_ORGANIZATION_PERCENT: '10' };
    expect(limitsOf(tiny)).toMatchObject({ credentialBytes: 100_000, organizationBytes: 100_000 });
  });
});
