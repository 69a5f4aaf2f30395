import type { Request } from 'express';
import { bareHost, isLoopback } from '../../config/plain-http.js';
import { type HostRules, parseBranchHost } from '../../identity/branch-host.js';
import { plainRegion } from '../control-plane/region.js';

const LOCAL_SUFFIX = '.localhost';

/** The address by which the caller reached us; a Host header that is none says nothing. */
export function originOf({ protocol, headers, socket }: Request): string {
  const origin = `${protocol}://${headers.host}`;
  return URL.canParse(origin) ? origin : `${protocol}://localhost:${socket.localPort}`;
}

interface AddressedBranch {
  readonly branchId: string;
  /** `us-east-2`, or with its cloud: `aws-us-east-2` */
  readonly regionId: string;
  /** whether the installation's hosts without a branch mean this one */
  readonly isDefault: boolean;
}

interface Entrance {
  /** scheme and host under which callers reach this installation, perhaps with a path */
  readonly entrance: string;
  readonly suffixes: readonly string[];
  readonly regions: readonly string[];
}

/**
 * The base URL that addresses a branch: its own host where the entrance lies under a trusted suffix, else a path on the
 * entrance, and the bare entrance for the default branch. Whatever it says is what the gateway understands. Null where
 * the branch's region has no host.
 */
export function branchBaseUrl(branch: AddressedBranch, { entrance, suffixes, regions }: Entrance): string | null {
  const url = new URL(entrance);
  const suffix = suffixes.find(each => each !== LOCAL_SUFFIX && `.${url.hostname}`.endsWith(each));
  const rules: HostRules = { suffixes, regions, hasDefaultBranch: true };
  if (suffix !== undefined) {
    const hosts = [url.hostname, `${plainRegion(branch.regionId)}${suffix}`].map(
      rest => `${branch.branchId}-api.ai.${rest}`,
    );
    const host = hosts.find(candidate => parseBranchHost(candidate, rules).kind === 'branch');
    return host === undefined ? null : `${url.protocol}//${host}${url.port === '' ? '' : `:${url.port}`}`;
  }
  const base = `${url.origin}${url.pathname.replace(/(?<!\/)\/+$/, '')}`;
  // A host that names a branch itself means that one, whatever is the default.
  const bare = branch.isDefault && parseBranchHost(url.host, rules).kind === 'default';
  return bare ? base : `${base}/branches/${branch.branchId}`;
}

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
