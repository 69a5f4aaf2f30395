import { CredentialUseService } from '../../src/identity/credential-use.service.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';

interface Credential {
  readonly token_id: string;
  readonly api_token: string;
  readonly last_used_at?: string;
}

describe('last_used_at of a credential', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startTestGateway();
  });
  afterAll(() => gateway.stop());

  it('is the time of its last request, written for all credentials in one statement and not by the requests', async () => {
    const path = `/api/v2/projects/${gateway.projectId}/branches/${gateway.mainBranchId}/credentials`;
    const make = async () => {
      const made = await gateway.manage<Credential>('POST', path, {
        scopes: ['ai_gateway:invoke'],
        principal_type: 'user',
      });
      return made.body;
    };
    const [used, unused] = [await make(), await make()];
    const listed = async (id: string) => {
      const { body } = await gateway.manage<{ credentials: Credential[] }>('GET', path);
      return body.credentials.find(({ token_id }) => token_id === id);
    };
    const before = Date.now();
    await gateway.chat({ model: 'gpt-5-nano', messages: [] }, { authorization: `Bearer ${used.api_token}` });
    expect(await listed(used.token_id)).not.toHaveProperty('last_used_at');

    const uses = gateway.bough.app.get(CredentialUseService, { strict: false });
    await uses.write();
    const first = Date.parse((await listed(used.token_id))?.last_used_at ?? '');
    expect(first).toBeGreaterThanOrEqual(before);
    expect(first).toBeLessThanOrEqual(Date.now());
    expect(await listed(unused.token_id)).not.toHaveProperty('last_used_at');

    await uses.write();
    expect(Date.parse((await listed(used.token_id))?.last_used_at ?? '')).toBe(first);
  });
});
