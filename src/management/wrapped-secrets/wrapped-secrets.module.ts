import { Module } from '@nestjs/common';
import { ControlPlaneModule } from '../control-plane/control-plane.module.js';
import { SealedSecretRepository } from './wrapped-secret.repository.js';
import { SealedSecretsController } from './wrapped-secrets.controller.js';
import { SealedSecretsService } from './wrapped-secrets.service.js';

/** What the master key encrypts, counted by the key that does, and brought under today’s. */
@Module({
  imports: [ControlPlaneModule],
  controllers: [SealedSecretsController],
  providers: [SealedSecretRepository, SealedSecretsService],
})
export class WrappedSecretsModule {}
