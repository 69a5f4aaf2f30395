import { Body, Controller, Delete, Get, Header, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { Access } from '../../identity/access.js';
import type { Operator } from '../../identity/identity.types.js';
import { AdminApi, AdminFailures } from '../control-plane/control-plane.decorator.js';
import { type DryRun, IsDryRun, MayBeDryRun } from '../control-plane/dry-run/dry-run.js';
import { ObjectIdPipe } from '../control-plane/requests/request.pipe.js';
import { CurrentOperator } from '../control-plane/access/management.guard.js';
import {
  ChangeManagementKeyBody,
  CreateManagementKeyBody,
  IssuedManagementKey,
  ListManagementKeysQuery,
  ManagementKey,
  ManagementKeyList,
} from './management-key.dto.js';
import { ManagementKeysService } from './management-keys.service.js';

@AdminApi()
@Controller('admin/management-keys')
@Access('admin')
export class ManagementKeysController {
  constructor(private readonly keys: ManagementKeysService) {}

  @Post()
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Makes a management key, of the organization or of one project; it is shown this once' })
  @ApiCreatedResponse({ type: IssuedManagementKey })
  @AdminFailures(400, 404)
  create(@CurrentOperator() operator: Operator, @Body() body: CreateManagementKeyBody): Promise<IssuedManagementKey> {
    return this.keys.create(operator, body);
  }

  @Get()
  @ApiOperation({ summary: 'Lists the management keys; never a secret' })
  @ApiOkResponse({ type: ManagementKeyList })
  @AdminFailures(400)
  list(@CurrentOperator() operator: Operator, @Query() query: ListManagementKeysQuery): Promise<ManagementKeyList> {
    return this.keys.list(operator, query);
  }

  @Get(':key_id')
  @ApiOperation({ summary: 'Shows a management key' })
  @ApiOkResponse({ type: ManagementKey })
  @AdminFailures(404)
  get(@CurrentOperator() operator: Operator, @Param('key_id', ObjectIdPipe) id: string): Promise<ManagementKey> {
    return this.keys.get(operator, id);
  }

  @Patch(':key_id')
  @ApiOperation({ summary: 'Renames a management key, or gives it another role' })
  @ApiOkResponse({ type: ManagementKey })
  @AdminFailures(400, 404, 409)
  change(
    @CurrentOperator() operator: Operator,
    @Param('key_id', ObjectIdPipe) id: string,
    @Body() body: ChangeManagementKeyBody,
  ): Promise<ManagementKey> {
    return this.keys.change(operator, id, body);
  }

  @Delete(':key_id')
  @MayBeDryRun()
  @ApiOperation({ summary: 'Revokes a management key; the organization’s last owner stays' })
  @ApiNoContentResponse({ description: 'it is revoked, now or before' })
  @AdminFailures(400, 404, 409)
  revoke(
    @CurrentOperator() operator: Operator,
    @Param('key_id', ObjectIdPipe) id: string,
    @IsDryRun() dryRun: boolean,
  ): Promise<DryRun | void> {
    return dryRun ? this.keys.foresee(operator, id) : this.keys.revoke(operator, id);
  }
}
