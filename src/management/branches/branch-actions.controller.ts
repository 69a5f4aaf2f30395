import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { Access } from '../../identity/access.js';
import type { Operator } from '../../identity/identity.types.js';
import { ApiV2, ApiV2Failures } from '../control-plane/control-plane.decorator.js';
import { ObjectIdPipe } from '../control-plane/requests/object-id.pipe.js';
import { CurrentOperator } from '../control-plane/access/operator.decorator.js';
import { ChangedBranch, RecoveredBranch } from './branch.dto.js';
import { RestoreBranchBody } from './branch-request.dto.js';
import { BranchRestoreService } from './branch-restore.service.js';
import { BranchUpdatesService } from './branch-updates.service.js';

@ApiV2()
@Controller('api/v2/projects/:project_id/branches/:branch_id')
@Access('management')
export class BranchActionsController {
  constructor(
    private readonly updates: BranchUpdatesService,
    private readonly restores: BranchRestoreService,
  ) {}

  @Post('set_as_default')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'setDefaultProjectBranch',
    summary: 'Makes a branch the one from which new branches grow when they name no parent',
  })
  @ApiOkResponse({ type: ChangedBranch })
  @ApiV2Failures(404, 409)
  makeDefault(
    @CurrentOperator() operator: Operator,
    @Param('project_id', ObjectIdPipe) projectId: string,
    @Param('branch_id', ObjectIdPipe) branchId: string,
  ): Promise<ChangedBranch> {
    return this.updates.makeDefault(operator, projectId, branchId);
  }

  @Post('restore')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'restoreProjectBranch',
    summary: 'Gives a branch the state of its parent, of another branch, or its own of earlier',
  })
  @ApiOkResponse({ type: ChangedBranch })
  @ApiV2Failures(400, 404, 409)
  restore(
    @CurrentOperator() operator: Operator,
    @Param('project_id', ObjectIdPipe) projectId: string,
    @Param('branch_id', ObjectIdPipe) branchId: string,
    @Body() body: RestoreBranchBody,
  ): Promise<ChangedBranch> {
    return this.restores.restore(operator, projectId, branchId, body);
  }

  @Post('recover')
  @HttpCode(200)
  @ApiOperation({ operationId: 'recoverProjectBranch', summary: 'Undoes the deletion of a branch within seven days' })
  @ApiOkResponse({ type: RecoveredBranch })
  @ApiV2Failures(404, 409)
  recover(
    @CurrentOperator() operator: Operator,
    @Param('project_id', ObjectIdPipe) projectId: string,
    @Param('branch_id', ObjectIdPipe) branchId: string,
  ): Promise<RecoveredBranch> {
    return this.updates.recover(operator, projectId, branchId);
  }
}
