import type { TestGateway } from '../support/gateway.js';
import { ledgerOf, MODELS, startOpenGateway } from './harness.js';

const TEXT = 'What is a branch in Postgres?';
const messages = [{ role: 'user', content: TEXT }];
const CALLS = [
  ['chat_completions', '/v1/chat/completions', (model: string) => ({ model, messages, stream: true })],
  [
    'anthropic_messages',
    '/anthropic/v1/messages',
    (model: string) => ({ model, messages, max_tokens: 300, stream: true }),
  ],
  ['openai_responses', '/openai/v1/responses', (model: string) => ({ model, input: TEXT, stream: true })],
  [
    'gemini_generate_content',
    '/gemini/v1beta/models/%:streamGenerateContent?alt=sse',
    () => ({ contents: [{ role: 'user', parts: [{ text: TEXT }] }] }),
  ],
] as const;

describe('a stream whose caller asked for no usage', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startOpenGateway();
  });
  afterAll(() => gateway.stop());

  it.each(CALLS)('is billed in %s what the provider counted, and shows no usage there', async (dialect, path, body) => {
    const bill = async (model: string) => {
      const response = await gateway.chat(body(model), {}, path.replace('%', model));
      expect([model, response.status]).toEqual([model, 200]);
      const text = await response.text();
      if (dialect === 'chat_completions') expect(text).not.toMatch(/"usage":\s*\{/);
      const [row] = await ledgerOf(gateway, model, dialect, 1);
      expect([model, row?.status, row?.estimated]).toEqual([model, 'completed', false]);
      expect(Number(row?.input_tokens)).toBeGreaterThan(5);
      expect(Number(row?.output_tokens)).toBeGreaterThan(5);
    };
    await Promise.all([MODELS.claude, MODELS.gpt, MODELS.gemini, MODELS.open].map(bill));
  });
});
