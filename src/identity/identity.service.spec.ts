import { FakeClock } from '../../test/support/fake-clock.js';
import { AppConfig } from '../config/app-config.js';
import { GatewayError } from '../errors/gateway-error.js';
import type { Change, ChangeFeed } from '../platform/change-feed.js';
import { IdSource } from '../platform/id-source.js';
import { sha256 } from '../platform/secrets.js';
import type { BranchRepository } from './branch.repository.js';
import type { CredentialRecord, CredentialRepository } from './credential.repository.js';
import { IdentityService } from './identity.service.js';
import type { Branch, Caller } from './identity.types.js';
import { issueToken } from './token.js';

const FRESH_MS = 30_000;
const STALE_MS = 60_000;
const ROOT: Branch = { id: 'br-root', name: 'main', projectId: 'p1', organizationId: 'o1', lineage: ['br-root'] };
const CHILD: Branch = { ...ROOT, id: 'br-child', name: 'child', lineage: ['br-child', 'br-root'] };
const SIBLING: Branch = { ...ROOT, id: 'br-sibling', name: 'sibling', lineage: ['br-sibling', 'br-root'] };
const FOREIGN: Branch = { ...ROOT, id: 'br-foreign', projectId: 'p2', lineage: ['br-foreign', 'br-root'] };

/** The store, as far as identity asks it. */
class FakeStore {
  readonly credentials = new Map<string, CredentialRecord>();
  readonly branches = new Map([ROOT, CHILD, SIBLING, FOREIGN].map(branch => [branch.id, branch]));
  queries = 0;
  down = false;
  /** set to hold the next answer back until it is called */
  hold: Promise<void> | null = null;

  async findByShortId(shortId: string): Promise<CredentialRecord | null> {
    return this.answer(() => this.credentials.get(shortId) ?? null);
  }

  async findWithLineage(id: string): Promise<Branch | null> {
    return this.answer(() => this.branches.get(id) ?? null);
  }

  async findIdByName(projectId: string, name: string): Promise<string | null> {
    return this.answer(() => {
      const named = [...this.branches.values()].find(branch => branch.projectId === projectId && branch.name === name);
      return named?.id ?? null;
    });
  }

  private async answer<Value>(read: () => Value): Promise<Value> {
    this.queries += 1;
    if (this.down) throw new Error('ECONNREFUSED 10.0.0.1 as bough_user');
    const value = read();
    await this.hold;
    return value;
  }
}

class FakeFeed {
  lostAt: number | null = null;
  private readonly handlers: ((change: Change) => void)[] = [];

  on(_topic: string, handler: (change: Change) => void): void {
    this.handlers.push(handler);
  }

  get connected(): boolean {
    return this.lostAt === null;
  }

  tell(key: string): void {
    for (const handler of this.handlers) handler({ topic: 'identity', key });
  }

  /** What the feed says when nobody said that anything changed. */
  poll(unheardSince: number): void {
    for (const handler of this.handlers) handler({ topic: 'identity', key: '*', unheardSince });
  }
}

function start() {
  const [store, feed, clock] = [new FakeStore(), new FakeFeed(), new FakeClock(1_000_000)];
  const config = AppConfig.fromEnvironment({
    BOUGH_IDENTITY_CACHE_MS: String(FRESH_MS),
    BOUGH_IDENTITY_STALE_MS: String(STALE_MS),
  });
  const service = new IdentityService(
    config,
    feed as unknown as ChangeFeed,
    clock,
    store as unknown as CredentialRepository,
    store as unknown as BranchRepository,
  );
  service.onModuleInit();
  const issue = (given: Partial<CredentialRecord> = {}) => {
    const { tokenId, shortId, apiToken } = issueToken(new IdSource());
    const record: CredentialRecord = {
      credentialId: tokenId,
      shortId,
      secretHash: sha256(apiToken),
      anchorBranchId: 'br-root',
      projectId: 'p1',
      organizationId: 'o1',
      scopes: ['ai_gateway:invoke'],
      revoked: false,
      orphaned: false,
      expiresAt: null,
      ...given,
    };
    store.credentials.set(shortId, record);
    return { token: apiToken, record, revoke: () => store.credentials.set(shortId, { ...record, revoked: true }) };
  };
  const codeOf = async (attempt: Promise<unknown>) => {
    try {
      await attempt;
      return 'ok';
    } catch (error) {
      if (error instanceof GatewayError) return error.code;
      throw error;
    }
  };
  return { store, feed, clock, service, issue, codeOf, identify: (token: string) => codeOf(service.identify(token)) };
}

