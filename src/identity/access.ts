import { Reflector } from '@nestjs/core';

/**
 * Who may enter a route. Every route declares one; the route list test fails on a route that does not.
 * - `public`: anyone
 * - `inference`: a gateway credential whose lineage covers the branch
 * - `management`: a management key of any role
 * - `admin`: a management key with the role owner or admin
 */
export type Audience = 'public' | 'inference' | 'management' | 'admin';

export const Access = Reflector.createDecorator<Audience>();
