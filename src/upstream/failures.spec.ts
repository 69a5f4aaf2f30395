import { KnownSecrets } from '../platform/known-secrets.js';
import { readAnswerHeaders } from './answer-headers.js';
import { answerFailure, bodyFailure, connectionFailure, isBrokenConnection, reportedFailure } from './failures.js';
import { readProviderFields } from './provider-error.js';

const ORIGIN = 'https://bedrock-runtime.us-east-1.amazonaws.com';

const failureOf = (status: number, body: unknown, headers: readonly string[] = []) =>
  answerFailure(status, readAnswerHeaders(headers), Buffer.from(JSON.stringify(body)), {
    origin: ORIGIN,
    secrets: [],
  });
const codeOf = (...failure: Parameters<typeof failureOf>) => failureOf(...failure).code;
const awsType = (name: string) => ['x-amzn-ErrorType', `${name}:http://internal.amazon.com/coral/${name}`];

const ANTHROPIC = (type: string, message: string) => ({
  type: 'error',
  error: { type, message },
  request_id: 'req_test',
});
const GOOGLE = (code: number, status: string, message: string, details: object[] = []) => ({
  error: { code, message, status, details },
});
const AZURE_FILTER = {
  error: {
    message: 'The response was filtered because the prompt triggered the content management policy.',
    type: null,
    param: 'prompt',
    code: 'content_filter',
    status: 400,
    innererror: { code: 'ResponsibleAIPolicyViolation', content_filter_result: { hate: { filtered: true } } },
  },
};

describe('a request that a provider refuses', () => {
  it.each<[string, unknown, string]>([
    [
      'Anthropic',
      ANTHROPIC('invalid_request_error', 'max_tokens: must be at least 1'),
      'max_tokens: must be at least 1',
    ],
    ['Google', GOOGLE(400, 'INVALID_ARGUMENT', 'Unknown name "foo"'), 'Unknown name "foo"'],
    ['Google, in a list', [GOOGLE(400, 'INVALID_ARGUMENT', 'Unknown name "foo"')], 'Unknown name "foo"'],
    ['AWS', { message: 'Malformed input request' }, 'Malformed input request'],
    ['AWS, in its older form', { Message: 'Malformed input request' }, 'Malformed input request'],
    ['Azure’s content filter', AZURE_FILTER, AZURE_FILTER.error.message],
    ['FastAPI', { detail: [{ loc: ['body', 'n'] }] }, '[{"loc":["body","n"]}]'],
  ])('keeps its words: %s', (_, body, words) => {
    const failure = failureOf(400, body, awsType('ValidationException'));
    expect([failure.code, failure.status]).toEqual(['upstream_rejected', 400]);
    expect(failure.publicMessage).toBe(`ai gateway upstream model rejected the request: ${words}`);
    expect(failureOf(422, body).publicMessage).toBe(failure.publicMessage);
  });

  it.each([
    ['an access key id', 'key AKIATESTTESTTESTTEST is', 'key [redacted] is'],
    ['an ARN', 'for (arn:aws:iam::123456789012:user/name)', 'for ([redacted])'],
    ['a project', 'Model projects/my-project-1/locations/eu/x', 'Model [redacted]/locations/eu/x'],
    ['an access token', 'token ya29.a0test-token_x was', 'token [redacted] was'],
    ['our address', `asked ${ORIGIN}/model`, 'asked [redacted]/model'],
  ])('loses of them what is ours: %s', (_, message, words) => {
    expect(failureOf(400, { message }).publicMessage).toMatch(new RegExp(`: ${words.replaceAll(/[[\]()]/g, '\\$&')}$`));
  });

  it.each<[string, unknown]>([
    ['no words', {}],
    ['no JSON that is an object', 'text'],
    ['null', null],
    ['an empty list', []],
    ['a list of nothing', [null]],
    ['a page', { error: '<html>' }],
  ])('is told in ours where it has %s', (_, body) => {
    expect(failureOf(400, body).publicMessage).toBe('ai gateway upstream model rejected the request as invalid');
  });
});

