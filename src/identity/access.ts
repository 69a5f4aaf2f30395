import { Reflector } from '@nestjs/core';

/**
 * Who may enter a route. Every route declares one; the route list test fails on a route that does not.
 * - `public`: anyone
 * - `inference`: a gateway credential whose lineage covers the branch
 * - `management-reading`: a management key of any role, whatever the method: nothing is changed
 * - the others: a management key, as src/management/control-plane/access/entrance.ts says. To look, any role is enough; to change anything,
 *   `management` asks for an editor and `admin` for an admin. Keys of one project stay outside where the name begins with
 *   `organization-`; elsewhere they see their project and nothing else. `installation-admin` lets in anyone who
 *   `organization-admin` does, but of the home organization alone.
 */
export type Audience = 'public' | 'inference' | ManagementAudience;
export type ManagementAudience =
  | 'management'
  | 'management-reading'
  | 'admin'
  | 'organization-management'
  | 'organization-admin'
  | 'installation-admin';

export const Access = Reflector.createDecorator<Audience>();
