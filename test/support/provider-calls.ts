import { generateKeyPairSync } from 'node:crypto';
import type { Upstream } from '../../src/routing/target.types.js';
import type { ProviderCall } from '../../src/providers/provider.js';

/** An upstream as routing hands it over, with a key that looks fake. */
export function upstreamOf(kind: Upstream['kind'], baseUrl: string, extra: Partial<Upstream> = {}): Upstream {
  const authentication = { type: 'token', token: 'test-key' } as const;
  return { id: 'up_test', name: 'test', kind, baseUrl, authentication, builtIn: false, trusted: true, ...extra };
}

export function callOf(dialect: ProviderCall['dialect'], extra: Partial<ProviderCall> = {}): ProviderCall {
  const body = [Buffer.from('{"model":"m","stream":false,"messages":[]}')];
  return { dialect, operation: 'generate', model: 'm', stream: false, body, betaFlags: [], ...extra };
}

let privateKey: string | null = null;

/** A service account's key as Google hands it out, made of a key of our own. */
export function serviceAccountKey(extra: Readonly<Record<string, unknown>> = {}): string {
  privateKey ??= generateKeyPairSync('rsa', { modulusLength: 2048 })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString();
  return JSON.stringify({
    type: 'service_account',
    project_id: 'test-project',
    private_key_id: 'test-key-id',
    private_key: privateKey,
    client_email: 'gateway@test-project.iam.gserviceaccount.com',
    token_uri: 'https://oauth2.googleapis.com/token',
    ...extra,
  });
}
