import { timestamp } from '../control-plane/timestamp.js';
import type { Operation } from './operation.dto.js';

/** What of a published operation happens here. */
export type OperationAction = 'create_timeline' | 'create_branch' | 'delete_timeline' | 'timeline_unarchive';

export interface OperationRecord {
  readonly id: string;
  readonly projectId: string;
  readonly branchId: string | null;
  readonly action: string;
  readonly createdAt: Date;
}

/** An operation in the published shape. It was finished when it was written. */
export function viewOperation({ id, projectId, branchId, action, createdAt }: OperationRecord): Operation {
  const at = timestamp(createdAt);
  return {
    id,
    project_id: projectId,
    ...(branchId === null ? {} : { branch_id: branchId }),
    action,
    status: 'finished',
    failures_count: 0,
    total_duration_ms: 0,
    created_at: at,
    updated_at: at,
  };
}