const caller = (anchorBranchId: string): Caller => ({
  credentialId: 'nak_live_1',
  shortId: '1',
  anchorBranchId,
  projectId: 'p1',
  organizationId: 'o1',
  scopes: [],
});

describe('who calls', () => {
  it('is found once and then answered from memory, without the token or its hash', async () => {
    const { store, service, issue } = start();
    const { token, record } = issue();
    const first = await service.identify(token);
    expect(first).toEqual({
      credentialId: record.credentialId,
      shortId: record.shortId,
      anchorBranchId: 'br-root',
      projectId: 'p1',
      organizationId: 'o1',
      scopes: ['ai_gateway:invoke'],
    });
    expect(await service.identify(token)).toBe(first);
    expect(store.queries).toBe(1);
  });

  it('cannot be told from the answer to a token that is unknown, revoked, orphaned, expired or changed', async () => {
    const { clock, service, issue } = start();
    const { token: changed } = issue();
    const secretOfAnother = issueToken(new IdSource()).apiToken;
    const tokens = [
      issueToken(new IdSource()).apiToken,
      issue({ revoked: true }).token,
      issue({ orphaned: true }).token,
      issue({ expiresAt: clock.now() }).token,
      issue({ secretHash: sha256(secretOfAnother) }).token,
      issue({ secretHash: new Uint8Array(0) }).token,
      `${changed.slice(0, -1)}_`,
      '',
      'x'.repeat(256),
    ];
    const answers = await Promise.all(
      tokens.map(token =>
        service.identify(token).then(
          () => 'ok',
          (error: GatewayError) => JSON.stringify([error.code, error.publicMessage, error.headers, error.internal]),
        ),
      ),
    );
    expect(new Set(answers).size).toBe(1);
    expect(answers[0]).toContain('invalid_credential');
  });

  it('costs no query when Bough cannot have issued the token', async () => {
    const { store, identify } = start();
    for (const token of ['', 'garbage', `nt_live_0123456789ab_${'a'.repeat(32)}`, `napi_${'a'.repeat(40)}`]) {
      expect(await identify(token)).toBe('invalid_credential');
    }
    expect(store.queries).toBe(0);
  });

  it('expires at the stated moment although it is remembered', async () => {
    const { clock, issue, identify } = start();
    const { token } = issue({ expiresAt: clock.now() + 1_000 });
    expect(await identify(token)).toBe('ok');
    clock.time += 999;
    expect(await identify(token)).toBe('ok');
    clock.time += 1;
    expect(await identify(token)).toBe('invalid_credential');
  });

  it('needs the scope to invoke', async () => {
    const { issue, identify } = start();
    expect(await identify(issue({ scopes: ['storage:read', 'ai_gateway:invoke2'] }).token)).toBe('insufficient_scope');
    expect(await identify(issue({ scopes: [] }).token)).toBe('insufficient_scope');
  });

  it('is refused from the notice of a revocation on, also while the store is down', async () => {
    const { store, feed, issue, identify } = start();
    const { token, record, revoke } = issue();
    expect(await identify(token)).toBe('ok');
    revoke();
    feed.tell(`credential:${record.credentialId}`);
    expect(await identify(token)).toBe('invalid_credential');
    store.down = true;
    expect(await identify(token)).toBe('invalid_credential');
  });

  it('is refused when the revocation is noticed while the store is still answering', async () => {
    const { store, feed, issue, identify } = start();
    const { token, record, revoke } = issue();
    let answer: () => void = () => undefined;
    store.hold = new Promise(resolve => {
      answer = resolve;
    });
    const waiting = [identify(token), identify(token)];
    revoke();
    feed.tell(`credential:${record.credentialId}`);
    store.hold = null;
    const later = identify(token);
    answer();
    expect(await Promise.all([...waiting, later])).toEqual(Array(3).fill('invalid_credential'));
    expect(await identify(token)).toBe('invalid_credential');
  });

  it('is known at once after a token that was unknown is issued', async () => {
    const { store, feed, issue, identify } = start();
    const { token, record } = issue();
    store.credentials.clear();
    expect(await identify(token)).toBe('invalid_credential');
    store.credentials.set(record.shortId, record);
    expect(await identify(token)).toBe('invalid_credential');
    feed.tell(`credential:${record.credentialId}`);
    expect(await identify(token)).toBe('ok');
  });

  it('is not forgotten for the sake of another credential', async () => {
    const { store, feed, issue, identify } = start();
    const [one, other] = [issue(), issue()];
    await identify(one.token);
    await identify(other.token);
    feed.tell(`credential:${other.record.credentialId}`);
    expect(await identify(one.token)).toBe('ok');
    expect(store.queries).toBe(2);
  });

  it('is asked for again soon while other replicas’ changes cannot be heard', async () => {
    const { store, feed, clock, issue, identify } = start();
    const { token, revoke } = issue();
    await identify(token);
    feed.lostAt = clock.time;
    revoke();
    clock.time += 499;
    expect(await identify(token)).toBe('ok');
    clock.time += 1;
    expect(await identify(token)).toBe('invalid_credential');
    expect(store.queries).toBe(2);
  });

  it('is unavailable, never refused and never allowed, while the store is down and nothing is remembered', async () => {
    const { store, clock, issue, service, identify } = start();
    const { token } = issue();
    store.down = true;
    expect(await identify(token)).toBe('authorization_unavailable');
    const error = await service.identify(token).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ status: 503, retryAfterSeconds: 1 });
    expect((error as GatewayError).publicMessage).toBe('authorization temporarily unavailable');

    store.down = false;
    expect(await identify(token)).toBe('ok');
    store.down = true;
    clock.time += FRESH_MS;
    expect(await identify(token)).toBe('ok');
    clock.time += STALE_MS - 1;
    expect(await identify(token)).toBe('ok');
    clock.time += 1;
    expect(await identify(token)).toBe('authorization_unavailable');
  });
});

