import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { Access } from '../../identity/access.js';
import { AdminApi, AdminFailures } from '../control-plane/control-plane.decorator.js';
import { type DryRun, IsDryRun, MayBeDryRun } from '../control-plane/dry-run/dry-run.js';
import { ObjectIdPipe } from '../control-plane/requests/request.pipe.js';
import {
  AddUpstreamBody,
  ChangeUpstreamBody,
  ListUpstreamsQuery,
  Upstream,
  UpstreamList,
  UpstreamTest,
} from './upstream.dto.js';
import { UpstreamTestService } from './upstream-test.service.js';
import { UpstreamsService } from './upstreams.service.js';

@AdminApi()
@Controller('admin/upstreams')
@Access('installation-admin')
export class UpstreamsController {
  constructor(
    private readonly upstreams: UpstreamsService,
    private readonly tests: UpstreamTestService,
  ) {}

  @Post()
  @ApiOperation({ summary: 'Adds an upstream, with routes if wanted' })
  @ApiCreatedResponse({ type: Upstream })
  @AdminFailures(400, 404, 409)
  add(@Body() body: AddUpstreamBody): Promise<Upstream> {
    return this.upstreams.add(body);
  }

  @Get()
  @ApiOperation({ summary: 'Lists the stored upstreams with their routes; never a secret' })
  @ApiOkResponse({ type: UpstreamList })
  @AdminFailures(400)
  list(@Query() query: ListUpstreamsQuery): Promise<UpstreamList> {
    return this.upstreams.list(query);
  }

  @Get(':upstream_id')
  @ApiOperation({ summary: 'Shows a stored upstream with its routes; never its secret' })
  @ApiOkResponse({ type: Upstream })
  @AdminFailures(404)
  get(@Param('upstream_id', ObjectIdPipe) id: string): Promise<Upstream> {
    return this.upstreams.get(id);
  }

  @Patch(':upstream_id')
  @ApiOperation({ summary: 'Changes an upstream' })
  @ApiOkResponse({ type: Upstream })
  @AdminFailures(400, 404, 409)
  change(@Param('upstream_id', ObjectIdPipe) id: string, @Body() body: ChangeUpstreamBody): Promise<Upstream> {
    return this.upstreams.change(id, body);
  }

  @Post(':upstream_id/test')
  @HttpCode(200)
  @ApiOperation({ summary: 'Calls an upstream with its stored secret; nobody’s usage' })
  @ApiOkResponse({ type: UpstreamTest })
  @AdminFailures(404, 409)
  test(@Param('upstream_id', ObjectIdPipe) id: string): Promise<UpstreamTest> {
    return this.tests.test(id);
  }

  @Delete(':upstream_id')
  @MayBeDryRun()
  @ApiOperation({ summary: 'Removes an upstream with its routes' })
  @ApiNoContentResponse()
  @AdminFailures(400, 404)
  delete(@Param('upstream_id', ObjectIdPipe) id: string, @IsDryRun() dryRun: boolean): Promise<DryRun | void> {
    return dryRun ? this.upstreams.foresee(id) : this.upstreams.delete(id);
  }
}
