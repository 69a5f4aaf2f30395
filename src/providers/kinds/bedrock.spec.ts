import { createHash } from 'node:crypto';
import { expectedAuthorization, type ReceivedRequest } from '../../../test/support/aws-verification.js';
import { FakeClock } from '../../../test/support/fake-clock.js';
import { callOf, upstreamOf } from '../../../test/support/provider-calls.js';
import type { Upstream } from '../../routing/target.types.js';
import { BedrockProvider } from './bedrock.js';
import type { Outgoing, ProviderCall } from '../provider.js';

const BASE_URL = 'https://bedrock-runtime.us-west-2.amazonaws.com';
const MODEL = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
const NOW = Date.UTC(2026, 9, 9, 8, 7, 6);
const SECRET = 'test/secret+access0key';

const signedBy = (clientSecret: string): Pick<Upstream, 'authentication'> => {
  return { authentication: { type: 'client', clientId: 'AKIATEST', clientSecret } };
};
const prepare = async (call: ProviderCall, extra: Partial<Upstream> = {}) =>
  new BedrockProvider(upstreamOf('bedrock', BASE_URL, extra), new FakeClock(NOW)).prepare(call);
const bodyOf = ({ body }: Outgoing) => Buffer.concat([...body]);

/** As the server receives it. */
function received({ origin, path, headers, body }: Outgoing): ReceivedRequest {
  const named: Record<string, string> = Object.fromEntries(headers);
  return {
    method: 'POST',
    path,
    headers: { ...named, host: new URL(origin).host },
    body: bodyOf({ body } as Outgoing),
  };
}

describe('Amazon Bedrock', () => {
  it('invokes Claude without the model and the stream in its body, and with the version', async () => {
    const body = [Buffer.from('{"model":"x", "max_tokens":1.0,"stream":false,"y":"\\u00e9"}')];
    const outgoing = await prepare(callOf('anthropic_messages', { body, model: MODEL }));
    expect(outgoing.origin + outgoing.path).toBe(`${BASE_URL}/model/${MODEL.replace(':', '%3A')}/invoke`);
    expect(bodyOf(outgoing).toString()).toBe(
      '{"anthropic_version":"bedrock-2023-05-31", "max_tokens":1.0,"y":"\\u00e9"}',
    );
    expect(Object.fromEntries(outgoing.headers)).toEqual({
      authorization: 'Bearer test-key',
      'content-type': 'application/json',
      accept: 'application/json',
    });
    expect(outgoing.framing).toBeUndefined();
  });

  it('invokes Claude for a stream, which comes in frames of its own', async () => {
    const body = [Buffer.from('{"model":"x","stream":true,"messages":[]}')];
    const outgoing = await prepare(callOf('anthropic_messages', { body, stream: true, model: MODEL }));
    expect(outgoing.path).toMatch(/\/invoke-with-response-stream$/);
    expect(bodyOf(outgoing).toString()).toBe('{"anthropic_version":"bedrock-2023-05-31","messages":[]}');
    expect(Object.fromEntries(outgoing.headers)['accept']).toBe('application/vnd.amazon.eventstream');
    expect(outgoing.framing).toBe('aws-event-stream');
  });

  it('asks other models as OpenAI is asked, with the caller’s bytes', async () => {
    for (const stream of [false, true]) {
      const call = callOf('chat_completions', { stream, model: 'openai.gpt-oss-120b-1:0' });
      const outgoing = await prepare(call);
      expect([outgoing.path, outgoing.framing]).toEqual(['/openai/v1/chat/completions', undefined]);
      expect(outgoing.body).toBe(call.body);
    }
  });

  it('is led nowhere by a model’s name, which may be an ARN', async () => {
    const model = 'arn:aws:bedrock:us-west-2:123456789012:application-inference-profile/abc';
    const { path } = await prepare(callOf('anthropic_messages', { model }));
    expect(path).toBe(`/model/${encodeURIComponent(model)}/invoke`);
    expect(path.split('/')).toHaveLength(4);
  });

  it.each<[ProviderCall['dialect'], ProviderCall['operation']]>([
    ['openai_responses', 'generate'],
    ['gemini_generate_content', 'generate'],
    ['embeddings', 'generate'],
    ['anthropic_messages', 'count-tokens'],
  ])('is not asked in %s to %s', async (dialect, operation) => {
    await expect(prepare(callOf(dialect, { operation }))).rejects.toMatchObject({ code: 'upstream_model_unavailable' });
  });
});

