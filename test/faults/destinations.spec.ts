/** Where the gateway calls for others: every spelling of an address inside, when it is stored and when it is called. */
import dns, { type LookupAddress } from 'node:dns';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { LineageSyncService } from '../../src/management/lineage-sources/lineage-sync.service.js';
import { Log } from '../../src/platform/logging.js';
import { answerChat } from '../support/fake-provider.js';
import { eventually, startTestGateway, type TestGateway } from '../support/gateway.js';
import { serviceAccountKey } from '../support/provider-calls.js';

/** An address of this machine that the operator allows; all others are inside and not allowed. */
const ALLOWED = '127.0.0.2';
const CHAT = { model: 'kimi-k3', messages: [{ role: 'user', content: 'hi' }] };
const PROJECT = 'followed-project';

/** Loopback and private addresses, as they can be spelt. */
const INSIDE = [
  '127.0.0.1',
  '127.1',
  '127.0.1',
  '2130706433',
  '0x7f000001',
  '0x7f.1',
  '0177.0.0.1',
  '127.0.0.1.',
  '127.0.0.3',
  'localhost',
  'LOCALHOST.',
  'x.localhost',
  '[::1]',
  '[0:0:0:0:0:0:0:1]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[::ffff:10.0.0.1]',
  '[64:ff9b::7f00:1]',
  '[64:ff9b:1::7f00:1]',
  '[2002:7f00:1::]',
  '[::ffff:0:7f00:1]',
  '[::ffff:0:10.0.0.1]',
  '[2001:0:808:808::f5ff:fffe]',
  '[fd12::1]',
  '[fec0::1]',
  '10.0.0.1',
  '172.16.0.1',
  '192.168.0.1',
  '100.64.0.1',
];
/** Where machines keep their own secrets: nobody may allow these. */
const NEVER = [
  '169.254.169.254',
  '2852039166',
  '0xa9fea9fe',
  '0251.0376.0251.0376',
  '[::ffff:a9fe:a9fe]',
  '[64:ff9b::a9fe:a9fe]',
  '[64:ff9b:1::a9fe:a9fe]',
  '[2002:a9fe:a9fe::]',
  '[::ffff:0:a9fe:a9fe]',
  '[fe80::1]',
  '[fd00:ec2::254]',
  '100.100.100.200',
  '0.0.0.0',
  '0',
  '[::]',
  '255.255.255.255',
  'metadata.google.internal',
  'METADATA.google.internal.',
];
const NO_ADDRESS = [
  'file:///etc/passwd',
  'unix:/var/run/docker.sock',
  'http+unix://%2Fvar%2Frun%2Fdocker.sock',
  'ftp://example.com',
  'data:application/json,{}',
  'https://user@example.com',
  'https://user:secret@example.com',
  'https://example.com/#@127.0.0.1',
  'https://example.com/?x=1',
  String.raw`https:\\127.0.0.1`,
  '//127.0.0.1',
  'http://example.com',
];

