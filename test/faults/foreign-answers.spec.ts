/** Whatever is read of somebody else's server: none of it may grow with what that server sends. */
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createGzip } from 'node:zlib';
import { Pool } from 'undici';
import { AppConfig } from '../../src/config/app-config.js';
import { readGoogleSecret } from '../../src/providers/google-secret.js';
import { SourceReader } from '../../src/management/lineage-sources/source-reader.js';
import { OidcIssuer } from '../../src/management/control-plane/access/oidc-issuer.js';
import { KnownSecrets } from '../../src/platform/known-secrets.js';
import { ConnectionPools } from '../../src/upstream/connection-pools.js';
import { fetchGoogleToken } from '../../src/providers/google-access.js';
import { databricks } from '../../src/providers/kinds/databricks.js';
import { AbortSource } from '../../src/upstream/abort-signal.js';
import { UpstreamService } from '../../src/upstream/upstream.service.js';
import { FakeClock } from '../support/fake-clock.js';
import { eventually } from '../support/gateway.js';
import { callOf, serviceAccountKey, upstreamOf } from '../support/provider-calls.js';
import { sourceFiles } from '../support/source-files.js';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const PIECE = Buffer.alloc(65_536, 'x');
/** What two sockets of this machine hold between them, and the reader's own buffers. */
const UNDERWAY_BYTES = 33_554_432;

/** A server that does its worst at every path but those that are told right. */
class Hostile {
  readonly asked: string[] = [];
  readonly right = new Map<string, () => unknown>();
  answer: Answer = (_, response) => response.end();
  /** over all answers */
  sentBytes = 0;
  closed = 0;
  private readonly server: Server;

  constructor() {
    this.server = createServer((request, response) => {
      const path = request.url ?? '';
      this.asked.push(path);
      response.once('close', () => (this.closed += 1));
      const right = this.right.get(path);
      if (right === undefined) this.answer(request, response);
      else response.setHeader('content-type', 'application/json').end(JSON.stringify(right()));
    });
  }

