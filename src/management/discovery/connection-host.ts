import { bareHost, isLoopback } from '../../config/plain-http.js';

const LOCAL_SUFFIX = '.localhost';

interface Surroundings {
  /** where the gateway answers for the branch */
  readonly baseUrl: string;
  /** scheme and host under which callers reach this installation */
  readonly entrance: string;
  readonly suffixes: readonly string[];
}

/**
 * A host from which published clients derive the branch's own: they drop its first label and put `<branch>-api.ai.` before
 * the rest. Null where nothing so derived would lead back here.
 */
export function connectionHost(branchId: string, { baseUrl, entrance, suffixes }: Surroundings): string | null {
  const endpoint = `ep-${branchId.replace(/^br-/, '')}`;
  const begin = `${branchId}-api.ai.`;
  const { hostname } = new URL(baseUrl);
  if (hostname.startsWith(begin)) return `${endpoint}.${hostname.slice(begin.length)}`;
  // Without hosts for branches there is still this machine, where such a name means it.
  const local = isLoopback(bareHost(new URL(entrance))) && suffixes.includes(LOCAL_SUFFIX);
  return local ? endpoint + LOCAL_SUFFIX : null;
}
