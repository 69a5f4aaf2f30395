/** A caller who takes nothing of a stream pays for what the provider had sent, however the stream ends. */
import { connect, type Socket } from 'node:net';
import { messagesEvents } from '../support/event-stream-frames.js';
import { chatStream, FakeProvider } from '../support/fake-provider.js';
import { eventually, startTestGateway, type TestGateway } from '../support/gateway.js';

/** of one token each */
const WORDS = 'river stone '.repeat(10);
const TOKENS = 20;
const MANY = Array.from({ length: 48_000 }, () => WORDS);

/** A provider's stream of some 13 MB that goes on, and who asks for it. */
interface Stream {
  readonly name: string;
  readonly path: string;
  readonly model: string;
  /** without its end */
  readonly events: readonly string[];
}

const CHAT_EVENTS = chatStream(MANY, null)
  .toString()
  .split(/(?<=\n\n)/)
  .slice(0, -2);
const MESSAGES_EVENTS = messagesEvents(MANY)
  .map(event => `event: ${(event as { type: string }).type}\ndata: ${JSON.stringify(event)}\n\n`)
  .slice(0, -3);

const STREAMS: readonly Stream[] = [
  { name: 'of Chat Completions', path: '/v1/chat/completions', model: 'gpt-5-4', events: CHAT_EVENTS },
  { name: 'of Messages', path: '/anthropic/v1/messages', model: 'claude-haiku-4-5', events: MESSAGES_EVENTS },
  {
    name: 'of Messages, translated,',
    path: '/v1/chat/completions',
    model: 'claude-haiku-4-5',
    events: MESSAGES_EVENTS,
  },
];

/** with what HTTP says around it */
const eventBytes = ({ events }: Stream) => Buffer.byteLength(events[events.length - 1] ?? '') + 6;

type Row = Readonly<Record<'status' | 'output_tokens', string> & { estimated: boolean }>;

describe.each(STREAMS)('a stream $name that its caller never reads', stream => {
  const { path, model, events } = stream;
  let gateway: TestGateway;
  let provider: FakeProvider;
  let sent: () => number;
  beforeAll(async () => {
    provider = await FakeProvider.start();
    gateway = await startTestGateway({
      OPENAI_API_KEY: 'sk-fake',
      OPENAI_BASE_URL: `${provider.url}/v1`,
      ANTHROPIC_API_KEY: 'sk-fake',
      ANTHROPIC_BASE_URL: provider.url,
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
      for (const event of events) {
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
    const body = JSON.stringify({
      model,
      stream: true,
      max_tokens: 4_096,
      messages: [{ role: 'user', content: 'hi' }],
    });
    const socket = connect(Number(new URL(gateway.baseUrl).port), '127.0.0.1').pause();
    socket.on('error', () => undefined);
    socket.write(
      `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${gateway.token}\r\n` +
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
    const all = events.length * eventBytes(stream);
    // It was held up on its way: else nothing lay unread.
    expect([bytes, bytes < 0.9 * all]).toEqual([bytes, true]);
    const paidBytes = (Number(output_tokens) / TOKENS) * eventBytes(stream);
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

  it('is paid as far as the provider had sent it when the gateway was stopped', async () => {
    const caller = ask();
    const bytes = await full();
    await gateway.bough.stop();

    expectPaid(await record('truncated'), bytes);
    caller.destroy();
  });
});

/** What the operating system has taken of what was written. */
function taken(socket: Socket | null): number {
  const handle = (socket as { _handle?: { bytesWritten: number; writeQueueSize: number } } | null)?._handle;
  return handle == null ? 0 : handle.bytesWritten - handle.writeQueueSize;
}
