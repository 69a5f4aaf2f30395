/** A caller who takes nothing of a stream pays for what the provider had sent, however the stream ends. */
import { connect, type Socket } from 'node:net';
import { chatStream, FakeProvider } from '../support/fake-provider.js';
import { eventually, startTestGateway, type TestGateway } from '../support/gateway.js';

/** of one token each */
const WORDS = 'river stone '.repeat(10);
const TOKENS = 20;
/** 13 MB, of a stream that goes on: without its end */
const EVENTS = chatStream(
  Array.from({ length: 48_000 }, () => WORDS),
  null,
)
  .toString()
  .split(/(?<=\n\n)/)
  .slice(0, -2);
/** with what HTTP says around it */
const EVENT_BYTES = Buffer.byteLength(EVENTS[1] ?? '') + 6;

type Row = Readonly<Record<'status' | 'output_tokens', string> & { estimated: boolean }>;

describe('a stream that its caller never reads', () => {
  let gateway: TestGateway;
  let provider: FakeProvider;
  let sent: () => number;
  beforeAll(async () => {
    provider = await FakeProvider.start();
    gateway = await startTestGateway({
      OPENAI_API_KEY: 'sk-fake',
      OPENAI_BASE_URL: `${provider.url}/v1`,
      BOUGH_ACCOUNT_TOKENS_PER_MINUTE: '0',
      BOUGH_MODEL_TOKENS_PER_MINUTE: '0',
      BOUGH_ACCOUNT_SPEND_PER_DAY_USD: '0',
      BOUGH_CREDENTIAL_REQUESTS_PER_MINUTE: '0',
      BOUGH_TOTAL_TIMEOUT_MS: '6000',
    });
  });
  beforeEach(() => {
    sent = () => 0;
    provider.script = async (_, response) => {
      const { socket } = response;
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      sent = () => taken(socket);
      for (const event of EVENTS) {
        if (response.destroyed) return;
        if (!response.write(event)) await new Promise(resolve => response.once('drain', resolve));
      }
    };
  });
  afterAll(async () => {
    await gateway.stop();
    await provider.stop();
  });

  /** Asks, and reads nothing of what comes. */
  const ask = (): Socket => {
    const body = JSON.stringify({ model: 'gpt-5-4', stream: true, messages: [{ role: 'user', content: 'hi' }] });
    const socket = connect(Number(new URL(gateway.baseUrl).port), '127.0.0.1').pause();
    socket.on('error', () => undefined);
    socket.write(
      `POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${gateway.token}\r\n` +
        `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
    return socket;
  };

  /** Bytes that the provider's system took, once nobody takes more: the caller's socket and all between are full. */
  const full = async (): Promise<number> => {
    let last = 0;
    let looks = 0;
    await eventually(() => {
      looks = sent() === last && last > 0 ? looks + 1 : 0;
      last = sent();
      return looks > 20;
    }, 'nobody takes more');
    return last;
  };

  const record = (status: string) =>
    eventually(
      async () => (await gateway.sql<Row>('SELECT * FROM usage_records')).find(row => row.status === status),
      'the record',
      15_000,
    );

  const expectPaid = ({ output_tokens, estimated }: Row, bytes: number) => {
    const all = EVENTS.length * EVENT_BYTES;
    // It was held up on its way: else nothing lay unread.
    expect([bytes, bytes < 0.9 * all]).toEqual([bytes, true]);
    const paidBytes = (Number(output_tokens) / TOKENS) * EVENT_BYTES;
    // A long text is judged by samples of it.
    expect([paidBytes, bytes, paidBytes > 0.98 * bytes && paidBytes < 1.02 * all]).toEqual([paidBytes, bytes, true]);
    expect(estimated).toBe(true);
  };

  it('is paid as far as the provider had sent it when its caller left', async () => {
    const caller = ask();
    const bytes = await full();
    caller.destroy();

    expectPaid(await record('client_disconnected'), bytes);
  });

  it('is paid as far as the provider had sent it when its time was over', async () => {
    const caller = ask();
    const bytes = await full();

    expectPaid(await record('upstream_timeout'), bytes);
    caller.destroy();
  });
});

/** What the operating system has taken of what was written. */
function taken(socket: Socket | null): number {
  const handle = (socket as { _handle?: { bytesWritten: number; writeQueueSize: number } } | null)?._handle;
  return handle == null ? 0 : handle.bytesWritten - handle.writeQueueSize;
}
