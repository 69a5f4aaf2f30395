import { Writable } from 'node:stream';
import { pino } from 'pino';
import { KnownSecrets } from './known-secrets.js';
import { describeCause, Log } from './logging.js';

describe('the log', () => {
  it.each(['debug', 'info', 'warn', 'error'] as const)('tells no secret that it knows in a cause: %s', level => {
    let lines = '';
    const sink = new Writable({
      write(chunk: Buffer, _, done) {
        lines += chunk.toString();
        done();
      },
    });
    const log = new Log(pino({ level: 'debug' }, sink));
    const cause = describeCause(new Error('Unexpected token k in "key-of-an-upstream"'));
    log[level]('before', { cause });
    log.hide(new KnownSecrets(['key-of-an-upstream']));
    log[level]('behind', { cause, stack: `Error: key-of-an-upstream\n at x`, upstream: 'up' });

    const [before = '', behind = ''] = lines.split('\n');
    expect(before).toContain('key-of-an-upstream');
    expect(JSON.parse(behind)).toMatchObject({
      msg: 'behind',
      cause: 'Error: Unexpected token k in "[redacted]"',
      stack: 'Error: [redacted]\n at x',
      upstream: 'up',
    });
  });
});
