/** The vendors' SDKs find the gateway by the variables of the connection file alone. */
import Anthropic from 'anthropic-sdk';
import { GoogleGenAI } from 'genai3';
import OpenAI from 'openai7';
import { clientVariables } from '../../src/bootstrap/connection-file.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { MODELS } from './harness.js';

const QUESTION = 'What is a branch?';

describe('an SDK that is told nothing', () => {
  let gateway: TestGateway;
  const before = { ...process.env };
  beforeAll(async () => {
    gateway = await startTestGateway();
    for (const name of ['ANTHROPIC_API_KEY', 'GOOGLE_API_KEY']) delete process.env[name];
    Object.assign(process.env, clientVariables(gateway.baseUrl, gateway.token));
  });
  afterAll(async () => {
    process.env = before;
    await gateway.stop();
  });

  it('of OpenAI asks the gateway', async () => {
    const client = new OpenAI({ maxRetries: 0 });
    const messages = [{ role: 'user' as const, content: QUESTION }];
    const answer = await client.chat.completions.create({ model: MODELS.gpt, messages });
    expect(answer.choices[0]?.message.content).toBeTruthy();
    expect((await client.embeddings.create({ model: MODELS.embedding, input: QUESTION })).data).toHaveLength(1);
    expect((await client.models.retrieve(MODELS.gpt)).id).toBe(MODELS.gpt);
  });

  it('of Anthropic asks the gateway', async () => {
    const client = new Anthropic({ maxRetries: 0 });
    const messages = [{ role: 'user' as const, content: QUESTION }];
    const answer = await client.messages.create({ model: MODELS.claude, max_tokens: 64, messages });
    expect(answer.content[0]).toMatchObject({ type: 'text' });
    expect((await client.models.retrieve(MODELS.claude)).id).toBe(MODELS.claude);
  });

  it('of Google asks the gateway', async () => {
    const client = new GoogleGenAI({});
    expect((await client.models.generateContent({ model: MODELS.gemini, contents: QUESTION })).text).toBeTruthy();
    expect((await client.models.get({ model: MODELS.gemini })).name).toBe(`models/${MODELS.gemini}`);
  });
});
