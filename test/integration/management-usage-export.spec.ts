import { PassThrough, Readable } from 'node:stream';
import { UsageReportRepository } from '../../src/management/usage/usage-report.repository.js';
import type { UsageRecord } from '../../src/metering/usage-record.js';
import { UsageRepository } from '../../src/metering/usage.repository.js';
import { eventually } from '../support/gateway.js';
import { makeProject, startControlPlane, type TestControlPlane } from '../support/management.js';
import { Statements } from '../support/statements.js';
import { usageRecord } from '../support/usage.js';

interface Report {
  usage: Record<string, unknown>[];
}

const TENTH = Date.UTC(2026, 9, 10, 12);
const HOUR_MS = 3_600_000;
const OCTOBER = 'from=2026-10-01&to=2026-11-01';

describe('filters and exports of GET /admin/usage', () => {
  let plane: TestControlPlane;
  let serial = 0;
  beforeAll(async () => {
    plane = await startControlPlane({}, '-c timezone=America/Los_Angeles');
  });
  beforeEach(() => plane.sql('TRUNCATE usage_records, usage_hourly'));
  afterAll(() => plane.stop());

  const use = (...records: Partial<UsageRecord>[]) =>
    plane.app.get(UsageRepository, { strict: false }).insert(
      records.map(fields =>
        usageRecord(`req_${(serial += 1)}`, {
          ...{ organizationId: plane.owner.organizationId, occurredAt: TENTH },
          ...fields,
        }),
      ),
    );
  const usage = async (query: string) =>
    (await plane.owner.call<Report>('GET', `/admin/usage?${OCTOBER}&${query}`)).body.usage;
  const requests = async (query: string) => (await usage(query))[0]?.['requests'];
  const download = (query: string, headers: Record<string, string> = {}) =>
    fetch(`${plane.baseUrl}/admin/usage?${query}`, {
      headers: { authorization: `Bearer ${plane.owner.key}`, ...headers },
    });

  it('200 of one project, branch, model, credential, or all of these at once', async () => {
    await use({}, { projectId: 'p' }, { branchId: 'b' }, { modelId: 'm' }, { credentialId: 'c' });
    await use({ projectId: 'p', branchId: 'b', modelId: 'm', credentialId: 'c' });

    expect(await requests('')).toBe(6);
    for (const filter of ['project=p', 'branch=b', 'model=m', 'credential=c']) expect(await requests(filter)).toBe(2);
    expect(await requests('project=p&branch=b&model=m&credential=c')).toBe(1);
    expect(await requests('project=nothing')).toBe(0);
  });

  it('200 of a branch with all that grew from it, deleted branches too', async () => {
    const { projectId, mainId } = await makeProject(plane.owner);
    const grow = async (parent: string) => {
      const path = `/api/v2/projects/${projectId}/branches`;
      const answer = await plane.owner.call<{ branch: { id: string } }>('POST', path, {
        branch: { parent_id: parent },
      });
      return answer.body.branch.id;
    };
    const child = await grow(mainId);
    const leaf = await grow(child);
    await use({ branchId: mainId }, { branchId: child }, { branchId: leaf }, { branchId: 'br-elsewhere' });
    await plane.owner.call('DELETE', `/api/v2/projects/${projectId}/branches/${leaf}`);

    expect(await requests(`branch=${mainId}`)).toBe(1);
    expect(await requests(`branch=${mainId}&descendants=true`)).toBe(3);
    expect(await requests(`branch=${child}&descendants=true`)).toBe(2);
    expect(await requests(`branch=${child}&descendants=false`)).toBe(1);
    expect(await requests('branch=br-elsewhere&descendants=true')).toBe(1);
  });

  it('200 groups by the UTC hour and by the project', async () => {
    await use(
      { occurredAt: TENTH + 1 },
      { occurredAt: TENTH + HOUR_MS - 1 },
      { occurredAt: TENTH + HOUR_MS, projectId: 'p' },
    );

    const hours = [
      { hour: '2026-10-10T12:00:00Z', requests: 2 },
      { hour: '2026-10-10T13:00:00Z', requests: 1 },
    ];
    expect(await usage('group_by=hour')).toMatchObject(hours);
    expect(await usage('group_by=project,day')).toMatchObject([
      { day: '2026-10-10', project: 'p', requests: 1 },
      { day: '2026-10-10', project: 'project-a', requests: 2 },
    ]);
    const odd = await plane.owner.call<Report>('GET', '/admin/usage?from=2026-10-10T11:30:00Z&group_by=hour');
    expect(odd.body.usage).toMatchObject(hours);
  });

  it('200 of whole hours comes from the sums, which outlive the ledger; of others from the ledger', async () => {
    await use({}, { occurredAt: TENTH + 1 });
    await plane.sql('TRUNCATE usage_records');

    expect(await requests('')).toBe(2);
    const odd = await plane.owner.call<Report>('GET', '/admin/usage?from=2026-10-10T11:59:59Z');
    expect(odd.body.usage).toMatchObject([{ requests: 0, cost_nano_usd: '0' }]);
  });

  it('200 is the same from both', async () => {
    await use(
      ...Array.from({ length: 50 }, (_, index) => ({
        ...{ occurredAt: TENTH + index * 777_777, modelId: `m-${index % 3}`, estimated: index % 2 === 0 },
        tokens: {
          input: index,
          cacheRead: 1,
          cacheWrite: 2,
          cacheWrite1h: 3,
          inputAudio: 4,
          output: 5,
          reasoning: 1,
          outputAudio: 6,
        },
      })),
    );
    const report = (from: string) =>
      plane.owner.call<Report>('GET', `/admin/usage?from=${from}&to=2026-10-12&group_by=model,hour,branch`);
    const [summed, single] = [await report('2026-10-10T12:00:00Z'), await report('2026-10-10T11:59:59Z')];

    expect(summed.body.usage.length).toBeGreaterThan(20);
    expect(single.body.usage).toEqual(summed.body.usage);
  });

  it('200 as JSON page by page, each group once and in order, by the cursor', async () => {
    await use(
      ...Array.from({ length: 20_001 }, (_, index) => ({ branchId: `br-${index}`, credentialId: `c-${index % 7}` })),
    );
    const groups: string[] = [];
    let cursor = '';
    const pages: number[] = [];
    do {
      const { body } = await plane.owner.call<Report & { truncated: boolean; pagination?: { cursor: string } }>(
        'GET',
        `/admin/usage?${OCTOBER}&group_by=credential,branch${cursor === '' ? '' : `&cursor=${cursor}`}`,
      );
      pages.push(body.usage.length);
      groups.push(...body.usage.map(row => String(row['branch'])));
      expect(body.truncated).toBe(body.pagination !== undefined);
      cursor = body.pagination?.cursor ?? '';
    } while (cursor !== '');

    expect(pages).toEqual([10_000, 10_000, 1]);
    expect(new Set(groups).size).toBe(20_001);
  });

  it.each([
    'x',
    '',
    Buffer.from('["usage"]').toString('base64url'),
    Buffer.from('["usage",["day","a"]]').toString('base64url'),
  ])('400 for what is no cursor of this report: %s', async cursor => {
    const answer = await plane.owner.call('GET', `/admin/usage?${OCTOBER}&group_by=branch&cursor=${cursor}`);
    expect(answer.status).toBe(400);
  });

  describe('as CSV', () => {
    const HEAD =
      'requests,estimated_requests,input_tokens,cache_read_tokens,cache_read_audio_tokens,cache_write_tokens,cache_write_1h_tokens,' +
      'input_audio_tokens,output_tokens,reasoning_tokens,output_audio_tokens,output_image_tokens,cost_nano_usd,cost_usd,adjustments_nano_usd,' +
      'web_searches,file_searches,code_containers,image_text_tokens,image_input_tokens,image_output_tokens,unpriced_requests';

    it.each([
      ['format=csv', {}],
      ['', { accept: 'text/csv' }],
      ['', { accept: 'application/json;q=0.5, text/csv' }],
    ])('200 has the columns of the report: %s %j', async (format, headers: Record<string, string>) => {
      await use({ modelId: 'odd, "model"' }, { occurredAt: TENTH + 86_400_000 });
      const response = await download(`${OCTOBER}&group_by=day,model&${format}`, headers);

      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present');
      expect(response.headers.get('content-disposition')).toBe('attachment; filename="usage.csv"');
      expect(await response.text()).toBe(
        [
          `day,model,${HEAD}`,
          '2026-10-10,"odd, ""model""",1,0,10,3,0,0,0,0,5,2,0,0,1500000,0.0015,0,0,0,0,0,0,0,0',
          '2026-10-11,gpt-5,1,0,10,3,0,0,0,0,5,2,0,0,1500000,0.0015,0,0,0,0,0,0,0,0',
          '',
        ].join('\r\n'),
      );
    });

    it('200 is JSON where that is asked for, whatever is accepted', async () => {
      expect((await download('format=json', { accept: 'text/csv' })).headers.get('content-type')).toContain('json');
    });

    it('200 is one line without groups, and none but the head where there is no group', async () => {
      expect(await (await download(`${OCTOBER}&format=csv`)).text()).toBe(`${HEAD}\r\n${Array(22).fill(0).join()}\r\n`);
      expect(await (await download(`${OCTOBER}&format=csv&group_by=day`)).text()).toBe(`day,${HEAD}\r\n`);
    });

    it('200 is whole: each group once and in order, however many there are', async () => {
      await use(
        ...Array.from({ length: 12_001 }, (_, index) => ({ branchId: `br-${index}`, credentialId: `c-${index % 7}` })),
      );
      const text = await (await download(`${OCTOBER}&format=csv&group_by=credential,branch`)).text();

      const lines = text.trimEnd().split('\r\n').slice(1);
      expect(lines).toHaveLength(12_001);
      expect(new Set(lines.map(line => line.split(',')[0])).size).toBe(12_001);
    });

    it('adds up once, however many pages there are, and gives its connection back', async () => {
      await use(...Array.from({ length: 12_001 }, (_, index) => ({ branchId: `br-${index}` })));
      const statements = new Statements();
      const text = await (await download(`${OCTOBER}&format=csv&group_by=branch,model,hour`)).text();
      const seen = statements.seen().map(statement => statement.text.trim());
      statements.stop();

      expect(text.split('\r\n')).toHaveLength(12_003);
      expect(seen.filter(statement => statement.includes('FROM usage_hourly'))).toHaveLength(1);
      expect(seen.filter(statement => statement.startsWith('FETCH'))).toHaveLength(3);
      expect(seen.filter(statement => /^(COMMIT|ROLLBACK)/i.test(statement)).length).toBeGreaterThanOrEqual(1);
    });

    it('refuses a third that is read at the same time, and takes it when another is over', async () => {
      await use(...Array.from({ length: 12_001 }, (_, index) => ({ branchId: `br-${index}` })));
      const repository = plane.app.get(UsageReportRepository, { strict: false });
      const held: PassThrough[] = [];
      const holding = jest.spyOn(repository, 'sumAll').mockImplementation(() => {
        const pages = new PassThrough({ objectMode: true });
        pages.write([{ branch: 'br-0', cost_nano_usd: '0' }]);
        held.push(pages);
        return pages;
      });
      const one = await download(`${OCTOBER}&format=csv&group_by=branch`);
      const other = await download(`${OCTOBER}&format=csv&group_by=branch`);
      expect((await download(`${OCTOBER}&format=csv&group_by=branch`)).status).toBe(503);
      for (const pages of held) pages.end();
      await Promise.all([one.text(), other.text()]);
      holding.mockRestore();

      const third = await eventually(async () => {
        const response = await download(`${OCTOBER}&format=csv&group_by=branch`);
        return response.status === 200 && response;
      }, 'an export again');
      expect((await third.text()).split('\r\n')).toHaveLength(12_003);
    });

    it('breaks off, rather than ending well, when the database goes midway', async () => {
      await use(...Array.from({ length: 5_001 }, (_, index) => ({ branchId: `br-${index}` })));
      const repository = plane.app.get(UsageReportRepository, { strict: false });
      const sumAll = repository.sumAll.bind(repository);
      const failing = jest.spyOn(repository, 'sumAll').mockImplementation((selection, size) =>
        Readable.from(
          (async function* () {
            for await (const page of sumAll(selection, size)) {
              yield page as unknown;
              throw new Error('gone');
            }
          })(),
        ),
      );
      const response = await download(`${OCTOBER}&format=csv&group_by=branch`);

      await expect(response.text()).rejects.toThrow();
      failing.mockRestore();
    });

    it('400 is JSON all the same', async () => {
      const response = await download('format=csv&group_by=colour');
      expect([response.status, response.headers.get('content-type')]).toEqual([400, expect.stringContaining('json')]);
    });
  });
});
