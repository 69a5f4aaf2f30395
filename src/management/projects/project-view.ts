import { timestamp } from '../control-plane/timestamp.js';
import { RECOVERY_MS } from '../branches/branch-record.js';
import type { ListedProject, Project } from './project.dto.js';
import type { ClientSettings, ProjectRecord } from './project-record.js';
import { cloudOf, cloudRegion } from '../control-plane/region.js';

const USUAL_POSTGRES = 17;

/** A project in the published shape. */
export function viewProject(project: ProjectRecord, proxyHost: string, now: Date): Project {
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
export function viewListedProject(project: ProjectRecord, proxyHost: string): ListedProject {
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

export function clientSettings({ clientSettings: kept }: Pick<ProjectRecord, 'clientSettings'>): ClientSettings {
  return kept instanceof Object ? kept : {};
}

function monthBegin(now: Date, later: number): Date {
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + later));
}
