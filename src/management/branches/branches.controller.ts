import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { Access } from '../../identity/access.js';
import type { Operator } from '../../identity/identity.types.js';
import { CurrentOperator } from '../control-plane/access/management.guard.js';
import { ApiV2, ApiV2Failures } from '../control-plane/control-plane.decorator.js';
import { type DryRun, IsDryRun, MayBeDryRun } from '../control-plane/dry-run/dry-run.js';
import { ObjectIdPipe } from '../control-plane/requests/request.pipe.js';
import {
  CountBranchesQuery,
  CreateBranchBody,
  DeleteBranchQuery,
  ListBranchesQuery,
  RestoreBranchBody,
  UpdateBranchBody,
} from './branch-request.dto.js';
import { BranchUpdatesService } from './branch-updates.service.js';
import { viewAnnotation, viewBranch } from './branch-view.js';
import { BranchAnswer, BranchCount, BranchList, ChangedBranch, CreatedBranch, RecoveredBranch } from './branch.dto.js';
import { BranchesService } from './branches.service.js';

@ApiV2()
@Controller('api/v2/projects/:project_id/branches')
@Access('management')
export class BranchesController {
  constructor(
    private readonly branches: BranchesService,
    private readonly updates: BranchUpdatesService,
  ) {}

  @Post()
  @ApiOperation({ operationId: 'createProjectBranch', summary: 'Makes a branch' })
  @ApiCreatedResponse({ type: CreatedBranch })
  @ApiV2Failures(400, 404, 409)
  async create(
    @CurrentOperator() operator: Operator,
    @Param('project_id', ObjectIdPipe) projectId: string,
    @Body() body: CreateBranchBody,
  ): Promise<CreatedBranch> {
    const created = await this.branches.create(operator, projectId, body);
    return { ...created, endpoints: [], roles: [], databases: [], connection_uris: [] };
  }

  @Get()
  @ApiOperation({
    operationId: 'listProjectBranches',
    summary: 'Lists a project’s branches, the last changed first unless told otherwise',
  })
  @ApiOkResponse({ type: BranchList })
  @ApiV2Failures(400, 404)
  list(
    @CurrentOperator() operator: Operator,
    @Param('project_id', ObjectIdPipe) projectId: string,
    @Query() query: ListBranchesQuery,
  ): Promise<BranchList> {
    return this.branches.list(operator, projectId, query);
  }

  @Get('count')
  @ApiOperation({ operationId: 'countProjectBranches', summary: 'Counts a project’s branches' })
  @ApiOkResponse({ type: BranchCount })
  @ApiV2Failures(400, 404)
  async count(
    @CurrentOperator() operator: Operator,
    @Param('project_id', ObjectIdPipe) projectId: string,
    @Query() query: CountBranchesQuery,
  ): Promise<BranchCount> {
    return { count: await this.branches.count(operator, projectId, query) };
  }

  @Get(':branch_id')
  @ApiOperation({ operationId: 'getProjectBranch', summary: 'Shows a branch' })
  @ApiOkResponse({ type: BranchAnswer })
  @ApiV2Failures(404)
  async get(
    @CurrentOperator() operator: Operator,
    @Param('project_id', ObjectIdPipe) projectId: string,
    @Param('branch_id', ObjectIdPipe) branchId: string,
  ): Promise<BranchAnswer> {
    const branch = await this.branches.get(operator, projectId, branchId);
    return { branch: viewBranch(branch), annotation: viewAnnotation(branch) };
  }

  @Patch(':branch_id')
  @ApiOperation({ operationId: 'updateProjectBranch', summary: 'Renames a branch, protects it, or sets when it ends' })
  @ApiOkResponse({ type: ChangedBranch })
  @ApiV2Failures(400, 404, 409)
  update(
    @CurrentOperator() operator: Operator,
    @Param('project_id', ObjectIdPipe) projectId: string,
    @Param('branch_id', ObjectIdPipe) branchId: string,
    @Body() body: UpdateBranchBody,
  ): Promise<ChangedBranch> {
    return this.updates.update(operator, projectId, branchId, body.branch);
  }

  @Delete(':branch_id')
  @ApiOperation({
    operationId: 'deleteProjectBranch',
    summary: 'Ends a branch, its gateway address and the credentials anchored on it',
  })
  @ApiNoContentResponse({ description: 'it was gone already' })
  @MayBeDryRun(ChangedBranch)
  @ApiV2Failures(400, 404, 409)
  async delete(
    @CurrentOperator() operator: Operator,
    @Param('project_id', ObjectIdPipe) projectId: string,
    @Param('branch_id', ObjectIdPipe) branchId: string,
    @Query() { hard_delete: forGood = false }: DeleteBranchQuery,
    @IsDryRun() dryRun: boolean,
  ): Promise<ChangedBranch | DryRun | undefined> {
    if (dryRun) return this.branches.foresee(operator, projectId, branchId, forGood);
    return (await this.branches.delete(operator, projectId, branchId, forGood)) ?? undefined;
  }

  @Post(':branch_id/set_as_default')
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

  @Post(':branch_id/restore')
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
    return this.updates.restore(operator, projectId, branchId, body);
  }

  @Post(':branch_id/recover')
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