describe('where they call', () => {
  it.each([
    ['br-root', 'br-root', 'ok'],
    ['br-root', 'br-child', 'ok'],
    ['br-root', 'child', 'ok'],
    ['br-root', 'main', 'ok'],
    ['br-child', 'br-child', 'ok'],
    ['br-child', 'br-root', 'branch_not_in_lineage'],
    ['br-child', 'br-sibling', 'branch_not_in_lineage'],
    ['br-root', 'br-foreign', 'branch_not_in_lineage'],
    ['br-root', 'br-unknown', 'branch_not_in_lineage'],
    ['br-root', 'unknown', 'branch_not_in_lineage'],
    ['br-root', '', 'branch_not_in_lineage'],
    ['br-root', "' OR '1'='1", 'branch_not_in_lineage'],
    ['br-root', '__proto__', 'branch_not_in_lineage'],
  ])('a credential of %s at %j is %s', async (anchor, ref, code) => {
    const { service, codeOf } = start();
    expect(await codeOf(service.authorizeBranch(caller(anchor), ref))).toBe(code);
  });

  it('a branch that does not exist and one of another project are answered alike', async () => {
    const { service } = start();
    const failure = (ref: string) => service.authorizeBranch(caller('br-root'), ref).catch((error: unknown) => error);
    const [foreign, unknown] = [await failure('br-foreign'), await failure('br-unknown')];
    expect({ ...(foreign as object) }).toEqual({ ...(unknown as object) });
  });

  it('a name means a branch of the caller’s own project only', async () => {
    const { store, service } = start();
    store.branches.set('br-theirs', { ...FOREIGN, id: 'br-theirs', name: 'child', lineage: ['br-theirs'] });
    store.branches.delete('br-child');
    store.branches.set('br-child', CHILD);
    expect((await service.authorizeBranch(caller('br-root'), 'child')).id).toBe('br-child');
  });

  it('a branch ends at its moment although it is remembered', async () => {
    const { service, store, clock } = start();
    const end = clock.now() + 5_000;
    store.branches.set('br-child', { ...CHILD, expiresAt: end });
    await service.authorizeBranch(caller('br-root'), 'br-child');
    clock.time = end - 1;
    await service.authorizeBranch(caller('br-root'), 'br-child');
    clock.time = end;
    await expect(service.authorizeBranch(caller('br-root'), 'br-child')).rejects.toMatchObject({
      code: 'branch_not_in_lineage',
    });
  });

  it('and who calls are remembered through polls while the store is down, for the stated time and no longer', async () => {
    const { store, feed, clock, issue, service, identify, codeOf } = start();
    const { token } = issue();
    const at = (ref: string) => codeOf(service.authorizeBranch(caller('br-root'), ref));
    const all = async () => [await identify(token), await at('br-child'), await at('child')];
    expect(await all()).toEqual(['ok', 'ok', 'ok']);
    store.down = true;
    const lostAt = clock.time;
    feed.lostAt = lostAt;
    for (const afterMs of [1, 29_000, 31_000, STALE_MS - 1]) {
      clock.time = lostAt + afterMs;
      feed.poll(lostAt);
      expect([afterMs, ...(await all())]).toEqual([afterMs, 'ok', 'ok', 'ok']);
      expect(await identify(issueToken(new IdSource()).apiToken)).toBe('authorization_unavailable');
    }
    clock.time = lostAt + STALE_MS;
    expect(await all()).toEqual(Array(3).fill('authorization_unavailable'));
    store.down = false;
    feed.lostAt = null;
    expect(await all()).toEqual(['ok', 'ok', 'ok']);
  });

  it('are not remembered where a change of their project is known, and are where another changed', async () => {
    const { store, feed, issue, service, identify, codeOf } = start();
    const { token } = issue();
    const all = async () => [await identify(token), await codeOf(service.authorizeBranch(caller('br-root'), 'child'))];
    await all();
    store.down = true;
    feed.tell('project:p2');
    expect(await all()).toEqual(['ok', 'ok']);
    feed.tell('project:p1');
    expect(await all()).toEqual(Array(2).fill('authorization_unavailable'));
  });

  it('follows a move, a deletion and a new name from their notice on', async () => {
    const { store, feed, service, codeOf } = start();
    const at = (ref: string) => codeOf(service.authorizeBranch(caller('br-root'), ref));
    expect([await at('br-child'), await at('child')]).toEqual(['ok', 'ok']);
    store.branches.set('br-child', { ...CHILD, name: 'renamed', lineage: ['br-child'] });
    expect(await at('br-child')).toBe('ok');
    feed.tell('branch:br-child');
    expect(await at('br-child')).toBe('branch_not_in_lineage');
    store.branches.set('br-child', { ...CHILD, name: 'renamed' });
    feed.tell('*');
    expect([await at('br-child'), await at('renamed'), await at('child')]).toEqual([
      'ok',
      'ok',
      'branch_not_in_lineage',
    ]);
    store.branches.delete('br-child');
    feed.tell('branch:br-child');
    expect(await at('br-child')).toBe('branch_not_in_lineage');
  });

  it('is unavailable while the store is down, and the store’s own words stay inside', async () => {
    const { store, service } = start();
    store.down = true;
    for (const ref of ['br-child', 'child']) {
      const error = await service.authorizeBranch(caller('br-root'), ref).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'authorization_unavailable', status: 503 });
      expect((error as GatewayError).publicMessage).not.toContain('10.0.0.1');
    }
  });
});
