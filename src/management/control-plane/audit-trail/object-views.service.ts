import { Injectable, type Type } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { GatewayError } from '../../../errors/gateway-error.js';
import type { Operator } from '../../../identity/identity.types.js';
import { BlocksService } from '../../blocks/blocks.service.js';
import { BranchDefaultsService } from '../../limits/branch-defaults.service.js';
import { LineageSourcesService } from '../../lineage-sources/lineage-sources.service.js';
import { LimitsService } from '../../limits/limits.service.js';
import { ManagementKeysService } from '../../management-keys/management-keys.service.js';
import { ModelsService } from '../../models/models.service.js';
import { OrganizationsService } from '../../organizations/organizations.service.js';
import { RoutesService } from '../../upstreams/routes.service.js';
import { UpstreamsService } from '../../upstreams/upstreams.service.js';
import { viewBranch } from '../../branches/branch-view.js';
import { BranchesService } from '../../branches/branches.service.js';
import { CredentialsService } from '../../credentials/credentials.service.js';
import { ProjectsService } from '../../projects/projects.service.js';
import { isObjectId } from '../requests/object-id.pipe.js';
import { isStorable } from '../requests/storable.js';
import type { AuditedObject } from './audited-object.js';

/** A change that is about to be made, before anything of it was checked. */
export interface Change {
  readonly operator: Operator;
  readonly object: AuditedObject;
  readonly params: Readonly<Record<string, unknown>>;
  readonly body: Readonly<Record<string, unknown>>;
}

type Services = <Service>(type: Type<Service>) => Service;
type View = (services: Services, change: Change & { readonly id: string }) => Promise<object | undefined>;

const project = ({ params }: Change) => String(params['project_id']);
const branch = ({ params }: Change) => String(params['branch_id']);

/** What the GET of an object shows, by the kind of the object. */
const BY_ID: Record<string, View> = {
  project: async (get, { operator, id }) => {
    const projects = get(ProjectsService);
    return projects.view(await projects.get(operator, id));
  },
  branch: async (get, change) =>
    viewBranch(await get(BranchesService).get(change.operator, project(change), change.id)),
  credential: async (get, change) => {
    const list = await get(CredentialsService).list(change.operator, project(change), branch(change));
    return list.credentials.find(credential => credential.token_id === change.id);
  },
  organization: (get, { id, operator: { home } }) =>
    home ? get(OrganizationsService).get(id) : Promise.resolve(undefined),
  model: (get, { id }) => get(ModelsService).get(id),
  upstream: (get, { id }) => get(UpstreamsService).get(id),
  route: (get, { id }) => get(RoutesService).get(id),
  limit: (get, { operator, id }) => get(LimitsService).get(operator, id),
  branch_default: (get, { operator, id }) => get(BranchDefaultsService).get(operator, id),
  block: (get, { operator, id }) => get(BlocksService).get(operator, id),
  lineage_source: (get, { operator, id }) => get(LineageSourcesService).get(operator, id),
  management_key: (get, { operator, id }) => get(ManagementKeysService).get(operator, id),
};

/** The same for what is set without an id: the one that holds for the same thing. */
const BY_BODY: Record<string, (services: Services, change: Change) => Promise<object | undefined>> = {
  limit: async (get, { operator, body }) => {
    const { scope_type: scopeType, scope_id: scopeId, kind, model: modelId = '' } = body;
    const key = { scopeType, scopeId, kind, modelId };
    return isTexts(key) ? get(LimitsService).findOf(operator, key) : undefined;
  },
  branch_default: async (get, { operator, body }) => {
    const { project_id: projectId, pattern, kind, model: modelId = '' } = body;
    const key = { projectId, pattern, kind, modelId };
    return isTexts(key) ? get(BranchDefaultsService).findOf(operator, key) : undefined;
  },
};

/** Whether a key that was not checked yet can be asked for: texts only, and none that Postgres does not take. */
function isTexts<Names extends string>(key: Record<Names, unknown>): key is Record<Names, string> {
  return Object.values(key).every(value => typeof value === 'string' && isStorable(value));
}

/** Looks at what is about to be changed, as the operator may see it. */
@Injectable()
export class ObjectViewsService {
  constructor(private readonly modules: ModuleRef) {}

  /** Null where there is nothing yet, nothing that the operator may see, or nothing that is looked at cheaply. */
  async find(change: Change): Promise<object | null> {
    const { kind, id } = change.object;
    const services: Services = type => this.modules.get(type, { strict: false });
    try {
      if (id === null) return (await BY_BODY[kind]?.(services, change)) ?? null;
      return isObjectId(id) ? ((await BY_ID[kind]?.(services, { ...change, id })) ?? null) : null;
    } catch (error) {
      if (error instanceof GatewayError && error.code === 'not_found') return null;
      throw error;
    }
  }
}
