import { awsRegionOf } from '../../config/aws-region.js';
import { readGoogleSecret } from '../../config/google-secret.js';
import { bareHost, isLoopback } from '../../config/plain-http.js';
import { findPathFault } from '../../config/provider-address.js';
import { invalidField } from '../control-plane/refusals.js';

/** What a kind of upstream is authenticated with, as the sentence about an empty secret; null where it may be empty. */
const SECRETS: ReadonlyMap<string, string | null> = new Map([
  ['databricks', 'must be an access token, or with client_id a client secret'],
  ['openai', 'must be an API key'],
  ['azure-openai', 'must be a key of the Azure resource'],
  ['openai-compatible', null],
  ['anthropic', 'must be an API key'],
  ['gemini', 'must be an API key'],
  ['vertex', 'must be a service account’s JSON key in base64, or an access token'],
  ['bedrock', 'must be a Bedrock API key, or with client_id (an access key id) the secret access key'],
]);
const WITH_CLIENT_ID = ['databricks', 'bedrock'];

export interface UpstreamAccount {
  readonly kind: string;
  readonly baseUrl: string;
  readonly clientId: string | null;
}

/** @throws {GatewayError} invalid_request where the address is none of this kind's */
export function checkKindAddress({ kind, baseUrl, clientId }: UpstreamAccount): void {
  const fault = findPathFault(kind, baseUrl);
  if (fault !== null) throw invalidField('base_url', fault);
  // A signature names the region; a server on this machine has none in its name and takes any.
  const signed = kind === 'bedrock' && clientId !== null && !isLoopback(bareHost(new URL(baseUrl)));
  if (signed && awsRegionOf(baseUrl) === null) {
    throw invalidField('base_url', 'must name the region, as https://bedrock-runtime.us-east-1.amazonaws.com does');
  }
}

/** @throws {GatewayError} invalid_request where this kind is not authenticated so */
export function checkAuthentication({ kind, clientId }: UpstreamAccount, secret: string, production: boolean): void {
  if (clientId !== null && !WITH_CLIENT_ID.includes(kind)) {
    throw invalidField('client_id', `is for ${WITH_CLIENT_ID.join(' and ')} only: remove it`);
  }
  const wanted = SECRETS.get(kind) ?? null;
  if (secret === '' && wanted !== null) throw invalidField('secret', wanted);
  if (kind !== 'vertex') return;
  const read = readGoogleSecret(secret, !production);
  if (read.type === 'faulty') throw invalidField('secret', read.fault);
}
