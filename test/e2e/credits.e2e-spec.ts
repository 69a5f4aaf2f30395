import { answerChat, FakeProvider } from '../support/fake-provider.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';

const MESSAGES = [{ role: 'user', content: 'hi' }];

describe('credit', () => {
  let provider: FakeProvider;
  let gateway: TestGateway;
  beforeAll(async () => {
    provider = await FakeProvider.start(answerChat());
    const environment = { DATABRICKS_HOST: provider.url, DATABRICKS_TOKEN: 'dapi-fake' };
    gateway = await startTestGateway({ ...environment, BOUGH_CREDIT_MINIMUM_BALANCE_USD: '1' });
  });
  afterAll(async () => {
    await gateway.stop();
    await provider.stop();
  });

  it('at its minimum refuses requests at once, for good and in the gateway’s own words; more of it lets them through', async () => {
    const ask = () => gateway.chat({ model: 'gpt-5-nano', messages: MESSAGES, max_tokens: 10 });
    expect((await ask()).status).toBe(200);

    expect((await gateway.manage('POST', '/admin/credits', { usd: '1' })).status).toBe(201);
    const refused = await ask();
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBeNull();
    expect(JSON.stringify(await refused.json())).toContain(
      'ai gateway account credit balance is used up. Add credit to continue',
    );

    await gateway.manage('POST', '/admin/credits', { usd: '0.01' });
    expect((await ask()).status).toBe(200);
  });
});
