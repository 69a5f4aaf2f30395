import { Body, Controller, Get, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { Access } from '../../identity/access.js';
import { AdminApi, AdminFailures } from '../control-plane/control-plane.decorator.js';
import { ObjectIdPipe } from '../control-plane/requests/request.pipe.js';
import { Model, ModelList } from './model-answer.dto.js';
import { AddModelBody, ChangeModelBody, ListModelsQuery } from './model.dto.js';
import { ModelsService } from './models.service.js';

@AdminApi()
@Controller('admin/models')
@Access('organization-admin')
export class AdminModelsController {
  constructor(private readonly models: ModelsService) {}

  @Get()
  @ApiOperation({ summary: 'Lists the catalog, in the order of the ids' })
  @ApiOkResponse({ type: ModelList })
  @AdminFailures(400)
  list(@Query() query: ListModelsQuery): Promise<ModelList> {
    return this.models.list(query);
  }

  @Get(':model_id')
  @ApiOperation({ summary: 'Shows a model' })
  @ApiOkResponse({ type: Model })
  @AdminFailures(404)
  get(@Param('model_id', ObjectIdPipe) id: string): Promise<Model> {
    return this.models.get(id);
  }

  @Post()
  @Access('installation-admin')
  @ApiOperation({ summary: 'Adds a model to the catalog' })
  @ApiCreatedResponse({ type: Model })
  @AdminFailures(400, 409)
  add(@Body() body: AddModelBody): Promise<Model> {
    return this.models.add(body);
  }

  @Patch(':model_id')
  @Access('installation-admin')
  @ApiOperation({ summary: 'Changes columns of a model; later releases leave these alone' })
  @ApiOkResponse({ type: Model })
  @AdminFailures(400, 404, 409)
  change(@Param('model_id', ObjectIdPipe) id: string, @Body() body: ChangeModelBody): Promise<Model> {
    return this.models.change(id, body);
  }
}
