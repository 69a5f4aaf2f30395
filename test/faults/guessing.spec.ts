/** What guesses cost: beyond the failures that an address may have, the database hears of no token and no key any more. */
import { issueToken, reissueToken } from '../../src/identity/token.js';
import { issueManagementKey } from '../../src/management/control-plane/access/management-key.js';
import { IdSource } from '../../src/platform/id-source.js';
import { askRaw } from '../support/dialect-calls.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { Statements } from '../support/statements.js';

const LIMIT = 20;
const GUESSES = 200;
const ids = new IdSource();

describe('a guess', () => {
  let gateway: TestGateway;
  let statements: Statements;
  beforeEach(async () => {
    statements = new Statements();
    gateway = await startTestGateway({
      BOUGH_FAILED_AUTHENTICATIONS_PER_MINUTE: String(LIMIT),
      // Nothing is fresh, so that whatever may be looked up is.
      BOUGH_IDENTITY_CACHE_MS: '0',
    });
  });
  afterEach(async () => {
    await gateway.stop();
    statements.stop();
  });

  const status = async (path: string, token: string) =>
    (await askRaw(gateway.port, { path, headers: { authorization: `Bearer ${token}` } })).status;
  const models = (token: string) => status('/v1/models', token);
  const lookUps = () => statements.seen().filter(({ text }) => /WHERE (c\.short_id|k\.key_hash)/.test(text)).length;
  const issue = async () => {
    const path = `/api/v2/projects/${gateway.projectId}/branches/${gateway.mainBranchId}/credentials`;
    const wanted = { scopes: ['ai_gateway:invoke'], principal_type: 'user' };
    return (await gateway.manage<{ token_id: string; api_token: string }>('POST', path, wanted)).body;
  };

  it.each([
    ['a token of nobody', '/v1/models', () => issueToken(ids).apiToken],
    ['a token of somebody with another secret', '/v1/models', () => reissueToken(ids, known).apiToken],
    ['a management key', '/admin/models', () => issueManagementKey(ids)],
  ])('at %s costs a statement as often as an address may fail, and then none', async (_, path, guess) => {
    known = `nak_live_${gateway.token.slice('nt_live_'.length, 'nt_live_'.length + 12)}${'0'.repeat(20)}`;
    const before = new Date().getMinutes();
    statements.forget();
    const statuses: number[] = [];
    for (let round = 0; round < GUESSES; round += 1) statuses.push(await status(path, guess()));
    expect([statuses[0], statuses.at(-1)]).toEqual([401, 429]);
    // The next minute may have begun in between.
    expect(lookUps()).toBeLessThanOrEqual(new Date().getMinutes() === before ? LIMIT : 2 * LIMIT);
    expect(lookUps()).toBeGreaterThanOrEqual(LIMIT);
  });

  it('keeps nobody out who was let in before, nor a credential that was just made', async () => {
    expect(await models(gateway.token)).toBe(200);
    expect(await status('/admin/models', gateway.managementKey)).toBe(200);
    for (let round = 0; round < 3 * LIMIT; round += 1) await models(issueToken(ids).apiToken);
    expect(await models(issueToken(ids).apiToken)).toBe(429);
    expect(await models(gateway.token)).toBe(200);
    expect(await status('/admin/models', gateway.managementKey)).toBe(200);
    expect(await models((await issue()).api_token)).toBe(200);
    // A change in the project makes every identity of it be looked up again.
    expect((await gateway.manage('POST', `/api/v2/projects/${gateway.projectId}/branches`, {})).status).toBe(201);
    expect(await models(gateway.token)).toBe(200);
  });
});

/** The public id of a credential that there is. */
let known = '';
