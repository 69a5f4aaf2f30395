import type { SecretBox } from '../platform/secrets.js';
import { isStoredKind } from '../providers/kinds.js';
import { readBetaFlags } from './beta-patterns.js';
import type { StoredUpstream } from './route.repository.js';
import type { Upstream } from './target.types.js';

/** A stored upstream, ready to be called. @throws {Error} where its secret does not open, or its kind is none */
export function openUpstream(stored: StoredUpstream, secrets: SecretBox): Upstream {
  const { kind } = stored;
  if (!isStoredKind(kind)) throw new Error('unknown kind of upstream');
  const secret = secrets.decrypt(stored.encryptedSecret, `upstream:${stored.id}`);
  const { id, name, clientId } = stored;
  const authentication =
    clientId === null
      ? ({ type: 'token', token: secret } as const)
      : ({ type: 'client', clientId, clientSecret: secret } as const);
  const baseUrl = stored.baseUrl.replace(/(?<!\/)\/+$/, '');
  const betaFlags = readBetaFlags(stored.betaFlags);
  const account = { id, name, kind, baseUrl, authentication, builtIn: false, trusted: false };
  return betaFlags === null ? account : { ...account, betaFlags };
}