describe('a 400 that is not about the request', () => {
  it('is a key of ours that Google does not know', () => {
    const reason = { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'API_KEY_INVALID' };
    const body = GOOGLE(400, 'INVALID_ARGUMENT', 'API key not valid: AIzaTestTestTest', [reason]);
    for (const answer of [body, [body]]) {
      const failure = failureOf(400, answer);
      expect([failure.code, failure.publicMessage]).toEqual([
        'upstream_auth_error',
        'ai gateway upstream denied the request. Contact Neon support',
      ]);
    }
  });

  it.each<[string, unknown]>([
    ['a code', { error: { message: 'Denied.', type: 'invalid_request_error', code: 'invalid_api_key' } }],
    ['words alone', { code: 'invalid-argument', error: 'Incorrect API key provided. See the console.' }],
    [
      'an account without credit',
      ANTHROPIC('invalid_request_error', 'Your credit balance is too low to access the API. Go to Plans.'),
    ],
  ])('is our own account by %s: another target is asked, and its words are not the caller’s', (_, body) => {
    const failure = failureOf(400, body);
    expect([failure.code, failure.publicMessage]).toEqual([
      'upstream_auth_error',
      'ai gateway upstream denied the request. Contact Neon support',
    ]);
  });

  it('is the request where it only repeats such words', () => {
    const message = 'messages[0].content: "Incorrect API key provided" is too long';
    expect(codeOf(400, { error: { message } })).toBe('upstream_rejected');
  });

  it.each([
    ['ThrottlingException', 'upstream_rate_limited'],
    ['ServiceQuotaExceededException', 'upstream_rate_limited'],
    ['ExpiredTokenException', 'upstream_auth_error'],
    ['UnrecognizedClientException', 'upstream_auth_error'],
    ['IncompleteSignatureException', 'upstream_auth_error'],
    ['ModelTimeoutException', 'upstream_timeout'],
    ['ValidationException', 'upstream_rejected'],
    ['NeverHeardOfException', 'upstream_rejected'],
    ['toString', 'upstream_rejected'],
  ])('is what AWS calls it: %s is %s', (name, code) => {
    expect(codeOf(400, { message: 'words' }, awsType(name))).toBe(code);
    expect(codeOf(400, { __type: `com.amazon.coral.service#${name}`, message: 'words' })).toBe(code);
  });

  it('is not what the caller’s own words are called', () => {
    const message = '{"__type":"ThrottlingException","reason":"API_KEY_INVALID"}';
    expect(codeOf(400, { error: { message, details: 'API_KEY_INVALID' } })).toBe('upstream_rejected');
  });
});

