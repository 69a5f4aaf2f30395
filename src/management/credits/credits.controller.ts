import { Body, Controller, Get, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { Access } from '../../identity/access.js';
import type { Operator } from '../../identity/identity.types.js';
import { AdminApi, AdminFailures } from '../control-plane/control-plane.decorator.js';
import { CurrentOperator } from '../control-plane/access/management.guard.js';
import { Credit, CreditGrant, CreditHistory, CreditHistoryQuery, CreditQuery, GrantCreditBody } from './credit.dto.js';
import { CreditAccountsService } from './credit-accounts.service.js';

@AdminApi()
@Controller('admin/credits')
@Access('organization-admin')
export class CreditsController {
  constructor(private readonly credits: CreditAccountsService) {}

  @Post()
  @Access('installation-admin')
  @ApiOperation({ summary: 'Gives an organization credit; from the first grant on its spend is charged against it' })
  @ApiCreatedResponse({ type: CreditGrant })
  @AdminFailures(400, 404)
  grant(@CurrentOperator() operator: Operator, @Body() body: GrantCreditBody): Promise<CreditGrant> {
    return this.credits.grant(operator, body);
  }

  @Get()
  @ApiOperation({ operationId: 'getCredit', summary: 'Shows the balance at this moment, and every grant' })
  @ApiOkResponse({ type: Credit })
  @AdminFailures(400, 404)
  show(@CurrentOperator() operator: Operator, @Query() query: CreditQuery): Promise<Credit> {
    return this.credits.show(operator, query);
  }

  @Get('history')
  @ApiOperation({ operationId: 'listCreditHistory', summary: 'Lists what changed the balance, newest first' })
  @ApiOkResponse({ type: CreditHistory })
  @AdminFailures(400, 404)
  list(@CurrentOperator() operator: Operator, @Query() query: CreditHistoryQuery): Promise<CreditHistory> {
    return this.credits.list(operator, query);
  }
}
