import type { ManagementAudience } from '../../../identity/access.js';
import type { Operator } from '../../../identity/identity.types.js';

/** Each may do what those before it may. */
export const ROLES = ['viewer', 'editor', 'admin', 'owner'] as const;
export type Role = (typeof ROLES)[number];

interface Entrance {
  readonly toChange: Role;
  /** whether keys of one project may enter */
  readonly ofProject: boolean;
  /** whether only operators of the home organization may enter, to look as well */
  readonly ofHome: boolean;
}

const ENTRANCES: Record<ManagementAudience, Entrance> = {
  management: { toChange: 'editor', ofProject: true, ofHome: false },
  'management-reading': { toChange: 'viewer', ofProject: true, ofHome: false },
  admin: { toChange: 'admin', ofProject: true, ofHome: false },
  'organization-management': { toChange: 'editor', ofProject: false, ofHome: false },
  'organization-admin': { toChange: 'admin', ofProject: false, ofHome: false },
  'installation-admin': { toChange: 'admin', ofProject: false, ofHome: true },
};

const READING = new Set(['GET', 'HEAD']);

/** Whether a role is this one or a higher one. A role that is none reaches nothing. */
export function reaches(role: string, least: Role): boolean {
  return ROLES.findIndex(known => known === role) >= ROLES.indexOf(least);
}

/** Whether a request changes anything, or may. */
export function isChanging(method: string): boolean {
  return !READING.has(method);
}

/** Whether a route is open to an operator at all; what it shows them is for its service. */
export function mayEnter({ role, projectId, home }: Operator, audience: ManagementAudience, method: string): boolean {
  const { toChange, ofProject, ofHome } = ENTRANCES[audience];
  const reachesFar = (ofProject || projectId === null) && (!ofHome || home);
  return reachesFar && reaches(role, isChanging(method) ? toChange : 'viewer');
}
