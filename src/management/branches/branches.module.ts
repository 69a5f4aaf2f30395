import { Module } from '@nestjs/common';
import { ObjectViewsService } from '../control-plane/audit-trail/audited-object.js';
import { ControlPlaneModule } from '../control-plane/control-plane.module.js';
import { OperationsModule } from '../operations/operations.module.js';
import { BranchSweepService } from './branch-sweep.service.js';
import { BranchTreeRepository } from './branch-tree.repository.js';
import { BranchUpdatesService } from './branch-updates.service.js';
import { viewBranch } from './branch-view.js';
import { BranchesController } from './branches.controller.js';
import { BranchesService } from './branches.service.js';
import { TreeChangesService } from './tree-changes.service.js';

export { addBornLimits } from './born-limits.js';
export { MAX_ANNOTATIONS, MAX_ANNOTATION_LENGTH } from './branch-request.dto.js';
export { BranchTreeRepository } from './branch-tree.repository.js';
export { viewBranch } from './branch-view.js';
export { Branch } from './branch.dto.js';
export { BranchesService } from './branches.service.js';
export { type BranchRecord, type LockedTree, type NewBranch, RECOVERY_MS } from './locked-tree.repository.js';

/** The trees that credentials, limits and usage follow. */
@Module({
  imports: [ControlPlaneModule, OperationsModule],
  controllers: [BranchesController],
  providers: [BranchSweepService, BranchTreeRepository, BranchUpdatesService, BranchesService, TreeChangesService],
  exports: [BranchTreeRepository, BranchesService],
})
export class BranchesModule {
  constructor(views: ObjectViewsService, branches: BranchesService) {
    views.register('branch', {
      byId: async ({ operator, params, id }) =>
        viewBranch(await branches.get(operator, String(params['project_id']), id)),
    });
  }
}
