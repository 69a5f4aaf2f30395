import { type HostRules, parseBranchHost } from '../../identity/branch-host.js';
import { plainRegion } from '../control-plane/region.js';

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

const SINGLE_HOST_SUFFIX = '.localhost';

/**
 * The base URL that addresses a branch: its own host where the entrance lies under a trusted suffix, else a path on the
 * entrance, and the bare entrance for the default branch. Whatever it says is what the gateway understands. Null where
 * the branch's region has no host.
 */
export function branchBaseUrl(branch: AddressedBranch, { entrance, suffixes, regions }: Entrance): string | null {
  const url = new URL(entrance);
  const suffix = suffixes.find(each => each !== SINGLE_HOST_SUFFIX && `.${url.hostname}`.endsWith(each));
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
