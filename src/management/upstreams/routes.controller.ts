import { Body, Controller, Delete, Get, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { Access } from '../../identity/access.js';
import { AdminApi, AdminFailures } from '../control-plane/control-plane.decorator.js';
import { type DryRun, IsDryRun, MayBeDryRun } from '../control-plane/dry-run/dry-run.js';
import { ObjectIdPipe } from '../control-plane/requests/request.pipe.js';
import { AddRouteBody, ChangeRouteBody, ListRoutesQuery, Route, RouteList } from './route.dto.js';
import { RoutesService } from './routes.service.js';

@AdminApi()
@Controller('admin/routes')
@Access('installation-admin')
export class RoutesController {
  constructor(private readonly routes: RoutesService) {}

  @Get()
  @ApiOperation({ summary: 'Lists routes' })
  @ApiOkResponse({ type: RouteList })
  @AdminFailures(400)
  list(@Query() query: ListRoutesQuery): Promise<RouteList> {
    return this.routes.list(query);
  }

  @Post()
  @ApiOperation({ summary: 'Sends a model to an upstream' })
  @ApiCreatedResponse({ type: Route })
  @AdminFailures(400, 404, 409)
  add(@Body() body: AddRouteBody): Promise<Route> {
    return this.routes.add(body);
  }

  @Get(':route_id')
  @ApiOperation({ summary: 'Shows a route' })
  @ApiOkResponse({ type: Route })
  @AdminFailures(404)
  get(@Param('route_id', ObjectIdPipe) id: string): Promise<Route> {
    return this.routes.get(id);
  }

  @Patch(':route_id')
  @ApiOperation({ summary: 'Changes when a route is tried, its share, or what the upstream calls the model' })
  @ApiOkResponse({ type: Route })
  @AdminFailures(400, 404, 409)
  change(@Param('route_id', ObjectIdPipe) id: string, @Body() body: ChangeRouteBody): Promise<Route> {
    return this.routes.change(id, body);
  }

  @Delete(':route_id')
  @MayBeDryRun()
  @ApiOperation({ summary: 'Removes a route' })
  @ApiNoContentResponse()
  @AdminFailures(400, 404)
  delete(@Param('route_id', ObjectIdPipe) id: string, @IsDryRun() dryRun: boolean): Promise<DryRun | void> {
    return dryRun ? this.routes.foresee(id) : this.routes.delete(id);
  }
}
