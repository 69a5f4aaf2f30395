import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import type { Operator } from '../../identity/identity.types.js';
import { ChangeFeed } from '../../platform/change-feed.js';
import { Clock } from '../../platform/clock.js';
import { IdSource } from '../../platform/id-source.js';
import { invalidField, notFound } from '../refusals.js';
import { timestamp } from '../timestamp.js';
import { withFreshIds } from '../unique.js';
import { viewBranch } from './branch-view.js';
import type { CreatedProject, CreateProjectBody, ListProjectsQuery, Project, ProjectList } from './project.dto.js';
import { type ProjectRecord, ProjectRepository } from './project.repository.js';

const PAGE = 10;
const FALLBACK_REGION = 'us-east-2';

/** Projects of the operator's organization. Another organization's are not found. */
@Injectable()
export class ProjectsService {
  constructor(
    private readonly config: AppConfig,
    private readonly repository: ProjectRepository,
    private readonly feed: ChangeFeed,
    private readonly clock: Clock,
    private readonly ids: IdSource,
  ) {}

  async create({ organizationId }: Operator, { project: wanted = {} }: CreateProjectBody): Promise<CreatedProject> {
    if (wanted.org_id !== undefined && wanted.org_id !== organizationId)
      throw notFound('organization', 'project.org_id');
    const { project, root } = await withFreshIds(() => {
      const id = this.ids.projectId();
      const regionId = wanted.region_id ?? this.config.regions[0] ?? FALLBACK_REGION;
      return this.repository.create(
        { id, name: wanted.name ?? id, organizationId, regionId },
        {
          id: this.ids.branchId(),
          projectId: id,
          parentId: null,
          name: wanted.branch?.name ?? 'main',
          isDefault: true,
          initSource: 'parent-data',
          expiresAt: null,
        },
      );
    });
    await this.feed.publish('identity', `project:${project.id}`);
    const nothing = { connection_uris: [], roles: [], databases: [], endpoints: [], operations: [] };
    return { project: viewProject(project), branch: viewBranch(root), ...nothing };
  }

  async list(operator: Operator, { limit = PAGE, cursor, search }: ListProjectsQuery): Promise<ProjectList> {
    const after = cursor === undefined ? null : await this.repository.findPosition(operator, cursor);
    if (cursor !== undefined && after === null) throw invalidField('cursor', 'must be the cursor of an earlier page');
    const rows = await this.repository.list(operator, { search, after, limit: limit + 1 });
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    const projects = page.map(viewProject);
    return rows.length > limit && last !== undefined ? { projects, pagination: { cursor: last.id } } : { projects };
  }

  /** @throws {GatewayError} not_found */
  async get(operator: Operator, id: string): Promise<ProjectRecord> {
    const project = await this.repository.find(operator, id);
    if (project === null) throw notFound('project');
    return project;
  }

  /** Ends the project with all its branches and credentials. The rows stay, and so do the usage records. */
  async delete(operator: Operator, id: string): Promise<Project> {
    const project = await this.repository.delete(operator, id, new Date(this.clock.now()));
    if (project === null) throw notFound('project');
    await this.feed.publish('identity', `project:${id}`);
    return viewProject(project);
  }
}

export function viewProject({ id, name, organizationId, regionId, createdAt, updatedAt }: ProjectRecord): Project {
  return {
    id,
    name,
    region_id: regionId,
    org_id: organizationId,
    created_at: timestamp(createdAt),
    updated_at: timestamp(updatedAt),
  };
}