describe('a provider’s status', () => {
  it.each<[number, unknown, string]>([
    [401, ANTHROPIC('authentication_error', 'invalid x-api-key'), 'upstream_auth_error'],
    [402, ANTHROPIC('billing_error', 'no credit is left'), 'upstream_auth_error'],
    [403, { message: 'You don’t have access to the model' }, 'upstream_auth_error'],
    [404, { error: { code: 'DeploymentNotFound', message: 'no such deployment' } }, 'upstream_model_unavailable'],
    [404, GOOGLE(404, 'NOT_FOUND', 'Publisher Model was not found'), 'upstream_model_unavailable'],
    [408, { message: 'Model processing timed out' }, 'upstream_timeout'],
    [413, ANTHROPIC('request_too_large', 'too large'), 'upstream_too_large'],
    [424, { message: 'The model returned an error', originalStatusCode: 500 }, 'upstream_error'],
    [429, { message: 'Too many tokens, please wait' }, 'upstream_rate_limited'],
    [429, ANTHROPIC('rate_limit_error', 'slow down'), 'upstream_rate_limited'],
    [500, ANTHROPIC('api_error', 'Internal server error'), 'upstream_error'],
    [503, GOOGLE(503, 'UNAVAILABLE', 'The model is overloaded'), 'upstream_overloaded'],
    [504, GOOGLE(504, 'DEADLINE_EXCEEDED', 'too slow'), 'upstream_timeout'],
    [529, ANTHROPIC('overloaded_error', 'Overloaded'), 'upstream_overloaded'],
    [302, {}, 'upstream_invalid_response'],
    [399, {}, 'upstream_invalid_response'],
    [400, {}, 'upstream_rejected'],
    [405, {}, 'upstream_error'],
    [406, {}, 'upstream_rejected'],
    [415, {}, 'upstream_rejected'],
    [502, {}, 'upstream_error'],
  ])('%i %j is %s, in our words', (status, body, code) => {
    const failure = failureOf(status, body);
    expect(failure.code).toBe(code);
    expect(failure.publicMessage).not.toMatch(/credit|access to|no such|Publisher|originalStatus|slow|Overloaded$/);
  });

  it('429 of Google says in a header when to come again, as its body does', () => {
    const retry = { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '34.4s' };
    const body = [GOOGLE(429, 'RESOURCE_EXHAUSTED', 'quota', [retry])];
    expect(failureOf(429, body).headers).toEqual([['Retry-After', '35']]);
    expect(failureOf(429, body, ['retry-after', '7']).headers).toEqual([['retry-after', '7']]);
    const limit = ['x-ratelimit-limit-tokens', '9'];
    expect(failureOf(429, body, limit).headers).toEqual([limit, ['Retry-After', '35']]);
    expect(failureOf(429, {}, limit).headers).toEqual([limit]);
  });

  it('of another kind says nothing of when to come again but what its head does', () => {
    const body = { error: { message: '"retryDelay": "34.4s"' } };
    expect(failureOf(503, body).headers).toEqual([]);
    expect(failureOf(400, body, ['retry-after', '7']).headers).toEqual([['retry-after', '7']]);
  });

  it('is what operators read', () => {
    expect(failureOf(500, {}).message).toContain('the upstream answered 500');
    expect(failureOf(400, {}).message).toContain('the upstream answered 400');
  });

  it('of Anthropic brings its limits along', () => {
    const headers = ['anthropic-ratelimit-tokens-remaining', '0', 'retry-after', '12', 'x-internal', 'canary'];
    expect(failureOf(429, ANTHROPIC('rate_limit_error', 'x'), headers).headers).toEqual([
      ['anthropic-ratelimit-tokens-remaining', '0'],
      ['retry-after', '12'],
    ]);
  });
});

describe('a provider’s own id of a request', () => {
  it.each(['x-request-id', 'request-id', 'x-amzn-RequestId', 'apim-request-id'])('is read from %s', name => {
    expect(readAnswerHeaders([name, 'id-1']).requestId).toBe('id-1');
  });
});

