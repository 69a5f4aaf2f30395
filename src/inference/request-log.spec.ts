import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Log } from '../platform/logging.js';
import type { Metrics } from '../platform/metrics.js';
import { usageRecord } from '../../test/support/usage.js';
import { GatewayError } from '../errors/gateway-error.js';
import { Attempt } from './attempt.js';
import type { RefusalLog } from './refusal-log.service.js';
import type { DescribedRequest } from './request-detail.js';
import { requestLog } from './request-log.js';

/** What is noted of a request when its answer is over: the line, and whether it was noted as refused. */
function noted(fields: object): { readonly line: Record<string, unknown>; readonly refused: unknown[] } {
  const [lines, refused] = [[] as Record<string, unknown>[], [] as unknown[]];
  const log = { isEnabled: () => true, info: (_: string, line: Record<string, unknown>) => void lines.push(line) };
  const metrics = { requests: { add: () => undefined }, duration: { observe: () => undefined } };
  const refusals = { note: (...told: unknown[]) => void refused.push(told.slice(1)) };
  const response = Object.assign(new EventEmitter(), { headersSent: true, statusCode: 200 });
  const request = { requestId: 'req_1', arrivedAt: 0, originalUrl: '/v1/chat/completions', ...fields };
  const step = requestLog(log as unknown as Log, metrics as unknown as Metrics, refusals as unknown as RefusalLog);
  step(request as unknown as DescribedRequest, response as unknown as ServerResponse, () => undefined);
  response.emit('close');
  return {
    line: Object.fromEntries(Object.entries(lines[0] ?? {}).filter(([, value]) => value !== undefined)),
    refused,
  };
}

function attempt(name: string, status: number | null, error: GatewayError | null = null): Attempt {
  const made = new Attempt({ upstream: { name }, model: 'm' } as never, 1);
  made.prepared = { call: null as never, losses: [] };
  made.end({ kind: error === null ? 'answer' : 'failure', reach: 'taken', error }, status);
  return made;
}

describe('the line of a request', () => {
  it('says what was done for it, and what it cost', () => {
    const attempts = [attempt('a', 503, new GatewayError('upstream_overloaded')), attempt('b', 200)];
    const work = { attempts, record: usageRecord('req_1', { firstTokenMs: 7 }) };
    expect(noted({ work }).line).toMatchObject({
      ...{ upstream: 'b', attempts: 2, upstreamStatus: 200, firstTokenMs: 7, tokens: 18, costUsd: '0.0015' },
    });
  });

  it('says nothing of it where nothing was done', () => {
    const { line } = noted({ work: { attempts: [] }, errorCode: 'quota_exceeded' });
    expect(line).toMatchObject({ requestId: 'req_1', status: 200, code: 'quota_exceeded' });
    expect(Object.keys(line)).not.toEqual(expect.arrayContaining(['attempts']));
  });

  it('holds no token that stands in the path', () => {
    expect(noted({ originalUrl: '/v1/nt_ai_0123456789/x' }).line['path']).toBe('/v1/nt_[redacted]/x');
  });

  it.each([
    ['is told to who keeps them where it ended in an error', { address: {}, errorCode: 'quota_exceeded' }, 1],
    ['is not where it did not', { address: {} }, 0],
    ['is not where it is none of inference', { errorCode: 'not_found' }, 0],
  ])('%s', (_, fields, count) => expect(noted(fields).refused).toHaveLength(count));
});