  async start(): Promise<this> {
    await new Promise<void>(resolve => this.server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise(resolve => this.server.close(resolve));
  }

  /** Sends without an end, as fast as it is taken. */
  flood(response: ServerResponse, into: NodeJS.WritableStream = response): void {
    const more = () => {
      while (!response.destroyed) {
        this.sentBytes += PIECE.length;
        if (!into.write(PIECE)) break;
      }
    };
    into.on('drain', more);
    into.write('{"a":"');
    more();
  }
}

const KINDS: readonly { readonly name: string; readonly answer: (hostile: Hostile, status: number) => Answer }[] = [
  {
    name: 'does not end',
    answer: (hostile, status) => (_, response) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      hostile.flood(response);
    },
  },
  {
    name: 'tells a length that nobody could hold',
    answer: (hostile, status) => (_, response) => {
      response.writeHead(status, { 'content-type': 'application/json', 'content-length': 2 ** 45 });
      hostile.flood(response);
    },
  },
  {
    name: 'is small on the wire and endless when it is unpacked',
    answer: (hostile, status) => (_, response) => {
      response.writeHead(status, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
      const packed = createGzip();
      packed.pipe(response);
      packed.on('error', () => undefined);
      response.once('close', () => packed.destroy());
      hostile.flood(response, packed);
    },
  },
];

interface Reader {
  readonly name: string;
  readonly maxBytes: number;
  /** of the hostile answer */
  readonly status: number;
  /** resolves with what became of it */
  readonly ask: (hostile: Hostile) => Promise<unknown>;
  readonly becomes: RegExp;
}

const config = AppConfig.fromEnvironment({ NODE_ENV: 'development', DATABASE_URL: 'postgresql://127.0.0.1:1/none' });
const TOO_LONG = /AnswerTooLong|too great length/;

async function failureOf(work: Promise<unknown>): Promise<string> {
  try {
    return JSON.stringify(await work);
  } catch (error) {
    const said: string[] = [];
    for (let at: unknown = error; at instanceof Error; at = at.cause) said.push(`${at.name}: ${at.message}`);
    return said.join(' < ');
  }
}

async function withSourceReader<Value>(use: (reader: SourceReader) => Promise<Value>): Promise<Value> {
  const reader = new SourceReader(config);
  return use(reader).finally(() => reader.stop());
}

async function withPool<Value>(url: string, use: (pool: Pool) => Promise<Value>): Promise<Value> {
  const pool = new Pool(url);
  return use(pool).finally(() => pool.destroy());
}

async function withUpstreams<Value>(use: (upstreams: UpstreamService) => Promise<Value>): Promise<Value> {
  const pools = new ConnectionPools(config);
  const upstreams = new UpstreamService(config, pools, new FakeClock(0));
  return use(upstreams).finally(() => pools.onModuleDestroy());
}

const addressOf = ({ url }: Hostile) => ({ projectId: 'p', baseUrl: url, apiKey: 'k' });
const description = (hostile: Hostile) => () => ({ issuer: hostile.url, jwks_uri: `${hostile.url}/jwks` });

const READERS: readonly Reader[] = [
  {
    ...{ name: 'the project of a lineage source', maxBytes: 4_194_304, status: 200, becomes: TOO_LONG },
    ask: hostile => withSourceReader(reader => reader.readProject(addressOf(hostile))),
  },
  {
    ...{ name: 'a page of a lineage source', maxBytes: 4_194_304, status: 200, becomes: TOO_LONG },
    ask: hostile => withSourceReader(reader => reader.readTree(addressOf(hostile))),
  },
  {
    ...{ name: 'a lineage source’s refusal', maxBytes: 0, status: 403, becomes: /refuses the key/ },
    ask: hostile => withSourceReader(reader => reader.readTree(addressOf(hostile))),
  },
  {
    ...{ name: 'the description of an OIDC issuer', maxBytes: 262_144, status: 200, becomes: TOO_LONG },
    ask: hostile => new OidcIssuer(hostile.url, () => 0).keys(),
  },
  {
    ...{ name: 'an OIDC issuer’s refusal', maxBytes: 0, status: 500, becomes: /answered 500/ },
    ask: hostile => new OidcIssuer(hostile.url, () => 0).keys(),
  },
  {
    ...{ name: 'the keys of an OIDC issuer', maxBytes: 262_144, status: 200, becomes: TOO_LONG },
    ask: async hostile => {
      hostile.right.set('/.well-known/openid-configuration', description(hostile));
      const keys = await new OidcIssuer(hostile.url, () => 0).keys();
      return keys({ alg: 'ES256', kid: 'k' }, { payload: '', signature: '' });
    },
  },
  {
    ...{ name: 'a token of Databricks', maxBytes: 65_536, status: 200, becomes: TOO_LONG },
    ask: hostile =>
      withPool(hostile.url, async pool => {
        const authentication = { type: 'client', clientId: 'id', clientSecret: 'secret' } as const;
        const upstream = upstreamOf('databricks', hostile.url, { authentication });
        const parts = { clock: new FakeClock(0), poolFor: () => pool, production: true };
        return databricks.create(upstream, parts).prepare(callOf('chat_completions', {}));
      }),
  },
  {
    ...{ name: 'a token of Google', maxBytes: 65_536, status: 200, becomes: TOO_LONG },
    ask: hostile =>
      withPool(hostile.url, async pool => {
        const secret = readGoogleSecret(serviceAccountKey({ token_uri: `${hostile.url}/token` }), true);
        if (secret?.type !== 'service-account') throw new Error('no service account');
        return fetchGoogleToken(secret, 0, () => pool);
      }),
  },
  {
    ...{ name: 'a provider’s error', maxBytes: 65_536, status: 500, becomes: /upstream answered 500|upstream_error/ },
    ask: hostile =>
      withUpstreams(upstreams => {
        const upstream = upstreamOf('openai', hostile.url, { trusted: true });
        const call = { dialect: 'chat_completions', native: true, hidesUsage: false, betaFlags: [], body: [] } as const;
        const request = {
          secrets: KnownSecrets.NONE,
          operation: 'generate',
          callerHeaders: {},
          stream: false,
        } as const;
        const sent = { ...call, body: [Buffer.from('{}')] };
        return upstreams.send({ upstream, model: 'm' }, sent, request, new AbortSource()).then(result => {
          if (result.kind === 'failure') throw result.error;
          return result.kind;
        });
      }),
  },
  {
    ...{ name: 'what a probe is refused with', maxBytes: 65_536, status: 401, becomes: /"status":401/ },
    ask: hostile =>
      withUpstreams(upstreams =>
        upstreams.probe(upstreamOf('openai', hostile.url, { trusted: true }), null, new AbortSource()),
      ),
  },
  {
    ...{ name: 'what a probe is answered', maxBytes: 0, status: 200, becomes: /"status":200/ },
    ask: hostile =>
      withUpstreams(upstreams =>
        upstreams.probe(upstreamOf('openai', hostile.url, { trusted: true }), null, new AbortSource()),
      ),
  },
];

describe('what a server answers', () => {
  let hostile: Hostile;
  beforeEach(async () => {
    hostile = await new Hostile().start();
  });
  afterEach(() => hostile.stop());

  describe.each(READERS)('as $name', ({ ask, maxBytes, status, becomes }) => {
    it.each(KINDS)('is read up to its bound and no further, where it $name', async ({ name, answer }) => {
      hostile.answer = answer(hostile, status);

      expect(await failureOf(ask(hostile))).toMatch(becomes);

      await eventually(() => hostile.closed > 0, 'the connection is closed', 60_000);
      // Packed a thousandfold, more is under way than the sockets hold; what was read is bounded all the same.
      if (!name.includes('unpacked')) expect(hostile.sentBytes).toBeLessThan(maxBytes + UNDERWAY_BYTES);
    });

    it('is waited for within a time, where it comes byte by byte', async () => {
      const stop = new AbortController();
      const bounds = jest.spyOn(AbortSignal, 'timeout').mockImplementation(() => stop.signal);
      let drips = 0;
      hostile.answer = (_, response) => {
        response.writeHead(status, { 'content-type': 'application/json' });
        response.write('{');
        const dripping = setInterval(() => {
          response.write(' ');
          drips += 1;
          // The time is over: nothing of ours has to wait for it.
          if (drips === 20) stop.abort();
        }, 5);
        response.once('close', () => clearInterval(dripping));
      };
      try {
        await failureOf(ask(hostile));

        await eventually(() => hostile.closed > 0, 'the connection is closed', 60_000);
        for (const [ms] of bounds.mock.calls) expect(ms).toBeLessThanOrEqual(45_000);
      } finally {
        bounds.mockRestore();
      }
    });
  });

  describe('as the tree of a lineage source', () => {
    const read = () => failureOf(withSourceReader(reader => reader.readTree(addressOf(hostile))));
    const branch = (n: number, more: object = {}) => ({
      ...{ id: `br-${n}`, project_id: 'p', name: `b${n}`, default: n === 0, protected: false },
      ...{ created_at: '2026-11-23T10:00:00Z', ...more },
    });
    const pages = (page: (n: number) => string) => {
      hostile.answer = (_, response) => {
        const text = page(hostile.asked.length - 1);
        hostile.sentBytes += text.length;
        response.setHeader('content-type', 'application/json').end(text);
      };
    };
    const pageOf = (n: number, size: number, more: object = {}) => {
      const branches = Array.from({ length: size }, (_, index) => branch(n * size + index, more));
      return JSON.stringify({ branches, pagination: { next: `c${n}` } });
    };

    it.each<[string, (n: number) => string, string, number]>([
      ['has pages without an end', n => pageOf(n, 1), 'does not end', 51],
      ['has more on each page than was asked for', n => pageOf(n, 9_000), 'more than 50000 branches', 6],
      ['repeats its pages', () => pageOf(0, 1_000), 'names a branch twice', 2],
      ['has a cursor that grows', n => `{"branches":[{}],"pagination":{"next":"${'c'.repeat(n)}"}}`, 'branch id', 1],
      ['fills its pages', n => pageOf(n, 1_000, { note: 'x'.repeat(3_800) }), 'more than 50000 branches', 51],
      ['has pages too large', n => pageOf(n, 1_000, { note: 'x'.repeat(5_000) }), 'too great length', 1],
      ['lists millions of nothings', () => `{"branches":[${'0,'.repeat(2_000_000)}0]}`, 'more than 50000 branches', 1],
      ['nests without an end', () => `{"branches":${'['.repeat(4_000_000)}`, 'no JSON object', 1],
      ['nests deeply', () => `{"branches":${'['.repeat(2_000_000)}${']'.repeat(2_000_000)}}`, 'branch id', 1],
      ['has a million keys', () => `{${Array.from({ length: 300_000 }, (_, n) => `"k${n}":1`).join()}}`, 'list', 1],
    ])('is given up at its bound where it %s', async (_, page, sentence, asked) => {
      pages(page);
      expect(await read()).toContain(sentence);
      expect(hostile.asked).toHaveLength(asked);
    });

    it('keeps of 200 MB of pages what the branches are, and no more', async () => {
      pages(n => pageOf(n, 1_000, { note: 'x'.repeat(3_800), parent_id: n === 0 ? '' : undefined }).replace(/c49/, ''));
      const tree = await withSourceReader(reader => reader.readTree(addressOf(hostile)));

      expect(hostile.sentBytes).toBeGreaterThan(190_000_000);
      expect(tree).toHaveLength(50_000);
      expect(JSON.stringify(tree).length).toBeLessThan(20_000_000);
    });
  });

  it('is asked for in these files alone, so that a reader without a bound is noticed', () => {
    const asking =
      /(?<![.\w])fetch\(|\.request\(|\.dispatch\(\s*\{\s+path|\bhttps?\.get\(|await \w+\.(?:json|text|arrayBuffer|blob|bytes)\(\)/;
    const files = sourceFiles().filter(file => asking.test(readFileSync(join(file.root, file.path), 'utf8')));

    expect(files.map(({ path }) => path)).toEqual([
      // every GET of something small
      'src/platform/network/bounded-body.ts',
      // token endpoints
      'src/providers/access-token.ts',
      // answers of providers
      'src/upstream/upstream.service.ts',
    ]);
  });
});
