import { Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { Access } from '../../identity/access.js';
import { AdminApi } from '../control-plane/control-plane.decorator.js';
import { ResealedSecrets, SealedSecrets } from './wrapped-secret.dto.js';
import { SealedSecretsService } from './wrapped-secrets.service.js';

@AdminApi()
@Controller('admin/secrets')
@Access('installation-admin')
export class SealedSecretsController {
  constructor(private readonly sealed: SealedSecretsService) {}

  @Get()
  @ApiOperation({
    operationId: 'countSecrets',
    summary: 'Counts what is sealed under the master key, under another one, and under none that is known',
  })
  @ApiOkResponse({ type: SealedSecrets })
  count(): Promise<SealedSecrets> {
    return this.sealed.count();
  }

  @Post('reseal')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'resealSecrets',
    summary: 'Seals under the master key what another key sealed, so that this one can be given up',
  })
  @ApiOkResponse({ type: ResealedSecrets })
  reseal(): Promise<ResealedSecrets> {
    return this.sealed.reseal();
  }
}
