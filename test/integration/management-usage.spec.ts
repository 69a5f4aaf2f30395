import { UsageFeed } from '../../src/metering/usage-feed.js';
import type { UsageRecord } from '../../src/metering/usage-record.js';
import { UsageRepository } from '../../src/metering/usage.repository.js';
import { Lifecycle } from '../../src/platform/lifecycle.js';
import { makeProject, startControlPlane, type TestControlPlane } from '../support/management.js';
import { usageRecord } from '../support/usage.js';

interface Report {
  from: string;
  to?: string;
  usage: Record<string, unknown>[];
  truncated: boolean;
}

const OCTOBER = 'from=2026-10-01&to=2026-11-01';
const TENTH = Date.UTC(2026, 9, 10, 12);

describe('usage under /admin', () => {
  let plane: TestControlPlane;
  let serial = 0;
  beforeAll(async () => {
    plane = await startControlPlane({ BOUGH_KEEP_ALIVE_COMMENT_MS: '20' }, '-c timezone=America/Los_Angeles');
    await plane.app
      .get(UsageRepository, { strict: false })
      .insert([
        record({ occurredAt: TENTH }),
        record({ occurredAt: TENTH, modelId: 'gpt-5-mini', estimated: true, costNanoUsd: 9_007_199_254_740_993n }),
        record({ occurredAt: TENTH + 86_400_000, branchId: 'br-other', credentialId: 'nak_live_b' }),
        record({ occurredAt: TENTH, organizationId: plane.stranger.organizationId, costNanoUsd: 7n }),
      ]);
  });
  afterAll(() => plane.stop());

  function record(fields: Partial<UsageRecord>): UsageRecord {
    return usageRecord(`req_${(serial += 1)}`, { organizationId: plane.owner.organizationId, ...fields });
  }
  const report = (query: string) => plane.owner.call<Report>('GET', `/admin/usage?${query}`);

  describe('GET /admin/usage', () => {
    it('200 adds up one’s own organization’s, money exactly', async () => {
      const { status, body } = await report(OCTOBER);
      expect(status).toBe(200);
      expect(body).toEqual({
        from: '2026-10-01T00:00:00Z',
        to: '2026-11-01T00:00:00Z',
        group_by: [],
        usage: [
          {
            ...{ requests: 3, estimated_requests: 1, input_tokens: 30, cache_read_tokens: 9, cache_write_tokens: 0 },
            ...{ cache_write_1h_tokens: 0, input_audio_tokens: 0, output_tokens: 15, reasoning_tokens: 6 },
            ...{ output_audio_tokens: 0, adjustments_nano_usd: '0', web_searches: 0, file_searches: 0 },
            ...{ code_containers: 0, image_text_tokens: 0, image_input_tokens: 0, image_output_tokens: 0 },
            ...{ cache_read_audio_tokens: 0, output_image_tokens: 0, unpriced_requests: 0 },
            ...{ cost_nano_usd: '9007199257740993', cost_usd: '9007199.257740993' },
          },
        ],
        truncated: false,
      });
      const theirs = await plane.stranger.call<Report>('GET', `/admin/usage?${OCTOBER}`);
      expect(theirs.body.usage).toMatchObject([{ requests: 1, cost_nano_usd: '7' }]);
    });

    it('200 groups by any of day, model, branch and credential', async () => {
      const groups = async (by: string) => (await report(`${OCTOBER}&group_by=${by}`)).body.usage;
      expect(await groups('day')).toMatchObject([
        { day: '2026-10-10', requests: 2 },
        { day: '2026-10-11', requests: 1 },
      ]);
      expect(await groups('model')).toMatchObject([
        { model: 'gpt-5', requests: 2 },
        { model: 'gpt-5-mini', requests: 1 },
      ]);
      expect(await groups('credential,branch,model,day')).toMatchObject([
        { day: '2026-10-10', model: 'gpt-5', branch: 'br-leaf', credential: 'nak_live_a' },
        { day: '2026-10-10', model: 'gpt-5-mini', branch: 'br-leaf', credential: 'nak_live_a' },
        { day: '2026-10-11', model: 'gpt-5', branch: 'br-other', credential: 'nak_live_b' },
      ]);
    });

    it('200 begins with its first moment and ends before its last, whatever zone the session has', async () => {
      const requests = async (query: string) => (await report(query)).body.usage[0]?.['requests'];
      expect(await requests('from=2026-10-10T12:00:00Z&to=2026-10-10T12:00:00.001Z')).toBe(2);
      expect(await requests('from=2026-10-10T14:00:00%2B02:00&to=2026-10-10T12:00:01Z')).toBe(2);
      expect(await requests('from=2026-10-10T12:00:00.001Z&to=2026-10-11T12:00:00Z')).toBe(0);
      expect(await requests('from=2026-10-11&to=2026-10-12')).toBe(1);
    });

    it('200 reports the last thirty days where no time is given', async () => {
      const { body } = await report('group_by=model');
      expect((Date.now() - Date.parse(body.from)) / 86_400_000).toBeGreaterThanOrEqual(30);
      expect(body).not.toHaveProperty('to');
    });

    it.each([
      ['from=yesterday', 'from must be a day such as 2026-12-31'],
      ['from=2026-02-30', 'from must be a day such as 2026-12-31'],
      ['from=2026-10-02&to=2026-10-01', 'to must be later than from'],
      ['group_by=region', 'group_by may hold only hour, day, project, model, branch or credential'],
      ['format=xml', 'format must be json or csv'],
      ['branch=', 'branch must be a string of 1 to 200 characters'],
      ['model=a&model=b', 'model must be a string of 1 to 200 characters'],
      ['descendants=yes&branch=br-a', 'descendants must be true or false'],
      ['descendants=true', 'descendants needs branch'],
      ['from=2001-01-01T00:00:01Z', 'from must be on the hour'],
      ['from=2001-01-01&to=2026-10-01T00:30:00Z', 'to must be on the hour'],
      ['group_by=', 'group_by may hold only'],
      ['organization_id=x', 'organization_id is not a field of this request: remove it'],
    ])('400 names the field and what is wanted: %s', async (query, sentence) => {
      const { status, body } = await plane.owner.call<{ error: { message: string } }>('GET', `/admin/usage?${query}`);
      expect([status, body.error.message]).toEqual([400, expect.stringContaining(sentence)]);
    });
  });

  describe('GET /admin/usage/live', () => {
    /** Reads a stream's events until one matches. */
    async function watch(key: string) {
      const abort = new AbortController();
      const headers = { authorization: `Bearer ${key}` };
      const response = await fetch(`${plane.baseUrl}/admin/usage/live`, { headers, signal: abort.signal });
      const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
      let text = '';
      const until = async (pattern: RegExp): Promise<string> => {
        while (!pattern.test(text)) {
          const { value, done = true } = (await reader?.read()) ?? {};
          if (done) return text;
          text += value;
        }
        return text;
      };
      return { response, until, leave: () => abort.abort() };
    }

    it('200 shows records as they are settled, of one’s own organization alone', async () => {
      const watcher = await watch(plane.viewer.key);
      expect(watcher.response.headers.get('content-type')).toContain('text/event-stream');
      await watcher.until(/still here/);
      const feed = plane.app.get(UsageFeed, { strict: false });
      feed.announce(record({ requestId: 'req_theirs', organizationId: plane.stranger.organizationId }));
      feed.announce(record({ requestId: 'req_mine', costNanoUsd: 2n ** 60n }));
      const text = await watcher.until(/req_mine[^\n]*\n\n/);
      watcher.leave();
      expect(text).not.toContain('req_theirs');
      expect(text).toContain('event: usage\nid: req_mine\n');
      const data = JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? '') as object;
      expect(data).toMatchObject({ request_id: 'req_mine', cost_nano_usd: String(2n ** 60n), model: 'gpt-5' });
    });

    it('200 shows a key of one project the records of its project alone', async () => {
      const { projectId } = await makeProject(plane.owner);
      const watcher = await watch((await plane.enter('viewer', projectId)).key);
      await watcher.until(/still here/);
      const feed = plane.app.get(UsageFeed, { strict: false });
      feed.announce(record({ requestId: 'req_of_another' }));
      feed.announce(record({ requestId: 'req_of_ours', projectId }));
      const text = await watcher.until(/req_of_ours[^\n]*\n\n/);
      watcher.leave();
      expect(text).not.toContain('req_of_another');
    });

    it('401 without a key', async () => {
      expect((await fetch(`${plane.baseUrl}/admin/usage/live`)).status).toBe(401);
    });

    it('ends when the key is revoked, and not before', async () => {
      const path = '/admin/management-keys';
      const { body } = await plane.owner.call<{ id: string; key: string }>('POST', path, {
        name: 'watcher',
        role: 'viewer',
      });
      if (!('key' in body)) throw new Error(JSON.stringify(body));
      const watcher = await watch(body.key);
      const beats = /(: still here\n+){150}/;
      expect(await watcher.until(beats)).toMatch(beats);
      expect((await plane.owner.call('DELETE', `${path}/${body.id}`)).status).toBe(204);
      expect(await watcher.until(/never there/)).toMatch(/\n\n$/);
    });

    it('lets a replica stop', async () => {
      const watcher = await watch(plane.owner.key);
      plane.app.get(Lifecycle).beginDrain();
      expect(await watcher.until(/never there/)).toContain('\n');
    });
  });
});