describe('where the gateway calls for others', () => {
  let gateway: TestGateway;
  let inside: Server;
  let port: number;
  let lines = '';
  /** how often somebody connected to each address of this machine */
  const calls = new Map<string, number>();
  const callsBeside = (allowed: string) =>
    [...calls].filter(([address]) => address !== allowed).reduce((sum, [, count]) => sum + count, 0);
  let names: Readonly<Record<string, readonly string[]>> = {};

  beforeAll(async () => {
    const chat = answerChat();
    inside = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const path = request.url ?? '';
        const seen = { method: request.method ?? '', path, headers: request.headers, body: Buffer.concat(parts) };
        if (request.method === 'GET') response.end(JSON.stringify(treeAt(path)));
        else void chat(seen, response, request);
      });
    });
    inside.on('connection', socket => {
      const address = (socket.localAddress ?? '').replace('::ffff:', '');
      calls.set(address, (calls.get(address) ?? 0) + 1);
    });
    await new Promise<void>(resolve => inside.listen(0, '::', resolve).on('error', () => inside.listen(0, resolve)));
    port = (inside.address() as AddressInfo).port;
    pretendNames(() => names);
    const sink = new Writable({
      write(chunk: Buffer, _, done) {
        lines += chunk.toString();
        done();
      },
    });
    gateway = await startTestGateway(
      { BOUGH_ALLOWED_PRIVATE_UPSTREAMS: `${ALLOWED}/32`, BOUGH_LINEAGE_SYNC_MS: '3600000' },
      new Log(pino({ level: 'debug' }, sink)),
    );
  });
  afterAll(async () => {
    await gateway.stop();
    jest.restoreAllMocks();
    inside.closeAllConnections();
    await new Promise(resolve => inside.close(resolve));
  });

  const treeAt = (path: string): object => {
    const branch = { id: 'br-followed-0000', project_id: PROJECT, name: 'main', default: true, protected: false };
    const times = { created_at: '2026-01-01T00:00:00Z', updated_at: '2026-01-01T00:00:00Z' };
    if (path.includes('/branches')) return { branches: [{ ...branch, ...times, init_source: 'parent-data' }] };
    return { project: { id: PROJECT, name: 'followed', region_id: 'aws-us-east-2' } };
  };
  const add = (baseUrl: string, fields: object = {}) =>
    gateway.manage<{ id: string; error: { message: string } }>('POST', '/admin/upstreams', {
      ...{ name: 'somewhere', kind: 'openai-compatible', base_url: baseUrl, secret: 'test-key' },
      routes: [{ model: CHAT.model }],
      ...fields,
    });
  const follow = (baseUrl: string) =>
    gateway.manage<{ id: string; error: { message: string } }>('POST', '/admin/lineage-sources', {
      ...{ project_id: PROJECT, api_key: 'test-key', base_url: baseUrl },
    });
  const ask = async (body: object = CHAT) => {
    const response = await gateway.chat(body);
    return { status: response.status, text: await response.text() };
  };
  const addresses = (hosts: readonly string[]) =>
    hosts.flatMap(host => [`https://${host}:${port}/v1`, `http://${host}:${port}/v1`]);

  it('may lie where the operator allows it', async () => {
    const { status, body } = await add(`http://${ALLOWED}:${port}/v1`);
    expect([status, (await ask()).status, calls.get(ALLOWED)]).toEqual([201, 200, 1]);
    await gateway.manage('DELETE', `/admin/upstreams/${body.id}`);
    expect((await follow(`http://${ALLOWED}:${port}/api/v2`)).status).toBe(201);
    expect(callsBeside(ALLOWED)).toBe(0);
  });

  it('is checked when it is stored: an upstream and a source of lineage, made and changed, in every spelling', async () => {
    const { body } = await add(`http://${ALLOWED}:${port}/v1`);
    for (const address of [...addresses([...INSIDE, ...NEVER]), ...NO_ADDRESS]) {
      const made = await add(address, { name: 'another' });
      const changed = await gateway.manage<typeof made.body>('PATCH', `/admin/upstreams/${body.id}`, {
        ...{ base_url: address, secret: 'test-key' },
      });
      const followed = await follow(address);
      for (const reply of [made, changed, followed]) {
        expect([address, reply.status, reply.body.error.message]).toEqual([
          address,
          400,
          expect.stringMatching(/^base_url must/),
        ]);
      }
    }
    await gateway.manage('DELETE', `/admin/upstreams/${body.id}`);
    expect(callsBeside(ALLOWED)).toBe(0);
  });

  it('is checked when it is called, though it stands in the database already', async () => {
    const { body } = await add(`http://${ALLOWED}:${port}/v1`);
    const sync = gateway.bough.app.get(LineageSyncService, { strict: false });
    for (const address of addresses([...INSIDE, ...NEVER])) {
      await gateway.sql('UPDATE upstreams SET base_url = $1 WHERE id = $2', [address, body.id]);
      await gateway.manage('PATCH', `/admin/upstreams/${body.id}`, { enabled: true });
      lines = '';
      const reply = await ask();
      expect([address, reply.status, JSON.parse(reply.text)]).toEqual([
        address,
        502,
        expect.objectContaining({ error: expect.objectContaining({ code: 'upstream_unreachable' }) }),
      ]);
      expect([address, /ForbiddenAddress|ENOTFOUND/.test(lines)]).toEqual([address, true]);

      await gateway.sql("UPDATE lineage_sources SET base_url = $1, next_sync_at = now() - interval '1 second'", [
        address,
      ]);
      const told = await eventually(async () => {
        await sync.syncDue();
        const [row] = await gateway.sql<{ last_error: string | null; waits: boolean }>(
          'SELECT last_error, next_sync_at > now() AND base_url = $1 AS waits FROM lineage_sources',
          [address],
        );
        return row?.waits === true && row.last_error;
      }, 'the source is asked');
      expect([address, told]).toEqual([address, 'the source cannot be reached']);
    }
    expect(callsBeside(ALLOWED)).toBe(0);
    await gateway.manage('DELETE', `/admin/upstreams/${body.id}`);
  }, 60_000);

  it('is checked where a provider is asked for a token, too', async () => {
    const secret = Buffer.from(serviceAccountKey({ token_uri: `http://127.0.0.1:${port}/token` })).toString('base64');
    const base = `http://${ALLOWED}:${port}/v1/projects/p/locations/us-central1`;
    const { status, body } = await add(base, { kind: 'vertex', secret, routes: [{ model: 'gemini-3-5-flash' }] });
    expect(status).toBe(201);
    expect((await ask({ ...CHAT, model: 'gemini-3-5-flash' })).status).toBe(502);
    expect(callsBeside(ALLOWED)).toBe(0);
    await gateway.manage('DELETE', `/admin/upstreams/${body.id}`);
  });

  it('is what the name says at the moment of the call, and all that it says must be allowed', async () => {
    const before = calls.get(ALLOWED) ?? 0;
    names = { 'rebinding.example': [ALLOWED] };
    const { status, body } = await add(`https://rebinding.example:${port}/v1`);
    expect(status).toBe(201);
    // No certificate is there for it; that it was called shows that it would be seen.
    expect((await ask()).status).toBe(502);
    const called = calls.get(ALLOWED) ?? 0;
    expect(called).toBeGreaterThan(before);
    for (const answer of [
      ['127.0.0.1'],
      ['::1'],
      ['::ffff:127.0.0.1'],
      ['10.0.0.1'],
      ['169.254.169.254'],
      [ALLOWED, '127.0.0.1'],
      ['127.0.0.1', ALLOWED],
      ['93.184.216.34', '::1'],
      [ALLOWED, '64:ff9b::7f00:1'],
      [],
    ]) {
      names = { 'rebinding.example': answer };
      lines = '';
      expect([answer, (await ask()).status, lines.includes('ForbiddenAddress')]).toEqual([answer, 502, true]);
      const refused = await follow(`https://rebinding.example:${port}/api/v2`);
      expect([answer, refused.status, refused.body.error.message]).toEqual([
        answer,
        409,
        'the source cannot be reached',
      ]);
    }
    expect([calls.get(ALLOWED), callsBeside(ALLOWED)]).toEqual([called, 0]);
    await gateway.manage('DELETE', `/admin/upstreams/${body.id}`);
  });
});

/** Names under `.example` lead where the test says; all others where they do. */
function pretendNames(names: () => Readonly<Record<string, readonly string[]>>): void {
  const real = dns.lookup;
  type Answer = (error: Error | null, found: LookupAddress[]) => void;
  const pretend = (host: string, options: object, callback: Answer) => {
    if (!host.endsWith('.example')) {
      (real as unknown as typeof pretend)(host, options, callback);
      return;
    }
    const found = (names()[host] ?? []).map(address => ({ address, family: address.includes(':') ? 6 : 4 }));
    callback(null, found);
  };
  jest.spyOn(dns, 'lookup').mockImplementation(pretend as unknown as typeof dns.lookup);
}
