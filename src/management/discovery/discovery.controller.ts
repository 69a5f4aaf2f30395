import { Controller, Get, Param, Query, Req } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import type { Request } from 'express';
import { Access } from '../../identity/access.js';
import type { Operator } from '../../identity/identity.types.js';
import { ApiV2, ApiV2Failures } from '../control-plane/control-plane.decorator.js';
import { ObjectIdPipe } from '../control-plane/requests/request.pipe.js';
import { CurrentOperator } from '../control-plane/access/management.guard.js';
import { BranchesService } from '../branches/branches.module.js';
import { AiGateway, DiscoveryService } from './discovery.service.js';
import { originOf } from './branch-address.js';
import { ProjectsService } from '../projects/projects.module.js';
import { ConnectionUri, ConnectionUriQuery, DatabaseList, EndpointList, RoleList, SnapshotList } from './stub.dto.js';

@ApiV2()
@Controller('api/v2/projects/:project_id')
@Access('management')
export class DiscoveryController {
  constructor(
    private readonly projects: ProjectsService,
    private readonly branches: BranchesService,
    private readonly discovery: DiscoveryService,
  ) {}

  @Get('endpoints')
  @ApiOperation({ operationId: 'listProjectEndpoints', summary: 'An empty list: there are no computes' })
  @ApiOkResponse({ type: EndpointList })
  @ApiV2Failures(404)
  async listEndpoints(
    @CurrentOperator() operator: Operator,
    @Param('project_id', ObjectIdPipe) projectId: string,
  ): Promise<EndpointList> {
    await this.projects.get(operator, projectId);
    return { endpoints: [] };
  }

  @Get('snapshots')
  @ApiOperation({ operationId: 'listSnapshots', summary: 'An empty list: there are no snapshots' })
  @ApiOkResponse({ type: SnapshotList })
  @ApiV2Failures(404)
  async listSnapshots(
    @CurrentOperator() operator: Operator,
    @Param('project_id', ObjectIdPipe) projectId: string,
  ): Promise<SnapshotList> {
    await this.projects.get(operator, projectId);
    return { snapshots: [] };
  }

  @Get('branches/:branch_id/endpoints')
  @ApiOperation({ operationId: 'listProjectBranchEndpoints', summary: 'An empty list: there are no computes' })
  @ApiOkResponse({ type: EndpointList })
  @ApiV2Failures(404)
  async listBranchEndpoints(
    @CurrentOperator() operator: Operator,
    @Param('project_id', ObjectIdPipe) projectId: string,
    @Param('branch_id', ObjectIdPipe) branchId: string,
  ): Promise<EndpointList> {
    await this.branches.get(operator, projectId, branchId);
    return { endpoints: [] };
  }

  @Get('branches/:branch_id/roles')
  @ApiOperation({
    operationId: 'listProjectBranchRoles',
    summary: 'A placeholder: the published CLI asks for a role before it derives the gateway’s host',
  })
  @ApiOkResponse({ type: RoleList })
  @ApiV2Failures(404)
  listRoles(
    @CurrentOperator() operator: Operator,
    @Param('project_id', ObjectIdPipe) projectId: string,
    @Param('branch_id', ObjectIdPipe) branchId: string,
  ): Promise<RoleList> {
    return this.discovery.listRoles(operator, projectId, branchId);
  }

  @Get('branches/:branch_id/databases')
  @ApiOperation({
    operationId: 'listProjectBranchDatabases',
    summary: 'A placeholder: the published CLI asks for a database before it derives the gateway’s host',
  })
  @ApiOkResponse({ type: DatabaseList })
  @ApiV2Failures(404)
  listDatabases(
    @CurrentOperator() operator: Operator,
    @Param('project_id', ObjectIdPipe) projectId: string,
    @Param('branch_id', ObjectIdPipe) branchId: string,
  ): Promise<DatabaseList> {
    return this.discovery.listDatabases(operator, projectId, branchId);
  }

  @Get('connection_uri')
  @ApiOperation({
    operationId: 'getConnectionURI',
    summary: 'The host that the published CLI derives a branch’s gateway from; no database answers there',
  })
  @ApiOkResponse({ type: ConnectionUri })
  @ApiV2Failures(400, 404)
  async connect(
    @CurrentOperator() operator: Operator,
    @Param('project_id', ObjectIdPipe) projectId: string,
    @Query() query: ConnectionUriQuery,
    @Req() request: Request,
  ): Promise<ConnectionUri> {
    return { uri: await this.discovery.connect(operator, projectId, query, originOf(request)) };
  }

  @Get('branches/:branch_id/ai_gateway')
  @ApiOperation({ operationId: 'getProjectBranchAiGateway', summary: 'Where the gateway answers for a branch' })
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