describe('a failure without an answer', () => {
  const error = (code: unknown, message = 'x') => Object.assign(new Error(message), { code });
  const within = (cause: unknown, times: number): unknown =>
    times === 0 ? cause : new Error('x', { cause: within(cause, times - 1) });
  // What it is before an answer, whether the connection broke so that all may be sent again, and what it is within a body.
  type Row = [string, unknown, string, boolean, string];
  const broken = (code: string): Row => [code, error(code), 'upstream_unreachable', true, 'upstream_invalid_response'];
  const same = (name: string, cause: unknown, code: string): Row => [name, cause, code, false, code];

  it.each<Row>([
    ...['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'UND_ERR_CLOSED', 'UND_ERR_DESTROYED'].map(broken),
    ...[
      ...['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ENOTFOUND', 'EAI_AGAIN'],
      ...['UND_ERR_CONNECT_TIMEOUT', 'EADDRNOTAVAIL', 'BOUGH_FORBIDDEN_ADDRESS'],
    ].map(code => same(code, error(code), 'upstream_unreachable')),
    ...['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'ETIMEDOUT'].map(code =>
      same(code, error(code), 'upstream_timeout'),
    ),
    ...[
      ...['CERT_HAS_EXPIRED', 'ERR_TLS_CERT_ALTNAME_INVALID', 'ERR_SSL_WRONG_VERSION_NUMBER', 'EPROTO'],
      ...['DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
    ].map(code => same(code, error(code), 'upstream_tls_error')),
    same('a code that only ends like one of TLS', error('X_EPROTO'), 'upstream_invalid_response'),
    same('bytes that are no HTTP', error('HPE_INVALID_CONSTANT'), 'upstream_invalid_response'),
    same('an upgrade that nobody asked for', error('UND_ERR_SOCKET', 'bad upgrade'), 'upstream_invalid_response'),
    same('a 100 that nobody asked for', error('UND_ERR_SOCKET', 'bad response'), 'upstream_invalid_response'),
    [
      'such words of another',
      error('ECONNRESET', 'bad response'),
      'upstream_unreachable',
      true,
      'upstream_invalid_response',
    ],
    [
      'words behind others',
      error('UND_ERR_SOCKET', 'a bad response'),
      'upstream_unreachable',
      true,
      'upstream_invalid_response',
    ],
    same('what is no error', { code: 'UND_ERR_HEADERS_TIMEOUT' }, 'upstream_timeout'),
    same('a text', 'ECONNRESET', 'upstream_invalid_response'),
    same('nothing', undefined, 'upstream_invalid_response'),
    same('null', null, 'upstream_invalid_response'),
    same('a code that is a number', error(7), 'upstream_invalid_response'),
    same('a cause', within(error('ETIMEDOUT'), 1), 'upstream_timeout'),
    same('the last cause that is looked at', within(error('ETIMEDOUT'), 4), 'upstream_timeout'),
    same('one behind it', within(error('ETIMEDOUT'), 5), 'upstream_invalid_response'),
    same('the first of two', Object.assign(error('ETIMEDOUT'), { cause: error('EPIPE') }), 'upstream_timeout'),
  ])('%s: %p is %s, broken %p, within a body %s', (_, cause, code, breaks, withinBody) => {
    expect([connectionFailure(cause).code, isBrokenConnection(cause), bodyFailure(cause).code]).toEqual([
      code,
      breaks,
      withinBody,
    ]);
  });

  it('says to operators what it was', () => {
    const cause = error('ECONNREFUSED');
    expect(connectionFailure(cause)).toMatchObject({ message: expect.stringContaining('ECONNREFUSED'), cause });
    const reset = error('ECONNRESET');
    expect(bodyFailure(reset)).toMatchObject({ message: expect.stringContaining('broke off'), cause: reset });
  });
});

describe('the code and the field that a provider names', () => {
  const KEY = 'sk-planted-0123456789abcdef';
  const hidden = { origin: ORIGIN, secrets: [new KnownSecrets([KEY, 'plainsecret9876'])] };
  const told = (code: unknown, param: unknown) => {
    const body = { error: { message: 'No.', type: 'invalid_request_error', code, param } };
    const beside = answerFailure(400, readAnswerHeaders([]), Buffer.from(JSON.stringify(body)), hidden);
    const within = reportedFailure(readProviderFields(body), hidden);
    return [beside, within].map(error => [error.providerCode, error.param]);
  };

  it.each([
    ['context_length_exceeded', 'messages[2].content', 'context_length_exceeded', 'messages[2].content'],
    [null, null, undefined, undefined],
    [400, 'input', undefined, 'input'],
    ['two words', { not: 'a word' }, undefined, undefined],
    [KEY, KEY, undefined, undefined],
    ['x.plainsecret9876', 'sk-another-key-0123', undefined, undefined],
    ['ya29.abcdefghijklm', `at.plainsecret9876`, undefined, undefined],
  ])('%j and %j are shown as %j and %j, beside a status and within a 200', (code, param, shownCode, shownParam) => {
    for (const shown of told(code, param)) expect(shown).toEqual([shownCode, shownParam]);
  });
});
