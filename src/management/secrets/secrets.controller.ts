import { Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { Access } from '../../identity/access.js';
import { AdminApi } from '../control-plane/control-plane.decorator.js';
import { RewrappedSecrets, EncryptedSecrets } from './secret.dto.js';
import { SecretsService } from './secrets.service.js';

@AdminApi()
@Controller('admin/secrets')
@Access('installation-admin')
export class SecretsController {
  constructor(private readonly secrets: SecretsService) {}

  @Get()
  @ApiOperation({
    operationId: 'countSecrets',
    summary: 'Counts what is encrypted under the master key, under another one, and under none that is known',
  })
  @ApiOkResponse({ type: EncryptedSecrets })
  count(): Promise<EncryptedSecrets> {
    return this.secrets.count();
  }

  @Post('rewrap')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'rewrapSecrets',
    summary: 'Encrypts under the master key what another key encrypted, so that this one can be given up',
  })
  @ApiOkResponse({ type: RewrappedSecrets })
  rewrap(): Promise<RewrappedSecrets> {
    return this.secrets.rewrap();
  }
}
