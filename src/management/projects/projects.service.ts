import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import { GatewayError } from '../../errors/gateway-error.js';
import type { Operator } from '../../identity/identity.types.js';
import { ChangeFeed } from '../../platform/change-feed.js';
import { Clock } from '../../platform/clock.js';
import { IdSource } from '../../platform/id-source.js';
import { RECOVERY_MS, viewBranch } from '../branches/branches.module.js';
import { ConsequencesService } from '../control-plane/dry-run/consequences.service.js';
import type { DryRun } from '../control-plane/dry-run/dry-run.js';
import { timestamp } from '../control-plane/notation.js';
import { conflict, invalidField, notFound } from '../control-plane/refusals.js';
import { cloudOf, cloudRegion } from '../control-plane/region.js';
import { withFreshIds } from '../control-plane/storage-failures.js';
import { type OperationRecord, viewOperation } from '../operations/operations.module.js';
import { type ClientSettings, type NewProject, type ProjectRecord, ProjectRepository } from './project.repository.js';
import type { CreateProjectBody, ListProjectsQuery, NewProjectBranch, ProjectChanges } from './project-request.dto.js';
import type { CreatedProject, ListedProject, Project, SharedProjectList } from './project.dto.js';

const PAGE = 10;
const FALLBACK_REGION = 'us-east-2';
const LOCAL_HOST = 'localhost';

/** Projects of the operator's organization. Another organization's are not found. */
@Injectable()
export class ProjectsService {
  constructor(
    private readonly config: AppConfig,
    private readonly repository: ProjectRepository,
    private readonly feed: ChangeFeed,
    private readonly clock: Clock,
    private readonly ids: IdSource,
    private readonly consequences: ConsequencesService,
  ) {}

  async create({ organizationId }: Operator, { project: wanted = {} }: CreateProjectBody): Promise<CreatedProject> {
    if (wanted.org_id !== undefined) refuseForeign(organizationId, wanted.org_id, 'project.org_id');
    const { project, root, operation } = await withFreshIds(async () => {
      const id = this.ids.projectId();
      const regionId = wanted.region_id ?? this.config.regions[0] ?? FALLBACK_REGION;
      const planned = { id, name: wanted.name ?? id, organizationId, regionId, clientSettings: settingsOf(wanted) };
      return this.write(planned, wanted.branch ?? {});
    });
    await this.feed.publish('identity', `project:${project.id}`);
    const nothing = { connection_uris: [], roles: [], databases: [], endpoints: [] };
    const operations = [viewOperation(operation)];
    return { project: this.view(project), branch: viewBranch(root), operations, ...nothing };
  }

  async list(operator: Operator, query: ListProjectsQuery): Promise<SharedProjectList> {
    const { limit = PAGE, cursor, search, recoverable = false } = query;
    if (query.org_id !== undefined) refuseForeign(operator.organizationId, query.org_id, 'org_id');
    const after = cursor === undefined ? null : await this.repository.findPosition(operator, cursor);
    if (cursor !== undefined && after === null) throw invalidField('cursor', 'must be the cursor of an earlier page');
    const deletedSince = recoverable ? new Date(this.clock.now() - RECOVERY_MS) : null;
    const rows = await this.repository.list(operator, { search, after, limit: limit + 1, deletedSince });
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    const projects = page.map(project => viewListedProject(project, this.proxyHost()));
    return rows.length > limit && last !== undefined ? { projects, pagination: { cursor: last.id } } : { projects };
  }

  /** @throws {GatewayError} not_found */
  async get(operator: Operator, id: string): Promise<ProjectRecord> {
    const project = await this.repository.find(operator, id);
    if (project === null) throw notFound('project');
    return project;
  }

  /** A project in the published shape. */
  view(project: ProjectRecord): Project {
    return viewProject(project, this.proxyHost(), this.now());
  }

  async update(operator: Operator, id: string, wanted: ProjectChanges): Promise<Project> {
    const known = await this.get(operator, id);
    const changes = settingsOf(wanted);
    if (wanted.name === undefined && Object.keys(changes).length === 0) {
      throw new GatewayError('invalid_request', {
        publicMessage: 'project names no field to change',
        param: 'project',
      });
    }
    const kept = clientSettings(known);
    const settings = { ...kept, ...changes, ...merged(kept, changes) };
    const project = await this.repository.update(operator, id, wanted.name, settings, this.now());
    if (project === null) throw notFound('project');
    return this.view(project);
  }

  /**
   * Ends the project with all its branches and credentials. The rows stay, and so do the usage records.
   * @throws {GatewayError} conflict for one with a protected branch, and for one whose tree follows another
   */
  async delete(operator: Operator, id: string): Promise<Project> {
    await this.refuseDeletion(operator, id);
    const project = await this.repository.delete(operator, id, this.now());
    if (project === null) throw notFound('project');
    await this.feed.publish('identity', `project:${id}`);
    return this.view(project);
  }

