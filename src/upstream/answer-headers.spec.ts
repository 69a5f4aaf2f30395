import { KnownSecrets } from '../platform/known-secrets.js';
import { readAnswerHeaders, withoutSecrets } from './answer-headers.js';

const NOTHING = {
  forwarded: [],
  rateLimited: false,
  contentType: '',
  contentEncoding: '',
  contentLength: null,
  requestId: null,
  errorType: '',
};
const ANTHROPIC = 'anthropic-ratelimit-requests-remaining';

describe('the headers of an answer', () => {
  it.each<[string, string[], object]>([
    ['nothing', [], {}],
    ['a name without a value', ['content-type'], {}],
    ['such a name behind others', ['content-length', '12', 'retry-after'], { contentLength: 12 }],
    ['a type without its parameters', ['Content-Type', ' Text/HTML ; charset=utf-8'], { contentType: 'text/html' }],
    ['an encoding', ['content-encoding', ' GZIP '], { contentEncoding: 'gzip' }],
    ['a length', ['Content-Length', '12'], { contentLength: 12 }],
    [
      'AWS’s name for an error',
      ['x-amzn-ErrorType', 'ThrottlingException:http://x'],
      { errorType: 'ThrottlingException:http://x' },
    ],
    ['the first id', ['x-request-id', 'one', 'request-id', 'two'], { requestId: 'one' }],
    ['no id with a space', ['x-request-id', 'o ne'], {}],
    ['an id of 128 letters', ['x-request-id', 'x'.repeat(128)], { requestId: 'x'.repeat(128) }],
    ['no id that is longer', ['x-request-id', 'x'.repeat(129)], {}],
    ['an id behind one that is none', ['x-request-id', '', 'request-id', 'two'], { requestId: 'two' }],
    ['when to come again, which is no limit', ['Retry-After', '7'], { forwarded: [['Retry-After', '7']] }],
    [
      'limits',
      ['X-RateLimit-Limit-Tokens', '9', 'retry-after', '7'],
      {
        forwarded: [
          ['X-RateLimit-Limit-Tokens', '9'],
          ['retry-after', '7'],
        ],
        rateLimited: true,
      },
    ],
    ['Anthropic’s limits', [ANTHROPIC, '0'], { forwarded: [[ANTHROPIC, '0']], rateLimited: true }],
    ['no limit that only ends like one', [`x-${ANTHROPIC}`, '0', 'x-ratelimit-limit-tokens-x', '0'], {}],
    ['nothing that cannot be sent on', ['retry-after', '7\u0000', ANTHROPIC, 'ä\u0100'], {}],
    ['what is beyond ASCII and can', ['retry-after', 'ä\t'], { forwarded: [['retry-after', 'ä\t']] }],
    ['no others', ['set-cookie', 'a=b', 'server', 'x', 'transfer-encoding', 'chunked'], {}],
  ])('hold %s: %j', (_, raw, read) => {
    const expected = { ...NOTHING, ...read };
    expect(readAnswerHeaders(raw)).toEqual(expected);
    expect(readAnswerHeaders(raw.map(text => Buffer.from(text, 'latin1')))).toEqual(expected);
  });
});

describe('what a provider says in its headers of what only we should know', () => {
  const secrets = new KnownSecrets(['test-secret-1', '12345678']);
  const headers = (requestId: string | null, ...values: string[]) => ({
    ...NOTHING,
    requestId,
    forwarded: values.map(value => ['retry-after', value] as const),
  });

  it.each([
    ['nothing', headers('id-12345'), headers('id-12345')],
    ['a count', headers(null, '7', '1234567'), headers(null, '7', '1234567')],
    ['a secret for an id', headers('test-secret-1', '7'), headers(null, '7')],
    ['a secret for a limit', headers('id-1', '7', 'test-secret-1'), headers('id-1', '7')],
    ['a secret as short as one may be', headers('id-1', '12345678'), headers('id-1')],
    ['both', headers('test-secret-1', 'x test-secret-1'), headers(null)],
  ])('is left out: %s', (_, told, left) => {
    const read = withoutSecrets(told, secrets);
    expect(read).toEqual(left);
    // Nothing is copied where there is nothing to hide.
    expect(read === told).toBe(JSON.stringify(told) === JSON.stringify(left));
  });
});
