/**
 * What the published API has besides and Bough does not, by the first parts of its paths; `*` stands for an id. Whatever
 * lies below is meant too, and whatever method.
 */
const UNSUPPORTED = `
api_keys
consumption_history
organizations/*/api_keys
organizations/*/billing
organizations/*/invitations
organizations/*/members
organizations/*/projects
organizations/*/vpc
users/me/projects
projects/auth
projects/*/advisors
projects/*/auth
projects/*/available_preload_libraries
projects/*/branch_anonymized
projects/*/endpoints
projects/*/jwks
projects/*/members
projects/*/permissions
projects/*/snapshots
projects/*/transfer_requests
projects/*/vpc_endpoints
projects/*/branches/*/anonymize
projects/*/branches/*/anonymized_status
projects/*/branches/*/auth
projects/*/branches/*/backup_schedule
projects/*/branches/*/buckets
projects/*/branches/*/compare_schema
projects/*/branches/*/custom-domains
projects/*/branches/*/data-api
projects/*/branches/*/databases
projects/*/branches/*/endpoints
projects/*/branches/*/finalize_restore
projects/*/branches/*/functions
projects/*/branches/*/logs
projects/*/branches/*/masking_rules
projects/*/branches/*/roles
projects/*/branches/*/schema
projects/*/branches/*/snapshot
projects/*/branches/*/storage
projects/*/branches/*/triggers`;

const FAMILIES = UNSUPPORTED.trim()
  .split('\n')
  .map(line => line.split('/'));

/** What of the published API a path below `/api/v2/` asks for in vain; null for a path that is not published. */
export function findUnsupported(path: string): string | null {
  const parts = path.split('/');
  const family = FAMILIES.find(known => known.every((part, index) => part === '*' || part === parts[index]));
  return family?.at(-1) ?? null;
}
