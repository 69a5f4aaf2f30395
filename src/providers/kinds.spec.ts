import { callOf, upstreamOf } from '../../test/support/provider-calls.js';
import { FakeClock } from '../../test/support/fake-clock.js';
import { GatewayError } from '../errors/gateway-error.js';
import type { Upstream } from '../routing/target.types.js';
import { PROVIDER_KINDS } from './kinds.js';
import type { Outgoing, ProviderCall } from './provider.js';

const PARTS = {
  clock: new FakeClock(0),
  poolFor: () => {
    throw new Error('nothing is asked for a token here');
  },
  production: true,
};

const prepare = (upstream: Upstream, call: ProviderCall) =>
  PROVIDER_KINDS[upstream.kind].create(upstream, PARTS).prepare(call) as Outgoing;
const urlOf = ({ origin, path }: Outgoing) => origin + path;

describe.each<[Upstream['kind'], string, string, string]>([
  ['openai', 'https://api.openai.com/v1', 'authorization', 'Bearer test-key'],
  ['openai-compatible', 'https://api.groq.com/openai/v1', 'authorization', 'Bearer test-key'],
  ['azure-openai', 'https://x.openai.azure.com/openai/v1', 'api-key', 'test-key'],
])('an upstream of the kind %s', (kind, baseUrl, header, value) => {
  it.each<[ProviderCall['dialect'], string]>([
    ['chat_completions', '/chat/completions'],
    ['openai_responses', '/responses'],
    ['embeddings', '/embeddings'],
  ])('is asked in %s at %s, with its key', (dialect, path) => {
    const call = callOf(dialect);
    const outgoing = prepare(upstreamOf(kind, baseUrl), call);
    expect(urlOf(outgoing)).toBe(baseUrl + path);
    expect(outgoing.headers).toEqual([[header, value]]);
    expect(outgoing.body).toBe(call.body);
  });

  it('sends no header for an empty key', () => {
    const upstream = upstreamOf(kind, baseUrl, { authentication: { type: 'token', token: '' } });
    expect(prepare(upstream, callOf('chat_completions')).headers).toEqual([]);
  });

  it.each<[ProviderCall['dialect'], ProviderCall['operation']]>([
    ['anthropic_messages', 'generate'],
    ['gemini_generate_content', 'generate'],
    ['chat_completions', 'count-tokens'],
  ])('is not asked in %s to %s', (dialect, operation) => {
    expect(refusalOf(upstreamOf(kind, baseUrl), callOf(dialect, { operation }))).toBe('upstream_model_unavailable');
  });
});

describe('an upstream of the kind anthropic', () => {
  const upstream = upstreamOf('anthropic', 'https://api.anthropic.com');

  it.each<[ProviderCall['operation'], boolean, string]>([
    ['generate', false, '/v1/messages'],
    ['generate', true, '/v1/messages'],
    ['count-tokens', false, '/v1/messages/count_tokens'],
  ])('is asked to %s (streamed: %s) at %s, with its key in x-api-key', (operation, stream, path) => {
    const call = callOf('anthropic_messages', { operation, stream });
    const outgoing = prepare(upstream, call);
    expect(urlOf(outgoing)).toBe(`https://api.anthropic.com${path}`);
    expect(outgoing.headers).toEqual([['x-api-key', 'test-key']]);
    expect(outgoing.body).toBe(call.body);
  });

  it('may stand behind a path', () => {
    const behind = upstreamOf('anthropic', 'https://proxy.example.com/anthropic');
    expect(prepare(behind, callOf('anthropic_messages')).path).toBe('/anthropic/v1/messages');
  });

  it('is not asked in another dialect', () => {
    expect(refusalOf(upstream, callOf('chat_completions'))).toBe('upstream_model_unavailable');
  });
});

describe('an upstream of the kind gemini', () => {
  const upstream = upstreamOf('gemini', 'https://generativelanguage.googleapis.com');

  it.each<[ProviderCall['operation'], boolean, string]>([
    ['generate', false, 'generateContent'],
    ['generate', true, 'streamGenerateContent?alt=sse'],
    ['count-tokens', false, 'countTokens'],
  ])('is asked to %s (streamed: %s) by %s', (operation, stream, action) => {
    const call = callOf('gemini_generate_content', { operation, stream, model: 'gemini-3.5-flash' });
    const outgoing = prepare(upstream, call);
    expect(urlOf(outgoing)).toBe(`https://generativelanguage.googleapis.com/v1beta/models/gemini-3.5-flash:${action}`);
    expect(outgoing.body).toBe(call.body);
  });

  it('has its key in a header, and nothing of it in the address', () => {
    const outgoing = prepare(upstream, callOf('gemini_generate_content', { stream: true }));
    expect(outgoing.headers).toEqual([['x-goog-api-key', 'test-key']]);
    expect(urlOf(outgoing)).not.toContain('test-key');
  });

  it('is not led elsewhere by the name of a model', () => {
    const { path } = prepare(upstream, callOf('gemini_generate_content', { model: '../files?key=x#' }));
    expect(path).toBe('/v1beta/models/..%2Ffiles%3Fkey%3Dx%23:generateContent');
  });

  it('is not asked in another dialect', () => {
    expect(refusalOf(upstream, callOf('openai_responses'))).toBe('upstream_model_unavailable');
  });
});

function refusalOf(upstream: Upstream, call: ProviderCall): string {
  try {
    prepare(upstream, call);
  } catch (error) {
    if (error instanceof GatewayError) return error.code;
    throw error;
  }
  return 'none';
}
