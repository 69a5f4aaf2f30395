import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { Access } from '../../identity/access.js';
import type { Operator } from '../../identity/identity.types.js';
import { ApiV2, ApiV2Failures } from '../control-plane/control-plane.decorator.js';
import { ObjectIdPipe } from '../control-plane/requests/request.pipe.js';
import { CurrentOperator } from '../control-plane/access/management.guard.js';
import {
  AuthDetails,
  CurrentUser,
  ListMembersQuery,
  ListRegionsQuery,
  MemberList,
  Organization,
  OrganizationList,
  RegionList,
} from './organization.dto.js';
import { AccountService } from './account.service.js';

@ApiV2()
@Controller('api/v2')
@Access('management')
export class AccountController {
  constructor(private readonly account: AccountService) {}

  @Get('users/me')
  @ApiOperation({
    operationId: 'getCurrentUserInfo',
    summary: 'Shows the management key as published clients expect a user',
  })
  @ApiOkResponse({ type: CurrentUser })
  describeUser(@CurrentOperator() operator: Operator): Promise<CurrentUser> {
    return this.account.describeUser(operator);
  }

  @Get('users/me/organizations')
  @ApiOperation({
    operationId: 'getCurrentUserOrganizations',
    summary: 'Lists the one organization that the key belongs to',
  })
  @ApiOkResponse({ type: OrganizationList })
  async listOrganizations(@CurrentOperator() operator: Operator): Promise<OrganizationList> {
    return { organizations: [await this.account.getOrganization(operator, operator.organizationId)] };
  }

  @Get('auth')
  @ApiOperation({ operationId: 'getAuthDetails', summary: 'Shows what the request was authenticated by' })
  @ApiOkResponse({ type: AuthDetails })
  describeAuthentication(@CurrentOperator() operator: Operator): AuthDetails {
    return this.account.describeAuthentication(operator);
  }

  @Get('regions')
  @ApiOperation({ operationId: 'getActiveRegions', summary: 'Lists the regions that branch hosts may name' })
  @ApiOkResponse({ type: RegionList })
  @ApiV2Failures(400, 404)
  listRegions(@CurrentOperator() operator: Operator, @Query() query: ListRegionsQuery): Promise<RegionList> {
    return this.account.listRegions(operator, query.org_id);
  }

  @Get('organizations/:org_id')
  @ApiOperation({ operationId: 'getOrganization', summary: 'Shows the key’s organization' })
  @ApiOkResponse({ type: Organization })
  @ApiV2Failures(404)
  getOrganization(
    @CurrentOperator() operator: Operator,
    @Param('org_id', ObjectIdPipe) id: string,
  ): Promise<Organization> {
    return this.account.getOrganization(operator, id);
  }

  @Get('organizations/:org_id/members')
  @ApiOperation({ operationId: 'getOrganizationMembers', summary: 'An empty list: keys are not bound to persons' })
  @ApiOkResponse({ type: MemberList })
  @ApiV2Failures(400, 404)
  listMembers(
    @CurrentOperator() operator: Operator,
    @Param('org_id', ObjectIdPipe) id: string,
    @Query() _query: ListMembersQuery,
  ): Promise<MemberList> {
    return this.account.listMembers(operator, id);
  }
}