  /** What a deletion would do; refused as it would be. */
  async foresee(operator: Operator, id: string): Promise<DryRun> {
    await this.refuseDeletion(operator, id);
    return this.consequences.ofProject(operator.organizationId, id);
  }

  private async refuseDeletion(operator: Operator, id: string): Promise<void> {
    await this.get(operator, id);
    const hindrance = await this.repository.findHindrance(id);
    if (hindrance === 'protected branch') throw conflict('a project with a protected branch cannot be deleted');
    if (hindrance !== null) throw conflict('the project follows a lineage source: remove that first');
  }

  /** Undoes a deletion of the last seven days: its branches and credentials are what they were. */
  async recover(operator: Operator, id: string): Promise<Project> {
    const project = await this.repository.recover(operator, id, this.now());
    if (project === null) throw notFound('deleted project that can be recovered');
    await this.feed.publish('identity', `project:${id}`);
    return this.view(project);
  }

  private async write(planned: NewProject, { name = 'main', annotations }: NewProjectBranch) {
    const id = this.ids.branchId();
    const common = { id, projectId: planned.id, parentId: null, name, annotation: annotations ?? null };
    const operation: OperationRecord = {
      id: this.ids.uuid(),
      projectId: planned.id,
      branchId: id,
      action: 'create_timeline',
      createdAt: this.now(),
    };
    const root = { ...common, isDefault: true, initSource: 'parent-data', expiresAt: null };
    const created = await this.repository.create(planned, root, operation);
    if (created === null) throw notFound('organization');
    return { ...created, operation };
  }

  private proxyHost(): string {
    return this.config.publicUrl === null ? LOCAL_HOST : new URL(this.config.publicUrl).hostname;
  }

  private now(): Date {
    return new Date(this.clock.now());
  }
}

/** Another organization's is not found. */
function refuseForeign(own: string, named: string, field: string): void {
  if (named !== own) throw notFound('organization', field);
}

const KEPT = [
  'pg_version',
  'store_passwords',
  'history_retention_seconds',
  'settings',
  'default_endpoint_settings',
] as const;

function settingsOf(wanted: ClientSettings): ClientSettings {
  return Object.fromEntries(KEPT.flatMap(key => (wanted[key] === undefined ? [] : [[key, wanted[key]]])));
}

/** A change of one setting leaves the others alone. */
function merged(kept: ClientSettings, changes: ClientSettings): ClientSettings {
  const both = ['settings', 'default_endpoint_settings'] as const;
  return Object.fromEntries(
    both.flatMap(key => (changes[key] === undefined ? [] : [[key, { ...kept[key], ...changes[key] }]])),
  );
}

const USUAL_POSTGRES = 17;

/** A project in the published shape. */
function viewProject(project: ProjectRecord, proxyHost: string, now: Date): Project {
  return {
    ...viewHead(project, proxyHost),
    active_time_seconds: 0,
    compute_time_seconds: 0,
    written_data_bytes: 0,
    data_transfer_bytes: 0,
    data_storage_bytes_hour: 0,
    consumption_period_start: timestamp(monthBegin(now, 0)),
    consumption_period_end: timestamp(monthBegin(now, 1)),
  };
}

/** A project as lists show it. */
function viewListedProject(project: ProjectRecord, proxyHost: string): ListedProject {
  const { deletedAt } = project;
  return {
    ...viewHead(project, proxyHost),
    active_time: 0,
    ...(deletedAt === null
      ? {}
      : {
          deleted_at: timestamp(deletedAt),
          recoverable_until: timestamp(new Date(deletedAt.getTime() + RECOVERY_MS)),
        }),
  };
}

function viewHead(project: ProjectRecord, proxyHost: string) {
  const { id, name, organizationId, regionId, createdAt, updatedAt } = project;
  return {
    id,
    name,
    platform_id: cloudOf(regionId),
    region_id: cloudRegion(regionId),
    org_id: organizationId,
    owner_id: organizationId,
    provisioner: 'bough',
    creation_source: 'bough',
    proxy_host: proxyHost,
    pg_version: USUAL_POSTGRES,
    store_passwords: false,
    history_retention_seconds: 0,
    ...clientSettings(project),
    branch_logical_size_limit: 0,
    branch_logical_size_limit_bytes: 0,
    cpu_used_sec: 0,
    created_at: timestamp(createdAt),
    updated_at: timestamp(updatedAt),
  };
}

function clientSettings({ clientSettings: kept }: Pick<ProjectRecord, 'clientSettings'>): ClientSettings {
  return kept instanceof Object ? kept : {};
}

function monthBegin(now: Date, later: number): Date {
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + later));
}
