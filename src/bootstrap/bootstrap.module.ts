import { Module } from '@nestjs/common';
import { IdentityModule } from '../identity/identity.module.js';
import { CredentialSecretsService } from '../management/credentials/credentials.module.js';
import { DemoProjectSeeder } from './demo-project.js';
import { InstallationSetup } from './installation-setup.js';
import { InstallationRepository } from './installation.repository.js';

@Module({
  imports: [IdentityModule],
  providers: [CredentialSecretsService, DemoProjectSeeder, InstallationRepository, InstallationSetup],
})
export class BootstrapModule {}
