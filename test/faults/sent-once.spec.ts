import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { eventually, startTestGateway, type TestGateway } from '../support/gateway.js';

const USAGE = { prompt_tokens: 9, completion_tokens: 4, total_tokens: 13 };
const ANSWER = JSON.stringify({ choices: [{ index: 0, message: { content: 'Hello' } }], usage: USAGE });
const OK = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${ANSWER.length}\r\n\r\n${ANSWER}`;

/** One request as it came: how many there were on its connection before, and whether all of it was read. */
interface Sent {
  readonly socket: Socket;
  readonly before: number;
  readonly whole: boolean;
}

/** A provider that is nothing but TCP, so that it can do what no HTTP server does. */
class TcpProvider {
  readonly connections = new Set<Socket>();
  /** requests that were read whole */
  taken = 0;
  /** called while a request comes in, and once it is whole */
  onBytes: (sent: Sent) => void = ({ socket, whole }) => {
    if (whole) socket.write(OK);
  };

  private constructor(private readonly server: Server) {}

  static async start(): Promise<TcpProvider> {
    const provider: TcpProvider = new TcpProvider(createServer(socket => provider.serve(socket)));
    await new Promise<void>(resolve => provider.server.listen(0, '127.0.0.1', resolve));
    return provider;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/v1`;
  }

  async stop(): Promise<void> {
    for (const socket of this.connections) socket.destroy();
    await new Promise<void>(resolve => this.server.close(() => resolve()));
  }

  private serve(socket: Socket): void {
    let head = '';
    let missing: number | null = null;
    let before = 0;
    this.connections.add(socket);
    socket.on('close', () => this.connections.delete(socket));
    socket.on('error', () => undefined);
    socket.on('data', chunk => {
      if (missing === null) {
        head += chunk.toString('latin1');
        const end = head.indexOf('\r\n\r\n');
        if (end >= 0) missing = Number(/content-length: (\d+)/i.exec(head)?.[1]) - (head.length - end - 4);
      } else {
        missing -= chunk.length;
      }
      const whole = missing === 0;
      if (whole) {
        this.taken += 1;
        head = '';
        missing = null;
      }
      this.onBytes({ socket, before, whole });
      if (whole) before += 1;
    });
  }
}

