import { Module } from '@nestjs/common';
import { ControlPlaneModule } from '../control-plane/control-plane.module.js';
import { SecretRepository } from './secret.repository.js';
import { SecretsController } from './secrets.controller.js';
import { SecretsService } from './secrets.service.js';

/** What the master key encrypts, counted by the key that does, and brought under today’s. */
@Module({
  imports: [ControlPlaneModule],
  controllers: [SecretsController],
  providers: [SecretRepository, SecretsService],
})
export class SecretsModule {}
