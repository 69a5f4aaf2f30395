import { Body, Controller, Delete, Get, Header, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { Access } from '../../identity/access.js';
import { AdminApi, AdminFailures } from '../control-plane/control-plane.decorator.js';
import { ObjectIdPipe } from '../control-plane/requests/request.pipe.js';
import {
  AddOrganizationBody,
  AdminOrganization,
  ChangeOrganizationBody,
  ListOrganizationsQuery,
  NewOrganization,
  AdminOrganizationList,
} from './organization.dto.js';
import { OrganizationsService } from './organizations.service.js';

@AdminApi()
@Controller('admin/organizations')
@Access('installation-admin')
export class OrganizationsController {
  constructor(private readonly organizations: OrganizationsService) {}

  @Post()
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Makes an organization with its first owner, whose key is shown this once' })
  @ApiCreatedResponse({ type: NewOrganization })
  @AdminFailures(400)
  add(@Body() { name }: AddOrganizationBody): Promise<NewOrganization> {
    return this.organizations.add(name);
  }

  @Get()
  @ApiOperation({ summary: 'Lists the organizations of the installation' })
  @ApiOkResponse({ type: AdminOrganizationList })
  @AdminFailures(400)
  list(@Query() query: ListOrganizationsQuery): Promise<AdminOrganizationList> {
    return this.organizations.list(query);
  }

  @Get(':organization_id')
  @ApiOperation({ summary: 'Shows an organization' })
  @ApiOkResponse({ type: AdminOrganization })
  @AdminFailures(404)
  get(@Param('organization_id', ObjectIdPipe) id: string): Promise<AdminOrganization> {
    return this.organizations.get(id);
  }

  @Patch(':organization_id')
  @ApiOperation({ summary: 'Renames an organization' })
  @ApiOkResponse({ type: AdminOrganization })
  @AdminFailures(400, 404)
  rename(
    @Param('organization_id', ObjectIdPipe) id: string,
    @Body() { name }: ChangeOrganizationBody,
  ): Promise<AdminOrganization> {
    return this.organizations.rename(id, name);
  }

  @Delete(':organization_id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Ends an organization without projects, and all its keys; never the home organization' })
  @ApiNoContentResponse()
  @AdminFailures(404, 409)
  delete(@Param('organization_id', ObjectIdPipe) id: string): Promise<void> {
    return this.organizations.delete(id);
  }
}
