import { Body, Controller, Delete, Get, Header, HttpCode, Param, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { Access } from '../../identity/access.js';
import type { Operator } from '../../identity/identity.types.js';
import { ApiV2, ApiV2Failures } from '../control-plane/control-plane.decorator.js';
import { type DryRun, IsDryRun, MayBeDryRun } from '../control-plane/dry-run/dry-run.js';
import { ObjectIdPipe } from '../control-plane/requests/request.pipe.js';
import { CurrentOperator } from '../control-plane/access/management.guard.js';
import {
  CreateCredentialBody,
  CredentialList,
  CredentialSecrets,
  IssuedCredential,
  RotatedCredential,
} from './credential.dto.js';
import { CredentialsService } from './credentials.service.js';

@ApiV2()
@Controller('api/v2/projects/:project_id/branches/:branch_id/credentials')
@Access('management')
export class CredentialsController {
  constructor(private readonly credentials: CredentialsService) {}

  @Post()
  @Header('cache-control', 'no-store')
  @ApiOperation({ operationId: 'createCredential', summary: 'Issues a credential anchored on a branch' })
  @ApiCreatedResponse({ type: IssuedCredential })
  @ApiV2Failures(400, 404)
  issue(
    @CurrentOperator() operator: Operator,
    @Param('project_id', ObjectIdPipe) projectId: string,
    @Param('branch_id', ObjectIdPipe) branchId: string,
    @Body() body: CreateCredentialBody,
  ): Promise<IssuedCredential> {
    return this.credentials.issue(operator, projectId, branchId, body);
  }

  @Get()
  @ApiOperation({ summary: 'Lists a branch’s own credentials, newest first, revoked ones included; never a secret' })
  @ApiOkResponse({ type: CredentialList })
  @ApiV2Failures(404)
  list(
    @CurrentOperator() operator: Operator,
    @Param('project_id', ObjectIdPipe) projectId: string,
    @Param('branch_id', ObjectIdPipe) branchId: string,
  ): Promise<CredentialList> {
    return this.credentials.list(operator, projectId, branchId);
  }

  @Delete(':token_id')
  @MayBeDryRun()
  @ApiOperation({ summary: 'Revokes a credential' })
  @ApiNoContentResponse({ description: 'it is revoked, now or before' })
  @ApiV2Failures(400, 404)
  revoke(
    @CurrentOperator() operator: Operator,
    @Param('project_id', ObjectIdPipe) projectId: string,
    @Param('branch_id', ObjectIdPipe) branchId: string,
    @Param('token_id', ObjectIdPipe) tokenId: string,
    @IsDryRun() dryRun: boolean,
  ): Promise<DryRun | void> {
    if (dryRun) return this.credentials.foresee(operator, projectId, branchId, tokenId);
    return this.credentials.revoke(operator, projectId, branchId, tokenId);
  }

  @Post(':token_id/reveal')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Shows the secrets of a valid credential again' })
  @ApiOkResponse({ type: CredentialSecrets })
  @ApiV2Failures(404, 409)
  reveal(
    @CurrentOperator() operator: Operator,
    @Param('project_id', ObjectIdPipe) projectId: string,
    @Param('branch_id', ObjectIdPipe) branchId: string,
    @Param('token_id', ObjectIdPipe) tokenId: string,
  ): Promise<CredentialSecrets> {
    return this.credentials.reveal(operator, projectId, branchId, tokenId);
  }

  @Post(':token_id/rotate')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Gives a credential new secrets under the same id; the old ones are refused at once' })
  @ApiOkResponse({ type: RotatedCredential })
  @ApiV2Failures(404)
  rotate(
    @CurrentOperator() operator: Operator,
    @Param('project_id', ObjectIdPipe) projectId: string,
    @Param('branch_id', ObjectIdPipe) branchId: string,
    @Param('token_id', ObjectIdPipe) tokenId: string,
  ): Promise<RotatedCredential> {
    return this.credentials.rotate(operator, projectId, branchId, tokenId);
  }
}
