import { Body, Controller, Delete, Get, Param, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { Access } from '../../identity/access.js';
import type { Operator } from '../../identity/identity.types.js';
import { ApiV2, ApiV2Failures } from '../control-plane.decorator.js';
import { ObjectIdPipe } from '../object-id.pipe.js';
import { CurrentOperator } from '../operator.decorator.js';
import { CreatedProject, CreateProjectBody, ListProjectsQuery, ProjectAnswer, ProjectList } from './project.dto.js';
import { ProjectsService, viewProject } from './projects.service.js';

@ApiV2()
@Controller('api/v2/projects')
@Access('management')
export class ProjectsController {
  constructor(private readonly projects: ProjectsService) {}

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
  @ApiV2Failures(400)
  list(@CurrentOperator() operator: Operator, @Query() query: ListProjectsQuery): Promise<ProjectList> {
    return this.projects.list(operator, query);
  }

  @Get(':project_id')
  @ApiOperation({ summary: 'Shows a project' })
  @ApiOkResponse({ type: ProjectAnswer })
  @ApiV2Failures(404)
  async get(
    @CurrentOperator() operator: Operator,
    @Param('project_id', ObjectIdPipe) id: string,
  ): Promise<ProjectAnswer> {
    return { project: viewProject(await this.projects.get(operator, id)) };
  }

  @Delete(':project_id')
  @Access('organization-management')
  @ApiOperation({ summary: 'Ends a project with all its branches and credentials' })
  @ApiOkResponse({ type: ProjectAnswer })
  @ApiV2Failures(404)
  async delete(
    @CurrentOperator() operator: Operator,
    @Param('project_id', ObjectIdPipe) id: string,
  ): Promise<ProjectAnswer> {
    return { project: await this.projects.delete(operator, id) };
  }
}
