import { answerError, answerStream, chatStream, FakeProvider, type Script } from '../support/fake-provider.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';

const CONTACT = 'ops@example.com';
const BODY = { model: 'gpt-5-mini', messages: [{ role: 'user', content: 'hi' }] };

describe('BOUGH_SUPPORT_CONTACT', () => {
  let provider: FakeProvider;
  let gateway: TestGateway;
  beforeAll(async () => {
    provider = await FakeProvider.start();
    const environment = { OPENAI_API_KEY: 'sk-fake', OPENAI_BASE_URL: `${provider.url}/v1` };
    gateway = await startTestGateway({ ...environment, BOUGH_SUPPORT_CONTACT: CONTACT });
  });
  afterAll(async () => {
    await gateway.stop();
    await provider.stop();
  });

  const unreadable: Script = answerStream([chatStream(['a']).subarray(0, -20), Buffer.from('\n\ndata: {"no\n\n')]);

  it.each([
    ['an answer', answerError(403, {}), false, `ai gateway upstream denied the request. Contact ${CONTACT}`],
    ['a stream', unreadable, true, `ai gateway upstream request failed. Contact ${CONTACT} if it persists`],
  ])('is whom the error of %s sends callers to', async (_, script, stream, sentence) => {
    provider.script = script;
    const response = await gateway.chat({ ...BODY, stream });
    const text = await readAll(response);
    expect(text).toContain(sentence);
    expect(text).not.toContain('Neon');
  });
});

/** What came before the connection broke. */
async function readAll({ body }: Response): Promise<string> {
  let text = '';
  try {
    for await (const chunk of body ?? []) text += Buffer.from(chunk).toString();
  } catch {
    // A failed stream ends with a broken connection.
  }
  return text;
}
