import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { Access } from '../../identity/access.js';
import type { Operator } from '../../identity/identity.types.js';
import { ApiV2, ApiV2Failures } from '../control-plane/control-plane.decorator.js';
import { type DryRun, IsDryRun, MayBeDryRun } from '../control-plane/dry-run/dry-run.js';
import { ObjectIdPipe } from '../control-plane/requests/request.pipe.js';
import { CurrentOperator } from '../control-plane/access/management.guard.js';
import { BranchesService } from '../branches/branches.module.js';
import {
  ChangedProject,
  CreatedProject,
  ProjectAnswer,
  ProjectList,
  RecoveredProject,
  SharedProjectList,
} from './project.dto.js';
import {
  CreateProjectBody,
  ListProjectsQuery,
  ListSharedProjectsQuery,
  UpdateProjectBody,
} from './project-request.dto.js';
import { ProjectsService } from './projects.service.js';

@ApiV2()
@Controller('api/v2/projects')
@Access('management')
export class ProjectsController {
  constructor(
    private readonly projects: ProjectsService,
    private readonly branches: BranchesService,
  ) {}

  @Post()
  @Access('organization-management')
  @ApiOperation({ summary: 'Makes a project with its default branch' })
  @ApiCreatedResponse({ type: CreatedProject })
  @ApiV2Failures(400, 404)
  create(@CurrentOperator() operator: Operator, @Body() body: CreateProjectBody): Promise<CreatedProject> {
    return this.projects.create(operator, body);
  }

  @Get()
  @ApiOperation({ summary: 'Lists projects, newest first' })
  @ApiOkResponse({ type: ProjectList })
  @ApiV2Failures(400, 404)
  async list(@CurrentOperator() operator: Operator, @Query() query: ListProjectsQuery): Promise<ProjectList> {
    return { ...(await this.projects.list(operator, query)), applications: {}, integrations: {} };
  }

  @Get('shared')
  @ApiOperation({
    operationId: 'listSharedProjects',
    summary: 'An empty list: projects are not shared between organizations',
  })
  @ApiOkResponse({ type: SharedProjectList })
  @ApiV2Failures(400)
  listShared(@Query() _query: ListSharedProjectsQuery): SharedProjectList {
    return { projects: [] };
  }

  @Get(':project_id')
  @ApiOperation({ summary: 'Shows a project' })
  @ApiOkResponse({ type: ProjectAnswer })
  @ApiV2Failures(404)
  async get(
    @CurrentOperator() operator: Operator,
    @Param('project_id', ObjectIdPipe) id: string,
  ): Promise<ProjectAnswer> {
    return { project: this.projects.view(await this.projects.get(operator, id)) };
  }

  @Patch(':project_id')
  @ApiOperation({ summary: 'Renames a project, or keeps other settings for its clients' })
  @ApiOkResponse({ type: ChangedProject })
  @ApiV2Failures(400, 404)
  async update(
    @CurrentOperator() operator: Operator,
    @Param('project_id', ObjectIdPipe) id: string,
    @Body() body: UpdateProjectBody,
  ): Promise<ChangedProject> {
    return { project: await this.projects.update(operator, id, body.project), operations: [] };
  }

  @Delete(':project_id')
  @Access('organization-management')
  @ApiOperation({ summary: 'Ends a project with all its branches and credentials' })
  @MayBeDryRun(ProjectAnswer)
  @ApiV2Failures(400, 404, 409)
  async delete(
    @CurrentOperator() operator: Operator,
    @Param('project_id', ObjectIdPipe) id: string,
    @IsDryRun() dryRun: boolean,
  ): Promise<ProjectAnswer | DryRun> {
    if (dryRun) return this.projects.foresee(operator, id);
    return { project: await this.projects.delete(operator, id) };
  }

  @Post(':project_id/recover')
  @HttpCode(200)
  @ApiOperation({ summary: 'Undoes the deletion of a project within seven days' })
  @ApiOkResponse({ type: RecoveredProject })
  @ApiV2Failures(404)
  async recover(
    @CurrentOperator() operator: Operator,
    @Param('project_id', ObjectIdPipe) id: string,
  ): Promise<RecoveredProject> {
    const project = await this.projects.recover(operator, id);
    const { branches } = await this.branches.list(operator, id, {});
    return { project, branches };
  }
}
