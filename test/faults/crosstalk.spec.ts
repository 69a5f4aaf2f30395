/** Many callers at once, in all dialects, some of whom leave: each hears their own answer and nobody else's. */
import { MODELS, startOpenGateway } from '../sdk/harness.js';
import { CHAT_CALLS } from '../support/dialect-calls.js';
import { answerChat, answerStream, chatStream, FakeProvider } from '../support/fake-provider.js';
import { eventually, type TestGateway } from '../support/gateway.js';

const CALLERS = 500;
const WORDS = 20;
const NONCE = /nonce-\d+-[0-9a-z]+/g;

describe('answers to many callers at once', () => {
  let gateway: TestGateway;
  let provider: FakeProvider;
  beforeAll(async () => {
    provider = await FakeProvider.start();
    gateway = await startOpenGateway({
      BOUGH_ACCOUNT_TOKENS_PER_MINUTE: '0',
      BOUGH_MODEL_TOKENS_PER_MINUTE: '0',
      BOUGH_ACCOUNT_SPEND_PER_DAY_USD: '0',
      BOUGH_CREDENTIAL_REQUESTS_PER_MINUTE: '0',
    });
    const { status } = await gateway.manage('POST', '/admin/upstreams', {
      ...{ name: 'echo', kind: 'openai-compatible', base_url: `${provider.url}/v1`, secret: 'test-key' },
      routes: [{ model: MODELS.open }],
    });
    expect(status).toBe(201);
  });
  afterAll(async () => {
    await gateway.stop();
    await provider.stop();
  });

  it('never mix, though every tenth of 500 leaves in the midst', async () => {
    provider.script = (seen, response, raw) => {
      const text = seen.body.toString();
      const [nonce = ''] = text.match(NONCE) ?? [];
      const words = Array.from({ length: WORDS }, (_, index) => `${nonce}.${index} `);
      if (!/"stream":\s*true/.test(text)) return answerChat(words.join(''))(seen, response, raw);
      const bytes = chatStream(words);
      return answerStream([bytes.subarray(0, 500), bytes.subarray(500, 1_500), bytes.subarray(1_500)])(
        seen,
        response,
        raw,
      );
    };
    const ask = async (index: number): Promise<'left' | 'heard'> => {
      const call = CHAT_CALLS[index % CHAT_CALLS.length];
      if (call === undefined) throw new Error('no dialect');
      const { dialect, path, streamPath, body } = call;
      // Two of three stream; which of them does not depend on the dialect.
      const stream = index % 3 !== 0;
      const leaves = index % 10 === 7;
      const nonce = `nonce-${index}-${(index * 7_919).toString(36)}`;
      const streamField = stream && dialect !== 'gemini_generate_content' ? { stream: true } : {};
      const response = await fetch(gateway.baseUrl + (stream ? streamPath : path).replace('%', MODELS.open), {
        method: 'POST',
        headers: { authorization: `Bearer ${gateway.token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ ...body(MODELS.open, nonce), ...streamField }),
      });
      let text = '';
      for await (const chunk of response.body ?? []) {
        text += Buffer.from(chunk as Uint8Array).toString();
        // Leaving this loop closes the connection.
        if (leaves) break;
      }
      const strangers = (text.match(NONCE) ?? []).filter(heard => !nonce.startsWith(heard) && heard !== nonce);
      expect([index, response.status, strangers]).toEqual([index, 200, []]);
      if (leaves) return 'left';
      const heard = new Set([...text.matchAll(/nonce-\d+-[0-9a-z]+\.(\d+) /g)].map(([, word]) => Number(word)));
      expect([index, [...heard].toSorted((a, b) => a - b)]).toEqual([index, [...Array(WORDS).keys()]]);
      return 'heard';
    };
    const ends = await Promise.all(Array.from({ length: CALLERS }, (_, index) => ask(index)));
    expect(ends.filter(end => end === 'left')).toHaveLength(CALLERS / 10);
    const row = await eventually(async () => {
      const [found] = await gateway.sql<{ rows: string; ids: string }>(
        "SELECT count(*) AS rows, count(DISTINCT request_id) AS ids FROM usage_records WHERE status <> 'refused'",
      );
      return Number(found?.rows) >= CALLERS && found;
    }, 'each has its record');
    expect(row).toEqual({ rows: String(CALLERS), ids: String(CALLERS) });
  });
});
