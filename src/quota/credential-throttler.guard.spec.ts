import type { ExecutionContext } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { FakeClock } from '../../test/support/fake-clock.js';
import { AppConfig } from '../config/app-config.js';
import { Clock } from '../platform/clock.js';
import { ChangeFeed } from '../platform/change-feed.js';
import { IdSource } from '../platform/id-source.js';
import { Log } from '../platform/logging.js';
import { Metrics } from '../platform/metrics.js';
import { PrismaService } from '../platform/prisma/prisma.service.js';
import { CredentialThrottlerGuard, type ThrottledRequest } from './credential-throttler.guard.js';
import { MinuteWindowStorage } from '../platform/throttling/minute-window.storage.js';
import { QuotaModule } from './quota.module.js';
import { QuotaRepository } from './quota.repository.js';

const TWENTY_PAST = Date.UTC(2026, 9, 10, 12, 0, 20);

/** The module as it is wired, on a clock of the test's and without a database. */
async function start(settings: Partial<AppConfig> = {}) {
  const clock = new FakeClock(TWENTY_PAST);
  const config = { credentialRequestsPerMinute: 6_000, leaseTtlMs: 30_000, ...settings };
  const platform = {
    module: class Platform {},
    global: true,
    providers: [
      { provide: Clock, useValue: clock },
      MinuteWindowStorage,
      { provide: AppConfig, useValue: config },
      { provide: ChangeFeed, useValue: { on: () => undefined } },
      { provide: PrismaService, useValue: {} },
      { provide: Log, useValue: Log.create('silent') },
      Metrics,
      IdSource,
    ],
    exports: [Clock, MinuteWindowStorage, AppConfig, ChangeFeed, PrismaService, Log, Metrics, IdSource],
  };
  const empty = { listLimits: [], listBlocks: [], countCorrections: 0 };
  const module = await Test.createTestingModule({ imports: [platform, QuotaModule] })
    .overrideProvider(QuotaRepository)
    .useValue(Object.fromEntries(Object.entries(empty).map(([name, value]) => [name, () => Promise.resolve(value)])))
    .compile();
  await module.init();
  return { clock, guard: module.get(CredentialThrottlerGuard) };
}

function call(credentialId: string): { context: ExecutionContext; request: ThrottledRequest; headers: string[] } {
  const headers: string[] = [];
  const request = { caller: { credentialId } } as ThrottledRequest;
  const response = { header: (name: string) => headers.push(name), setHeader: (name: string) => headers.push(name) };
  const context = {
    getHandler: () => call,
    getClass: () => FakeClock,
    switchToHttp: () => ({ getRequest: () => request, getResponse: () => response }),
  } as unknown as ExecutionContext;
  return { context, request, headers };
}

describe('the guard', () => {
  it('lets a credential make its requests of a minute, and no more until the next', async () => {
    const { clock, guard } = await start({ credentialRequestsPerMinute: 2 });
    expect(await guard.canActivate(call('nak_live_a').context)).toBe(true);
    expect(await guard.canActivate(call('nak_live_a').context)).toBe(true);

    await expect(guard.canActivate(call('nak_live_a').context)).rejects.toMatchObject({
      code: 'quota_exceeded',
      status: 429,
      retryAfterSeconds: 40,
      publicMessage:
        'ai gateway request rate limit exceeded for this credential (2 requests per minute). Retry after the current minute resets',
    });
    expect(await guard.canActivate(call('nak_live_b').context)).toBe(true);

    clock.time = Date.UTC(2026, 9, 10, 12, 1);
    expect(await guard.canActivate(call('nak_live_a').context)).toBe(true);
  });

  it('leaves what remains on the request, and no header on the answer', async () => {
    const { guard } = await start({ credentialRequestsPerMinute: 3 });
    const { context, request, headers } = call('nak_live_a');

    await guard.canActivate(context);

    expect(request.throttle).toEqual({ limit: 3, remaining: 2, resetSeconds: 40 });
    expect(headers).toEqual([]);
  });

  it('is off with a limit of 0', async () => {
    const { guard } = await start({ credentialRequestsPerMinute: 0 });
    const { context, request } = call('nak_live_a');

    for (let index = 0; index < 50; index += 1) expect(await guard.canActivate(context)).toBe(true);
    expect(request.throttle).toBeUndefined();
  });
});
