import { serviceAccountKey } from '../../../test/support/provider-calls.js';
import { type StoredKind, STORED_KIND_NAMES } from '../../providers/kinds.js';
import { checkAuthentication, checkKindAddress, rulesOf } from './upstream-kinds.js';

const BASE_URL = 'https://provider.example.com';
const account = (kind: string, clientId: string | null = null) => ({ kind, baseUrl: BASE_URL, clientId });

/** What callers read of a refusal; null where there was none. */
function refusalOf(check: () => void): string | null {
  try {
    check();
    return null;
  } catch (error) {
    return (error as Error & { publicMessage: string }).publicMessage;
  }
}

describe('the kinds of upstreams', () => {
  it.each(STORED_KIND_NAMES)('refuse an empty secret, save one: %s', kind => {
    const refusal = refusalOf(() => checkAuthentication(account(kind), '', true));
    if (kind === 'openai-compatible') expect(refusal).toBeNull();
    else expect(refusal).toContain('secret must be');
  });

  it.each(STORED_KIND_NAMES)('take a client id where it is half of what authenticates, and nowhere else: %s', kind => {
    const refusal = refusalOf(() => checkAuthentication(account(kind, 'test-id'), 'test-secret', true));
    if (['databricks', 'bedrock'].includes(kind)) expect(refusal).toBeNull();
    else expect(refusal).toContain('client_id is for databricks and bedrock only');
  });

  it('look into a service account’s key', () => {
    const check = (secret: string) => refusalOf(() => checkAuthentication(account('vertex'), secret, true));
    expect(check(Buffer.from('{"type":"canary"}').toString('base64'))).toMatch(/^(?!.*canary).*service account/);
    expect(check(Buffer.from(serviceAccountKey()).toString('base64'))).toBeNull();
  });

  it.each<[StoredKind, string, string | null, RegExp | null]>([
    ['bedrock', 'https://provider.example.com', 'AKIATEST', /base_url must name the region/],
    ['bedrock', 'https://provider.example.com', null, null],
    ['bedrock', 'http://127.0.0.1:9', 'AKIATEST', null],
    ['bedrock', 'https://bedrock-runtime.us-east-1.amazonaws.com', 'AKIATEST', null],
    ['bedrock', 'https://bedrock-runtime.us-east-1.amazonaws.com/x', 'AKIATEST', /base_url must have no path/],
    ['azure-openai', 'https://provider.example.com', null, /base_url must end in/],
    ['openai', 'https://provider.example.com/any/path', null, null],
  ])('know their addresses: %s at %s with the client id %s', (kind, baseUrl, clientId, refusal) => {
    const refused = refusalOf(() => checkKindAddress({ kind, baseUrl, clientId }));
    if (refusal === null) expect(refused).toBeNull();
    else expect(refused).toMatch(refusal);
  });

  it.each(['of-a-later-version', 'sandbox', 'constructor', ''])('are none of these: "%s"', kind => {
    expect(refusalOf(() => rulesOf(kind))).toContain('knows no upstreams of that kind');
    expect(refusalOf(() => checkAuthentication(account(kind), '', true))).toContain('knows no upstreams of that kind');
  });
});
