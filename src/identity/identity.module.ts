import { Module } from '@nestjs/common';
import { BranchRepository } from './branch.repository.js';
import { CredentialGuard } from './credential.guard.js';
import { CredentialRepository } from './credential.repository.js';
import { CredentialUseService } from './credential-use.service.js';
import { FailedAuthentications } from './failed-authentications.js';
import { IdentityService } from './identity.service.js';
import { Installation } from './installation.js';
import { LineageGuard } from './lineage.guard.js';

@Module({
  providers: [
    BranchRepository,
    CredentialRepository,
    CredentialGuard,
    CredentialUseService,
    FailedAuthentications,
    IdentityService,
    Installation,
    LineageGuard,
  ],
  exports: [
    BranchRepository,
    IdentityService,
    Installation,
    CredentialGuard,
    CredentialUseService,
    LineageGuard,
    FailedAuthentications,
  ],
})
export class IdentityModule {}
