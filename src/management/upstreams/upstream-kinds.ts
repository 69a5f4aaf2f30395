import { pathFaultOf } from '../../providers/address.js';
import { isStoredKind, STORED_KIND_NAMES, storedKindOf } from '../../providers/kinds.js';
import type { DescribedAccount, StoredKindDescriptor } from '../../providers/kind.js';
import { conflict, invalidField } from '../control-plane/refusals.js';

const WITH_CLIENT_ID = STORED_KIND_NAMES.filter(kind => storedKindOf(kind).secret.clientId !== null);

export interface UpstreamAccount extends DescribedAccount {
  readonly kind: string;
}

/**
 * What is known of the kind that a request or a row names.
 * @throws {GatewayError} conflict where a later version wrote the row: no rule of another kind holds for it
 */
export function rulesOf(kind: string): StoredKindDescriptor {
  if (!isStoredKind(kind)) throw conflict('this version of the gateway knows no upstreams of that kind', 'kind');
  return storedKindOf(kind);
}

/** @throws {GatewayError} invalid_request where the address is none of this kind's */
export function checkKindAddress(account: UpstreamAccount): void {
  const { pathFault, accountFault } = rulesOf(account.kind).address;
  const fault = pathFaultOf(pathFault, account.baseUrl) ?? accountFault?.(account) ?? null;
  if (fault !== null) throw invalidField('base_url', fault);
}

/** @throws {GatewayError} invalid_request where this kind is not authenticated so */
export function checkAuthentication({ kind, clientId }: UpstreamAccount, secret: string, production: boolean): void {
  const rules = rulesOf(kind).secret;
  if (clientId !== null && rules.clientId === null) {
    throw invalidField('client_id', `is for ${WITH_CLIENT_ID.join(' and ')} only: remove it`);
  }
  if (secret === '' && rules.required !== null) throw invalidField('secret', rules.required);
  const fault = rules.fault?.(secret, production) ?? null;
  if (fault !== null) throw invalidField('secret', fault);
}

/** `OAuth client id (databricks) or access key id (bedrock)`, for the API's document. */
export const CLIENT_ID_MEANINGS = WITH_CLIENT_ID.map(kind => `${storedKindOf(kind).secret.clientId} (${kind})`).join(
  ' or ',
);

/** `anthropic and databricks`: which kinds get every beta flag unless their operator says otherwise. */
export const KINDS_WITH_ALL_BETA_FLAGS = STORED_KIND_NAMES.filter(kind =>
  storedKindOf(kind).capabilities.betaFlags.includes('*'),
)
  .toSorted()
  .join(' and ');
