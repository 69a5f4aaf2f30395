/** The small fields of answers that clients stumble over: those that are always there, numbers of events, counts. */
import { SseParser } from '../../src/sse/frames.js';
import type { TestGateway } from '../support/gateway.js';
import { MODELS, startOpenGateway } from '../sdk/harness.js';

/** What the published schema of a response demands, null where there is nothing to say. */
const REQUIRED = [
  ...['id', 'object', 'created_at', 'completed_at', 'status', 'incomplete_details', 'model', 'previous_response_id'],
  ...['instructions', 'output', 'error', 'tools', 'tool_choice', 'truncation', 'parallel_tool_calls', 'text', 'top_p'],
  ...[
    'presence_penalty',
    'frequency_penalty',
    'top_logprobs',
    'temperature',
    'reasoning',
    'usage',
    'store',
    'background',
  ],
  ...['max_output_tokens', 'max_tool_calls', 'service_tier', 'metadata', 'safety_identifier', 'prompt_cache_key'],
  'access_programs',
];
const TOOL = { type: 'function', name: 'look_up', parameters: { type: 'object', properties: {} }, strict: false };
const FOREIGN = [MODELS.claude, MODELS.gemini, MODELS.open];

interface Numbered {
  readonly type: string;
  readonly sequence_number: number;
  readonly response?: object;
  readonly message?: { readonly usage: { readonly input_tokens: number } };
}

/** What came of a stream, also where its connection broke. */
async function eventsOf(response: Response): Promise<Numbered[]> {
  const parser = new SseParser({ maxLineBytes: 1_000_000 });
  const events: Numbered[] = [];
  try {
    for await (const chunk of response.body ?? [])
      events.push(...parser.push(Buffer.from(chunk as Uint8Array)).map(({ data }) => JSON.parse(data) as Numbered));
  } catch {
    // It is broken off behind its error event.
  }
  return events;
}

describe('the fields of answers', () => {
  let gateway: TestGateway;
  beforeAll(async () => void (gateway = await startOpenGateway()));
  afterAll(() => gateway.stop());

  const ask = (path: string, body: object, fault?: string) =>
    gateway.chat(body, fault === undefined ? {} : { 'x-bough-sandbox-fault': fault }, path);

  describe.each(FOREIGN)('of responses by %s', model => {
    it('are all there, whole and in every event that shows the response', async () => {
      const asked = { model, input: 'What is a branch?', tools: [TOOL] };
      const whole = (await (await ask('/openai/v1/responses', asked)).json()) as Record<string, unknown>;
      expect(REQUIRED.filter(field => !(field in whole))).toEqual([]);
      expect(whole).toMatchObject({ completed_at: expect.any(Number), tools: [{ ...TOOL, description: null }] });
      const events = await eventsOf(await ask('/openai/v1/responses', { ...asked, stream: true }));
      const shown = events.flatMap(({ response }) => (response === undefined ? [] : [response]));
      expect(shown.length).toBeGreaterThan(2);
      for (const response of shown) expect(REQUIRED.filter(field => !(field in response))).toEqual([]);
      expect(shown[0]).toMatchObject({ status: 'in_progress', completed_at: null });
    });
  });

  it.each([MODELS.gpt, ...FOREIGN])('number the error of a stream of %s behind the events before it', async model => {
    const asked = { model, input: 'What is a branch?', stream: true };
    const events = await eventsOf(await ask('/openai/v1/responses', asked, 'cut=6'));
    expect(events.at(-1)?.type).toBe('error');
    expect(events.length).toBeGreaterThan(3);
    expect(events.map(event => event.sequence_number)).toEqual(events.map((_, index) => index));
  });

  it.each([MODELS.gpt, MODELS.gemini, MODELS.open])(
    'tell in message_start how long the input of %s is',
    async model => {
      const messages = [{ role: 'user', content: 'a word. '.repeat(400) }];
      const response = await ask('/anthropic/v1/messages', { model, max_tokens: 64, messages, stream: true });
      const [start] = await eventsOf(response);
      expect(start?.message?.usage.input_tokens).toBeGreaterThan(400);
      expect(start?.message?.usage.input_tokens).toBeLessThan(3_000);
    },
  );

  it.each([MODELS.claude, ...FOREIGN, MODELS.gpt])('tell with 200 how many tokens a request to %s has', async model => {
    const messages = [{ role: 'user', content: 'What is a branch?' }];
    const contents = [{ role: 'user', parts: [{ text: 'What is a branch?' }] }];
    const counted = await ask('/anthropic/v1/messages/count_tokens', { model, messages });
    expect([counted.status, await counted.json()]).toEqual([200, { input_tokens: expect.any(Number) }]);
    const total = await ask(`/gemini/v1beta/models/${model}:countTokens`, { contents });
    expect([total.status, await total.json()]).toMatchObject([200, { totalTokens: expect.any(Number) }]);
  });
});
