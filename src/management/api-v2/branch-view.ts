import { timestamp } from '../timestamp.js';
import type { Branch } from './branch.dto.js';
import type { BranchRecord } from './branch-tree.repository.js';

/** A branch in the published shape. */
export function viewBranch(branch: BranchRecord): Branch {
  return {
    id: branch.id,
    project_id: branch.projectId,
    ...(branch.parentId === null ? {} : { parent_id: branch.parentId }),
    name: branch.name,
    current_state: 'ready',
    default: branch.isDefault,
    primary: branch.isDefault,
    protected: branch.protected,
    init_source: branch.initSource,
    ...(branch.expiresAt === null ? {} : { expires_at: timestamp(branch.expiresAt) }),
    created_at: timestamp(branch.createdAt),
    updated_at: timestamp(branch.updatedAt),
  };
}
