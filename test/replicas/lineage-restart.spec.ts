/** A gateway that ends in the midst of reading a source of its tree, which drips, does not end, is absurd or silent. */
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerChat, FakeProvider } from '../support/fake-provider.js';
import { eventually } from '../support/gateway.js';
import { Replicas } from '../support/replicas.js';

const PROJECT = 'shop-project';
const KEY = 'napi_source';
/** far beyond what a stop takes that waits for no source */
const STOPS_WITHIN_MS = 15_000;

type Mode = 'right' | 'drip' | 'endless' | 'absurd' | 'silent';

describe('a restart while a source is read', () => {
  let replicas: Replicas;
  let provider: FakeProvider;
  let server: Server;
  let mode: Mode = 'right';
  /** pages of branches that were begun, by mode */
  let begun = 0;
  const names = ['main', 'dev'];
  const timers = new Set<NodeJS.Timeout>();

  const branch = (name: string) => ({
    ...{ id: `br-${name}`, project_id: PROJECT, name, default: name === 'main', protected: false },
    ...{ parent_id: name === 'main' ? undefined : 'br-main', init_source: 'parent-data' },
    ...{ created_at: '2026-01-01T00:00:00Z', updated_at: '2026-01-01T00:00:00Z' },
  });
  const page = (list: readonly object[], next?: string) => JSON.stringify({ branches: list, pagination: { next } });
  const every = (ms: number, response: ServerResponse, write: () => void) => {
    const timer = setInterval(write, ms);
    timers.add(timer);
    response.on('close', () => clearInterval(timer));
  };
  const answer = (url: string, response: ServerResponse) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    if (!url.includes('/branches')) {
      response.end(JSON.stringify({ project: { id: PROJECT, name: 'shop', region_id: 'aws-eu-central-1' } }));
      return;
    }
    begun += 1;
    // Each would hand `dev` to a stranger if a part of it were taken.
    const stolen = [branch('main'), { ...branch('dev'), parent_id: undefined }];
    if (mode === 'right') response.end(page(names.map(branch)));
    if (mode === 'drip') {
      const text = page(stolen);
      let at = 0;
      every(20, response, () => response.write(at < text.length - 1 ? text.charAt(at++) : ' '));
    }
    if (mode === 'endless') setTimeout(() => response.end(page([branch(`x${begun}`)], `p${begun}`)), 400).unref();
    if (mode === 'absurd') {
      response.write('{"branches":[');
      every(20, response, () => response.write(`{"id":"${'x'.repeat(20_000)}"},`));
    }
    if (mode === 'silent') response.flushHeaders();
  };

  beforeAll(async () => {
    server = createServer((request, response) => answer(request.url ?? '', response));
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    provider = await FakeProvider.start(answerChat());
    const environment = {
      OPENAI_API_KEY: 'sk-fake',
      OPENAI_BASE_URL: `${provider.url}/v1`,
      BOUGH_LINEAGE_SYNC_MS: '1000',
    };
    replicas = await Replicas.start(1, environment);
    const { port } = server.address() as AddressInfo;
    const source = {
      project_id: PROJECT,
      api_key: KEY,
      base_url: `http://127.0.0.1:${port}/api/v2`,
      poll_seconds: 3_600,
    };
    expect((await replicas.manage('POST', '/admin/lineage-sources', source)).status).toBe(201);
  }, 120_000);
  afterAll(async () => {
    for (const timer of timers) clearInterval(timer);
    await replicas.stop();
    server.closeAllConnections();
    await new Promise(resolve => server.close(resolve));
    await provider.stop();
  });

  const tree = () =>
    replicas.sql<{ id: string; parent_id: string | null }>(
      `SELECT id, parent_id FROM branches WHERE project_id = '${PROJECT}' AND deleted_at IS NULL ORDER BY id`,
    );
  const source = async () => {
    const [row] = await replicas.sql<{ failures: number; waits: number }>(
      `SELECT failures, extract(epoch FROM next_sync_at - now())::float8 AS waits FROM lineage_sources`,
    );
    return row ?? { failures: -1, waits: 0 };
  };
  const due = () => replicas.sql(`UPDATE lineage_sources SET next_sync_at = now() - INTERVAL '1 second', failures = 0`);

  it.each([
    ...(['drip', 'endless', 'absurd', 'silent'] as const).flatMap(how => [
      [how, 'SIGTERM'] as const,
      [how, 'SIGKILL'] as const,
    ]),
  ])(
    'leaves the tree whole, and follows once the source is right again: %s, %s',
    async (how, signal) => {
      const before = await tree();
      mode = how;
      const asked = begun;
      await due();
      await eventually(() => begun > asked, 'the source is being read');
      const from = performance.now();
      await replicas.all[0]?.process.kill(signal);
      expect(performance.now() - from).toBeLessThan(STOPS_WITHIN_MS);
      expect(await tree()).toEqual(before);
      const { failures, waits } = await source();
      // Who is stopped lets go of the source; the claim of one that was killed ends by itself, within a minute.
      expect([failures, waits <= (signal === 'SIGTERM' ? 0 : 60)]).toEqual([0, true]);

      await replicas.restart(0);
      expect((await fetch(`${replicas.all[0]?.baseUrl}/readyz`)).status).toBe(200);
      expect((await replicas.chat(0, { model: 'gpt-5-5' })).status).toBe(200);
      expect(await tree()).toEqual(before);
      mode = 'right';
      const added = `added-${how}-${signal.toLowerCase()}`;
      names.push(added);
      await due();
      const found = await eventually(async () => {
        const now = await tree();
        return now.some(({ id }) => id === `br-${added}`) && now;
      }, 'the tree follows');
      expect(found.map(({ id }) => id)).toEqual(names.map(name => `br-${name}`).toSorted());
      expect((await source()).failures).toBe(0);
    },
    60_000,
  );
});