describe('a request to Bedrock that is signed', () => {
  it.each<[string, ProviderCall]>([
    ['for Claude', callOf('anthropic_messages', { model: MODEL })],
    ['for a stream of Claude', callOf('anthropic_messages', { model: MODEL, stream: true })],
    ['for another model', callOf('chat_completions')],
    [
      'for a body in parts',
      callOf('chat_completions', { body: ['{"model":', '"é"', ',"messages":[]}'].map(part => Buffer.from(part)) }),
    ],
    ['for an ARN', callOf('anthropic_messages', { model: "arn:aws:bedrock:us-west-2:1:x/(a)*'!~" })],
  ])('carries what AWS computes %s', async (_, call) => {
    const request = received(await prepare(call, signedBy(SECRET)));
    expect(request.headers['authorization']).toBe(expectedAuthorization(request, SECRET));
    expect(request.headers['authorization']).toContain(
      'Credential=AKIATEST/20261009/us-west-2/bedrock/aws4_request, ' +
        'SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date, ',
    );
    expect(request.headers['x-amz-date']).toBe('20261009T080706Z');
    expect(request.headers['x-amz-content-sha256']).toBe(createHash('sha256').update(request.body).digest('hex'));
  });

  it('carries and signs the session of temporary credentials', async () => {
    const request = received(await prepare(callOf('anthropic_messages'), signedBy(`${SECRET}:test/session+token==`)));
    expect(request.headers['x-amz-security-token']).toBe('test/session+token==');
    expect(request.headers['authorization']).toContain(';x-amz-date;x-amz-security-token, ');
    expect(request.headers['authorization']).toBe(expectedAuthorization(request, SECRET));
  });

  it('names each header once, and the secret nowhere', async () => {
    const { headers } = await prepare(callOf('anthropic_messages'), signedBy(SECRET));
    const names = headers.map(([name]) => name);
    expect(names.toSorted()).toEqual(['accept', 'authorization', 'content-type', 'x-amz-content-sha256', 'x-amz-date']);
    expect(JSON.stringify(headers)).not.toContain(SECRET);
  });

  it('would be refused by AWS with another body, path, date or key', async () => {
    const request = received(await prepare(callOf('anthropic_messages', { model: MODEL }), signedBy(SECRET)));
    const given = request.headers['authorization'];
    expect(expectedAuthorization({ ...request, body: Buffer.from('{}') }, SECRET)).not.toBe(given);
    expect(expectedAuthorization({ ...request, path: '/model/x/invoke' }, SECRET)).not.toBe(given);
    const headers = { ...request.headers, 'x-amz-date': '20261009T080707Z' };
    expect(expectedAuthorization({ ...request, headers }, SECRET)).not.toBe(given);
    expect(expectedAuthorization(request, 'another-secret')).not.toBe(given);
  });

  it.each([
    ['https://bedrock-runtime-fips.us-gov-west-1.amazonaws.com', 'us-gov-west-1'],
    ['http://127.0.0.1:4566', 'us-east-1'],
  ])('to %s names the region %s', async (baseUrl, region) => {
    const request = received(await prepare(callOf('anthropic_messages'), { baseUrl, ...signedBy(SECRET) }));
    expect(request.headers['authorization']).toContain(`/${region}/bedrock/aws4_request`);
    expect(request.headers['authorization']).toBe(expectedAuthorization(request, SECRET));
  });
});

describe('the computation that signatures are compared with', () => {
  it('is the one that AWS publishes, for its example of a POST request', () => {
    const request = {
      method: 'POST',
      path: '/',
      headers: {
        host: 'example.amazonaws.com',
        'x-amz-date': '20150830T123600Z',
        authorization:
          'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=?',
      },
      body: Buffer.alloc(0),
    };
    const published = '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b';
    const expected = expectedAuthorization(request, 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY');
    expect(expected).toMatch(new RegExp(`Signature=${published}$`));
  });
});
