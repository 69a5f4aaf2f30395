import { Body, Controller, Delete, Get, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { Access } from '../../identity/access.js';
import type { Operator } from '../../identity/identity.types.js';
import { AdminApi, AdminFailures } from '../control-plane/control-plane.decorator.js';
import { ConsequencesService } from '../control-plane/dry-run/consequences.service.js';
import { type DryRun, IsDryRun, MayBeDryRun } from '../control-plane/dry-run/dry-run.js';
import { ObjectIdPipe } from '../control-plane/requests/request.pipe.js';
import { CurrentOperator } from '../control-plane/access/management.guard.js';
import {
  AddLineageSourceBody,
  ChangeLineageSourceBody,
  LineageSource,
  LineageSourceList,
  ListLineageSourcesQuery,
} from './lineage-source.dto.js';
import { LineageSourcesService } from './lineage-sources.service.js';

@AdminApi()
@Controller('admin/lineage-sources')
@Access('organization-admin')
export class LineageSourcesController {
  constructor(
    private readonly sources: LineageSourcesService,
    private readonly consequences: ConsequencesService,
  ) {}

  @Post()
  @ApiOperation({ summary: 'Copies the branches of a project elsewhere, and follows them from then on' })
  @ApiCreatedResponse({ type: LineageSource })
  @AdminFailures(400, 409)
  add(@CurrentOperator() operator: Operator, @Body() body: AddLineageSourceBody): Promise<LineageSource> {
    return this.sources.add(operator, body);
  }

  @Get()
  @ApiOperation({ summary: 'Lists the sources and how stale their copies are; never a key' })
  @ApiOkResponse({ type: LineageSourceList })
  @AdminFailures(400)
  list(@CurrentOperator() operator: Operator, @Query() query: ListLineageSourcesQuery): Promise<LineageSourceList> {
    return this.sources.list(operator, query);
  }

  @Get(':source_id')
  @ApiOperation({ summary: 'Shows a source and how stale its copy is; never its key' })
  @ApiOkResponse({ type: LineageSource })
  @AdminFailures(404)
  get(@CurrentOperator() operator: Operator, @Param('source_id', ObjectIdPipe) id: string): Promise<LineageSource> {
    return this.sources.get(operator, id);
  }

  @Patch(':source_id')
  @ApiOperation({ summary: 'Gives a source another key, or another interval; it is read again at once' })
  @ApiOkResponse({ type: LineageSource })
  @AdminFailures(400, 404, 409)
  change(
    @CurrentOperator() operator: Operator,
    @Param('source_id', ObjectIdPipe) id: string,
    @Body() body: ChangeLineageSourceBody,
  ): Promise<LineageSource> {
    return this.sources.change(operator, id, body);
  }

  @Delete(':source_id')
  @MayBeDryRun()
  @ApiOperation({ summary: 'Follows no longer: the tree stays as it is and may be changed here' })
  @ApiNoContentResponse()
  @AdminFailures(400, 404)
  async delete(
    @CurrentOperator() operator: Operator,
    @Param('source_id', ObjectIdPipe) id: string,
    @IsDryRun() dryRun: boolean,
  ): Promise<DryRun | void> {
    if (!dryRun) return this.sources.delete(operator, id);
    const { project_id: projectId } = await this.sources.get(operator, id);
    return this.consequences.ofLineageSource(operator.organizationId, { id, projectId });
  }
}
