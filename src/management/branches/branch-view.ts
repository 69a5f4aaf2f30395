import { timestamp } from '../control-plane/notation.js';
import type { Annotation, Branch } from './branch.dto.js';
import { type BranchRecord, RECOVERY_MS } from './locked-tree.repository.js';

const NO_DATABASE = {
  cpu_used_sec: 0,
  active_time_seconds: 0,
  compute_time_seconds: 0,
  written_data_bytes: 0,
  data_transfer_bytes: 0,
};

/** A branch in the published shape. */
export function viewBranch(branch: BranchRecord): Branch {
  const { parentId, expiresAt, ttlSeconds, lastResetAt, deletedAt } = branch;
  return {
    id: branch.id,
    project_id: branch.projectId,
    ...(parentId === null ? {} : { parent_id: parentId }),
    name: branch.name,
    current_state: 'ready',
    state_changed_at: timestamp(lastResetAt ?? branch.createdAt),
    creation_source: 'bough',
    default: branch.isDefault,
    primary: branch.isDefault,
    protected: branch.protected,
    init_source: branch.initSource,
    ...(expiresAt === null ? {} : { expires_at: timestamp(expiresAt) }),
    ...(ttlSeconds === null ? {} : { ttl_interval_seconds: ttlSeconds }),
    ...(lastResetAt === null ? {} : { last_reset_at: timestamp(lastResetAt) }),
    ...NO_DATABASE,
    created_at: timestamp(branch.createdAt),
    updated_at: timestamp(branch.updatedAt),
    ...(deletedAt === null ? {} : { recovery: viewRecovery(deletedAt, branch.deletedBy) }),
  };
}

/** What a client keeps with the branch; empty where it keeps nothing. */
export function viewAnnotation({ id, annotation, createdAt, updatedAt }: BranchRecord): Annotation {
  return {
    object: { type: 'console/branch', id },
    value: annotation instanceof Object ? annotation : {},
    created_at: timestamp(createdAt),
    updated_at: timestamp(updatedAt),
  };
}

/** By branch id, those that say something. */
export function viewAnnotations(branches: readonly BranchRecord[]): Record<string, Annotation> {
  const annotated = branches.filter(
    ({ annotation }) => annotation instanceof Object && Object.keys(annotation).length > 0,
  );
  return Object.fromEntries(annotated.map(branch => [branch.id, viewAnnotation(branch)]));
}

function viewRecovery(deletedAt: Date, deletedBy: string | null) {
  return {
    deleted_at: timestamp(deletedAt),
    recoverable_until: timestamp(new Date(deletedAt.getTime() + RECOVERY_MS)),
    deletion_method: deletedBy === 'ttl' ? 'ttl' : 'user',
  };
}
