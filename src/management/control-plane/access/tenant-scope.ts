import type { Operator } from '../../../identity/identity.types.js';

/** What an operator may see: an organization, or one project of it. */
export type Territory = Pick<Operator, 'organizationId' | 'projectId'>;

/**
 * The filter of the projects that an operator may see. It names their id where there is only one: join it with another by
 * `AND`, for spread over one that names an id too it would find the wrong project.
 */
export function ownProjects({ organizationId, projectId }: Territory) {
  return { organizationId, ...(projectId === null ? {} : { id: projectId }) };
}

/** Whether the organization itself, and not only a project of it, is the operator's. */
export function ownsOrganization({ projectId }: Territory): boolean {
  return projectId === null;
}
