import { FakeClock } from '../../test/support/fake-clock.js';
import type { MeteringService } from '../metering/metering.service.js';
import type { UsageRecord } from '../metering/usage-record.js';
import { SharedTimer } from '../platform/shared-timers.js';
import { RefusalLog } from './refusal-log.service.js';
import type { DescribedRequest } from './request-detail.js';

interface Kept extends Pick<UsageRecord, 'requestId'> {
  readonly repeats: number;
  readonly organization: string;
}

describe('the record of refusals', () => {
  let written: UsageRecord[];
  let refusals: RefusalLog;
  const metering = { saturated: false, record: (record: UsageRecord) => Promise.resolve(void written.push(record)) };

  beforeEach(() => {
    jest.useFakeTimers();
    SharedTimer.forgetAll();
    written = [];
    metering.saturated = false;
    refusals = new RefusalLog(metering as unknown as MeteringService, new FakeClock(0));
  });
  afterEach(() => jest.useRealTimers());

  const request = (requestId: string, credential: string | null, fields: Partial<DescribedRequest> = {}) =>
    ({
      ...{ requestId, arrivedAt: 0, errorCode: 'quota_exceeded', errorMessage: 'no' },
      ...(credential !== null && {
        caller: { organizationId: `org-${credential}`, projectId: 'p', credentialId: credential },
        branch: { id: 'br' },
      }),
      ...fields,
    }) as DescribedRequest;
  const note = (...requests: DescribedRequest[]) => requests.forEach(each => refusals.note(each, 429, 3.4));
  const kept = (): Kept[] =>
    written.map(({ requestId, repeats = 0, organizationId }) => ({ requestId, repeats, organization: organizationId }));

  it('has the first one at once, with what is known of it', () => {
    note(request('req_1', 'a'));
    expect(written).toEqual([
      expect.objectContaining({
        ...{ requestId: 'req_1', organizationId: 'org-a', projectId: 'p', branchId: 'br', credentialId: 'a' },
        ...{ modelId: '', upstream: '', status: 'refused', httpStatus: 429, code: 'quota_exceeded', durationMs: 3 },
        ...{ costNanoUsd: 0n, detail: '{"message":"no"}' },
      }),
    ]);
  });

  it('has those like it in the same second as one', () => {
    note(...['req_1', 'req_2', 'req_3', 'req_4'].map(id => request(id, 'a')));
    jest.advanceTimersByTime(1_000);
    note(request('req_5', 'a'));
    expect(written.map(({ detail }) => detail)).toEqual(Array.from({ length: 3 }, () => '{"message":"no"}'));
    expect(kept()).toEqual([
      { requestId: 'req_1', repeats: 0, organization: 'org-a' },
      { requestId: 'req_4', repeats: 2, organization: 'org-a' },
      { requestId: 'req_5', repeats: 0, organization: 'org-a' },
    ]);
  });

  it.each([
    ['credential', request('req_2', 'b')],
    ['branch', request('req_2', 'a', { branch: { id: 'br-2' } as never })],
    ['code', request('req_2', 'a', { errorCode: 'invalid_json' })],
    ['credential at all', request('req_2', null)],
  ])('tells those of another %s apart', (_, other) => {
    note(request('req_1', 'a'), other);
    jest.advanceTimersByTime(1_000);
    expect(kept().map(({ requestId }) => requestId)).toEqual(['req_1', 'req_2']);
  });

  it('counts every one of a flood of many kinds in few records, and gives none to the wrong one', () => {
    for (let at = 0; at < 10_000; at += 1) note(request(`req_${at}`, `c${at}`));
    jest.advanceTimersByTime(1_000);
    expect(written.reduce((sum, { repeats = 0 }) => sum + 1 + repeats, 0)).toBe(10_000);
    expect(written).toHaveLength(52);
    expect(kept().at(-1)).toEqual({ requestId: 'req_9999', repeats: 9_948, organization: '' });
  });

  it('has nothing of a request that has its record, and nothing while no more can be kept', () => {
    note(request('req_1', 'a', { work: { recorded: true } as never }));
    metering.saturated = true;
    note(request('req_2', 'a'));
    jest.advanceTimersByTime(1_000);
    expect(written).toEqual([]);
  });

  it('keeps what waits when the process stops', () => {
    note(request('req_1', 'a'), request('req_2', 'a'));
    refusals.onModuleDestroy();
    jest.advanceTimersByTime(2_000);
    expect(kept().map(({ requestId }) => requestId)).toEqual(['req_1', 'req_2']);
  });
});
