import { GatewayError } from '../errors/gateway-error.js';
import type { RequestDetail } from '../metering/request-detail.js';
import type { Target } from '../routing/target.types.js';
import { Attempt } from './attempt.js';
import { type DescribedRequest, detailOf } from './request-detail.js';

const target = (name: string) => ({ upstream: { name }, model: `${name}-model` }) as Target;

function attempt(name: string, fields: Partial<Attempt> = {}): Attempt {
  return Object.assign(new Attempt(target(name), 1_001.23), { endedAt: 1_040, ...fields });
}

const FAILED = {
  outcome: { kind: 'failure', reach: 'refused', error: new GatewayError('upstream_overloaded') },
  status: 503,
} as const;
const ANSWERED = { outcome: { kind: 'answer', reach: 'taken', error: null }, status: 200 } as const;

function detail(fields: Partial<DescribedRequest>, attempts: readonly Attempt[] = [], message: string | null = null) {
  const work = { reservation: null, limitHeaders: [], admittedAt: 1_000.9, attempts, recorded: false };
  const request = { arrivedAt: 1_000, work, ...fields } as unknown as DescribedRequest;
  return JSON.parse(detailOf(request, message)) as RequestDetail;
}

describe('what became of a request', () => {
  it('is nothing where nothing is known', () => {
    expect(detail({ work: undefined } as never)).toEqual({});
  });

  it('has every attempt, with what followed', () => {
    expect(detail({}, [attempt('a', FAILED), attempt('b', ANSWERED)]).attempts).toEqual([
      {
        ...{ upstream: 'a', model: 'a-model', verdict: 'next_target', status: 503, code: 'upstream_overloaded' },
        ...{ started_ms: 1.2, ended_ms: 40 },
      },
      { upstream: 'b', model: 'b-model', verdict: 'answered', status: 200, started_ms: 1.2, ended_ms: 40 },
    ]);
  });

  it.each([
    ['gave_up', FAILED],
    ['answered', ANSWERED],
    ['caller_left', { outcome: { kind: 'aborted', reach: 'taken', error: null } as const }],
    ['caller_left', { outcome: null }],
  ])('says %s of the last one', (verdict, fields) => {
    expect(detail({}, [attempt('a', fields)]).attempts).toMatchObject([{ verdict }]);
  });

  it('has the model as it was asked for where that is another', () => {
    const asked = (model: string) => detail({ wire: { model } as never, model: { id: 'gpt-5' } as never }).asked_model;
    expect([asked('gpt-5'), asked('gpt-5-latest'), asked('a\0b'), asked('x'.repeat(300))?.length]).toEqual([
      ...[undefined, 'gpt-5-latest', 'a\ufffdb', 200],
    ]);
  });

  it('has what upstreams could not be told: of the request, and of the one that was asked last', () => {
    const losses = (field: string) => [{ field, reason: 'why' }];
    const lost = (name: string) => attempt(name, { prepared: { call: null as never, losses: losses(name) } });
    const request = { adapted: losses('adapted'), wire: { model: null, losses: losses('own') } as never };
    expect(detail(request, [lost('a'), lost('b')]).losses?.map(({ field }) => field)).toEqual(['adapted', 'own', 'b']);
  });

  it('has when it was let in, and how the limits stood', () => {
    const reservation = { headers: () => [['X-Ratelimit-Limit-Requests', '60']] };
    const work = { reservation, limitHeaders: [], admittedAt: 1_000.9, attempts: [], recorded: false };
    expect(detail({ work } as never)).toEqual({ admitted_ms: 0.9, limits: [['X-Ratelimit-Limit-Requests', '60']] });
  });

  it('has the sentence of the error, without a token of ours', () => {
    expect(detail({}, [], 'no model napi_0123456789').message).toBe('no model napi_[redacted]');
  });

  it('is bounded, whatever a caller says', () => {
    const losses = Array.from({ length: 1_000 }, (_, at) => ({
      field: `${at}`.repeat(500),
      reason: 'r'.repeat(5_000),
    }));
    const attempts = Array.from({ length: 100 }, () => attempt('a', FAILED));
    const written = JSON.stringify(detail({ adapted: losses }, attempts, 'm'.repeat(100_000)));
    expect(written.length).toBeLessThan(32_000);
  });
});
