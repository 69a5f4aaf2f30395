import { FakeClock } from '../../test/support/fake-clock.js';
import type { AppConfig } from '../config/app-config.js';
import { GatewayError } from '../errors/gateway-error.js';
import { MinuteWindowStorage } from '../platform/throttling/minute-window.storage.js';
import { FailedAuthentications } from './failed-authentications.js';

const TWENTY_PAST = Date.UTC(2026, 9, 10, 12, 0, 20);

function start(failedAuthenticationsPerMinute: number) {
  const clock = new FakeClock(TWENTY_PAST);
  const config = { failedAuthenticationsPerMinute } as AppConfig;
  return { clock, failures: new FailedAuthentications(config, new MinuteWindowStorage(clock)) };
}

describe('failed authentications', () => {
  it('slow down the address that makes them, and no other', () => {
    const { clock, failures } = start(3);
    for (let index = 0; index < 3; index += 1) failures.count('192.0.2.1');

    expect(() => failures.count('192.0.2.1')).toThrow(
      expect.objectContaining({ code: 'too_many_failed_authentications', status: 429, retryAfterSeconds: 40 }),
    );
    failures.count('192.0.2.2');

    clock.time += 60_000;
    failures.count('192.0.2.1');
  });

  it('count an IPv6 network of 64 bits as one address', () => {
    const { failures } = start(1);
    failures.count('2001:db8::1');

    expect(() => failures.count('2001:db8::ffff:2')).toThrow(GatewayError);
    failures.count('2001:db8:0:1::1');
  });
});
