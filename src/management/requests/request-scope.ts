import type { Operator } from '../../identity/identity.types.js';
import type { RequestScope } from './requests.repository.js';

/** What came without a credential is nobody's: those who run the installation may see it. */
export function requestScopeOf({ organizationId, home, projectId }: Operator): RequestScope {
  return { organizationId, unknown: home && projectId === null, projectId };
}
