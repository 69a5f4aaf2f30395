import { Module } from '@nestjs/common';
import { AuditModule } from './audit/audit.module.js';
import { BlocksModule } from './blocks/blocks.module.js';
import { BranchesModule } from './branches/branches.module.js';
import { ConfigurationModule } from './configuration/configuration.module.js';
import { ControlPlaneModule } from './control-plane/control-plane.module.js';
import { CredentialsModule } from './credentials/credentials.module.js';
import { CreditAccountsModule } from './credits/credits.module.js';
import { DiscoveryModule } from './discovery/discovery.module.js';
import { LimitsModule } from './limits/limits.module.js';
import { LineageSourcesModule } from './lineage-sources/lineage-sources.module.js';
import { ManagementKeysModule } from './management-keys/management-keys.module.js';
import { ModelsModule } from './models/models.module.js';
import { OperationsModule } from './operations/operations.module.js';
import { OrganizationsModule } from './organizations/organizations.module.js';
import { PricesModule } from './prices/prices.module.js';
import { ProjectsModule } from './projects/projects.module.js';
import { UnsupportedModule } from './unsupported/unsupported.module.js';
import { UpstreamsModule } from './upstreams/upstreams.module.js';
import { UsageModule } from './usage/usage.module.js';
import { RequestsModule } from './requests/requests.module.js';
import { SecretsModule } from './secrets/secrets.module.js';

/** The control plane: API v2 as it is published, and /admin. A module a noun, which serves both. */
@Module({
  imports: [
    ControlPlaneModule,
    OrganizationsModule,
    ManagementKeysModule,
    ProjectsModule,
    OperationsModule,
    BranchesModule,
    CredentialsModule,
    DiscoveryModule,
    LineageSourcesModule,
    ModelsModule,
    PricesModule,
    UpstreamsModule,
    LimitsModule,
    BlocksModule,
    CreditAccountsModule,
    UsageModule,
    RequestsModule,
    AuditModule,
    ConfigurationModule,
    SecretsModule,
    // After every other: it takes the paths of API v2 that they leave.
    UnsupportedModule,
  ],
  exports: [ControlPlaneModule],
})
export class ManagementModule {}