describe('a request', () => {
  let gateway: TestGateway;
  let provider: TcpProvider;
  let second: TcpProvider;
  beforeEach(async () => {
    provider = await TcpProvider.start();
    second = await TcpProvider.start();
    gateway = await startTestGateway({
      OPENAI_API_KEY: 'sk-fake',
      OPENAI_BASE_URL: provider.url,
      BOUGH_FIRST_BYTE_TIMEOUT_MS: '1000',
      BOUGH_ACCOUNT_TOKENS_PER_MINUTE: '0',
      BOUGH_MODEL_TOKENS_PER_MINUTE: '0',
      BOUGH_ACCOUNT_SPEND_PER_DAY_USD: '0',
    });
    const upstream = { name: 'second', kind: 'openai-compatible', base_url: second.url, secret: 'sk-fake' };
    const routes = [
      { model: 'gpt-5-4', upstream_model: 'first', priority: 1 },
      { model: 'gpt-5-4', upstream_model: 'second', priority: 2 },
    ];
    const first = { ...upstream, name: 'first', base_url: provider.url, routes: routes.slice(0, 1) };
    expect((await gateway.manage('POST', '/admin/upstreams', first)).status).toBe(201);
    expect((await gateway.manage('POST', '/admin/upstreams', { ...upstream, routes: routes.slice(1) })).status).toBe(
      201,
    );
  });
  afterEach(async () => {
    await gateway.stop();
    await provider.stop();
    await second.stop();
  });

  const ask = async (content = 'hi') => {
    const body = { model: 'gpt-5-4', max_tokens: 70, messages: [{ role: 'user', content }] };
    const response = await gateway.chat(body);
    await response.arrayBuffer();
    return response.status;
  };
  const ledger = (count: number) =>
    eventually(
      async () => {
        const rows = await gateway.sql<{ output_tokens: string; estimated: boolean }>(
          "SELECT output_tokens, estimated FROM usage_records WHERE status <> 'refused' ORDER BY occurred_at",
        );
        return rows.length >= count && rows.map(row => [Number(row.output_tokens), row.estimated]);
      },
      'the records',
      15_000,
    );
  const counted = [4, false];
  const reserved = [70, true];
  const free = [0, false];

  it('that a new connection broke behind is not sent again, nor elsewhere, and is paid', async () => {
    provider.onBytes = ({ socket, whole }) => {
      if (whole) socket.resetAndDestroy();
    };

    expect(await ask()).toBe(502);
    expect([provider.taken, second.taken]).toEqual([1, 0]);
    expect(await ledger(1)).toEqual([reserved]);
  });

  it.each(['reset', 'end'])(
    'that a kept connection broke behind once it was read whole is not sent again: %s',
    async how => {
      expect(await ask()).toBe(200);
      provider.onBytes = ({ socket, whole }) => {
        if (whole) setTimeout(() => (how === 'reset' ? socket.resetAndDestroy() : socket.end()), 100);
      };

      expect(await ask()).toBe(502);
      expect([provider.taken, second.taken]).toEqual([2, 0]);
      expect(await ledger(2)).toEqual([counted, reserved]);
    },
  );

  it('whose answer does not come in time is not asked elsewhere, and is paid', async () => {
    provider.onBytes = () => undefined;

    expect(await ask()).toBe(502);
    expect([provider.taken, second.taken]).toEqual([1, 0]);
    expect(await ledger(1)).toEqual([reserved]);
  });

  it.each(['reset', 'end'])(
    'that meets a connection closed while idle is sent over a new one, and paid once: %s',
    async how => {
      for (let round = 0; round < 3; round += 1) {
        expect(await ask()).toBe(200);
        for (const socket of provider.connections) {
          if (how === 'reset') socket.resetAndDestroy();
          else socket.end();
        }
      }

      expect([provider.taken, second.taken]).toEqual([3, 0]);
      expect(await ledger(3)).toEqual([counted, counted, counted]);
    },
  );

  it('of which a kept connection took a part only is sent over a new one, and paid once', async () => {
    expect(await ask()).toBe(200);
    let cut = 0;
    provider.onBytes = ({ socket, before, whole }) => {
      if (whole) socket.write(OK);
      else if (before > 0) {
        cut += 1;
        socket.pause();
        socket.resetAndDestroy();
      }
    };

    expect(await ask('x'.repeat(20_000_000))).toBe(200);
    expect([cut, provider.taken, second.taken]).toEqual([1, 2, 0]);
    expect(await ledger(2)).toEqual([counted, counted]);
  });

  it('of which a new connection took a part only is asked elsewhere, and paid once', async () => {
    provider.onBytes = ({ socket }) => {
      socket.pause();
      socket.resetAndDestroy();
    };

    expect(await ask('x'.repeat(20_000_000))).toBe(200);
    expect([provider.taken, second.taken]).toEqual([0, 1]);
    expect(await ledger(1)).toEqual([counted]);
  });

  it('that was refused is asked elsewhere, and paid there', async () => {
    provider.onBytes = ({ socket, whole }) => {
      if (whole) socket.write('HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n');
    };

    expect(await ask()).toBe(200);
    expect([provider.taken, second.taken]).toEqual([1, 1]);
    expect(await ledger(1)).toEqual([counted]);
  });

  it('that cannot reach its provider is asked elsewhere, and costs nothing where that is away, too', async () => {
    await provider.stop();
    expect(await ask()).toBe(200);
    await second.stop();
    expect(await ask()).toBe(502);
    expect(await ledger(2)).toEqual([counted, free]);
  });
});
