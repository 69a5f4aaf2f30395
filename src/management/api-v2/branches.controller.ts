import { Body, Controller, Delete, Get, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { Access } from '../../identity/access.js';
import type { Operator } from '../../identity/identity.types.js';
import { ApiV2, ApiV2Failures } from '../control-plane.decorator.js';
import { ObjectIdPipe } from '../object-id.pipe.js';
import { CurrentOperator } from '../operator.decorator.js';
import {
  AiGateway,
  BranchAnswer,
  BranchList,
  CreateBranchBody,
  CreatedBranch,
  DeletedBranch,
  ListBranchesQuery,
} from './branch.dto.js';
import { viewBranch } from './branch-view.js';
import { BranchesService } from './branches.service.js';
import { GatewayDiscoveryService } from './gateway-discovery.service.js';

const NO_CONTENT = 204;

@ApiV2()
@Controller('api/v2/projects/:project_id/branches')
@Access('management')
export class BranchesController {
  constructor(
    private readonly branches: BranchesService,
    private readonly discovery: GatewayDiscoveryService,
  ) {}

  @Post()
  @ApiOperation({ summary: 'Makes a branch' })
  @ApiCreatedResponse({ type: CreatedBranch })
  @ApiV2Failures(400, 404, 409)
  async create(
    @CurrentOperator() operator: Operator,
    @Param('project_id', ObjectIdPipe) projectId: string,
    @Body() body: CreateBranchBody,
  ): Promise<CreatedBranch> {
    const branch = await this.branches.create(operator, projectId, body.branch ?? {});
    return { branch, endpoints: [], operations: [], roles: [], databases: [], connection_uris: [] };
  }

  @Get()
  @ApiOperation({ summary: 'Lists a project’s branches, newest first' })
  @ApiOkResponse({ type: BranchList })
  @ApiV2Failures(400, 404)
  list(
    @CurrentOperator() operator: Operator,
    @Param('project_id', ObjectIdPipe) projectId: string,
    @Query() query: ListBranchesQuery,
  ): Promise<BranchList> {
    return this.branches.list(operator, projectId, query);
  }

  @Get(':branch_id')
  @ApiOperation({ summary: 'Shows a branch' })
  @ApiOkResponse({ type: BranchAnswer })
  @ApiV2Failures(404)
  async get(
    @CurrentOperator() operator: Operator,
    @Param('project_id', ObjectIdPipe) projectId: string,
    @Param('branch_id', ObjectIdPipe) branchId: string,
  ): Promise<BranchAnswer> {
    return { branch: viewBranch(await this.branches.get(operator, projectId, branchId)) };
  }

  @Delete(':branch_id')
  @ApiOperation({ summary: 'Ends a branch, its gateway address and the credentials anchored on it' })
  @ApiOkResponse({ type: DeletedBranch })
  @ApiNoContentResponse({ description: 'it was gone already' })
  @ApiV2Failures(404, 409)
  async delete(
    @CurrentOperator() operator: Operator,
    @Param('project_id', ObjectIdPipe) projectId: string,
    @Param('branch_id', ObjectIdPipe) branchId: string,
    @Res({ passthrough: true }) response: Response,
  ): Promise<DeletedBranch | undefined> {
    const branch = await this.branches.delete(operator, projectId, branchId);
    if (branch !== null) return { branch, operations: [] };
    response.status(NO_CONTENT);
    return undefined;
  }

  @Get(':branch_id/ai_gateway')
  @ApiOperation({ summary: 'Where the gateway answers for a branch' })
  @ApiOkResponse({ type: AiGateway })
  @ApiV2Failures(404)
  discover(
    @CurrentOperator() operator: Operator,
    @Param('project_id', ObjectIdPipe) projectId: string,
    @Param('branch_id', ObjectIdPipe) branchId: string,
    @Req() request: Request,
  ): Promise<AiGateway> {
    return this.discovery.discover(operator, projectId, branchId, originOf(request));
  }
}

/** The address by which the caller reached us; a Host header that is none says nothing. */
function originOf({ protocol, headers, socket }: Request): string {
  const origin = `${protocol}://${headers.host}`;
  return URL.canParse(origin) ? origin : `${protocol}://localhost:${socket.localPort}`;
}
