import { Module } from '@nestjs/common';
import { IdentityModule } from '../identity/identity.module.js';
import { MeteringModule } from '../metering/metering.module.js';
import { CreditsModule } from '../quota/credits/credits.module.js';
import { QuotaRepository } from '../quota/quota.repository.js';
import { UpstreamModule } from '../upstream/upstream.module.js';
import { AuditController } from './audit/audit.controller.js';
import { AuditReportService } from './audit/audit-report.service.js';
import { BlockRepository } from './blocks/block.repository.js';
import { BlocksController } from './blocks/blocks.controller.js';
import { BlocksService } from './blocks/blocks.service.js';
import { BranchDefaultRepository } from './limits/branch-default.repository.js';
import { BranchDefaultsController } from './limits/branch-defaults.controller.js';
import { BranchDefaultsService } from './limits/branch-defaults.service.js';
import { CreditDeskService } from './credits/credit-desk.service.js';
import { CreditsController } from './credits/credits.controller.js';
import { EffectiveLimitRepository } from './limits/effective-limit.repository.js';
import { EffectiveLimitsService } from './limits/effective-limits.service.js';
import { IssuedKeyRepository } from './management-keys/management-key.repository.js';
import { LineageSourcesController } from './lineage-sources/lineage-sources.controller.js';
import { LineageSourcesService } from './lineage-sources/lineage-sources.service.js';
import { LimitRepository } from './limits/limit.repository.js';
import { LimitsController } from './limits/limits.controller.js';
import { LimitsService } from './limits/limits.service.js';
import { LiveUsageService } from './usage/live-usage.service.js';
import { ManagementKeysController } from './management-keys/management-keys.controller.js';
import { ManagementKeysService } from './management-keys/management-keys.service.js';
import { ModelRepository } from './models/model.repository.js';
import { AdminModelsController } from './models/models.controller.js';
import { ModelsService } from './models/models.service.js';
import { OrganizationRepository } from './organizations/organization.repository.js';
import { OrganizationsController } from './organizations/organizations.controller.js';
import { OrganizationsService } from './organizations/organizations.service.js';
import { PriceCorrectionsService } from './prices/prices.service.js';
import { RoutesController } from './upstreams/routes.controller.js';
import { RoutesService } from './upstreams/routes.service.js';
import { ScopeRepository } from './control-plane/access/tenant-scope.repository.js';
import { UpstreamRepository } from './upstreams/upstream.repository.js';
import { UpstreamTestService } from './upstreams/upstream-test.service.js';
import { ConfigurationController } from './configuration/configuration.controller.js';
import { ConfigurationRepository } from './configuration/configuration.repository.js';
import { ConfigurationService } from './configuration/configuration.service.js';
import { ConfiguredLimitsService } from './configuration/configured-limits.service.js';
import { ConfiguredModelsService } from './configuration/configured-models.service.js';
import { ConfiguredUpstreamsService } from './configuration/configured-upstreams.service.js';
import { SealedSecretRepository } from './wrapped-secrets/wrapped-secret.repository.js';
import { SealedSecretsController } from './wrapped-secrets/wrapped-secrets.controller.js';
import { SealedSecretsService } from './wrapped-secrets/wrapped-secrets.service.js';
import { UpstreamsController } from './upstreams/upstreams.controller.js';
import { UpstreamsService } from './upstreams/upstreams.service.js';
import { UsageReportRepository } from './usage/usage-report.repository.js';
import { UsageReportService } from './usage/usage-report.service.js';
import { UsageController } from './usage/usage.controller.js';
import { AuditRepository } from './control-plane/audit-trail/audit.repository.js';
import { AuditTrailService } from './control-plane/audit-trail/audit-trail.service.js';
import { ObjectViewsService } from './control-plane/audit-trail/object-views.service.js';
import { AccountController } from './organizations/account.controller.js';
import { AccountRepository } from './organizations/account.repository.js';
import { AccountService } from './organizations/account.service.js';
import { BranchActionsController } from './branches/branch-actions.controller.js';
import { BranchRestoreService } from './branches/branch-restore.service.js';
import { BranchSweepService } from './branches/branch-sweep.service.js';
import { BranchTreeRepository } from './branches/branch-tree.repository.js';
import { BranchUpdatesService } from './branches/branch-updates.service.js';
import { BranchesController } from './branches/branches.controller.js';
import { BranchesService } from './branches/branches.service.js';
import { CredentialSecretsService } from './credentials/credential-secrets.service.js';
import { CredentialsController } from './credentials/credentials.controller.js';
import { CredentialsService } from './credentials/credentials.service.js';
import { GatewayDiscoveryService } from './discovery/gateway-discovery.service.js';
import { IssuedCredentialRepository } from './credentials/credential.repository.js';
import { LineageCopyService } from './lineage-sources/lineage-copy.service.js';
import { LineageSourceRepository } from './lineage-sources/lineage-source.repository.js';
import { LineageSyncService } from './lineage-sources/lineage-sync.service.js';
import { SourceReader } from './lineage-sources/source-reader.js';
import { OperationRepository } from './operations/operation.repository.js';
import { ProjectOperationsController } from './operations/operations.controller.js';
import { ProjectOperationsService } from './operations/operations.service.js';
import { ProjectRepository } from './projects/project.repository.js';
import { ProjectsController } from './projects/projects.controller.js';
import { ProjectsService } from './projects/projects.service.js';
import { ConsequencesRepository } from './control-plane/dry-run/consequences.repository.js';
import { ConsequencesService } from './control-plane/dry-run/consequences.service.js';
import { IdempotencyCleanupService } from './control-plane/idempotency/idempotency-cleanup.service.js';
import { IdempotencyRepository } from './control-plane/idempotency/idempotency.repository.js';
import { IdempotencyService } from './control-plane/idempotency/idempotency.service.js';
import { StandInsController } from './discovery/stand-ins.controller.js';
import { StandInsService } from './discovery/stand-ins.service.js';
import { TreeChangesService } from './branches/tree-changes.service.js';
import { UnsupportedController } from './unsupported/unsupported.controller.js';
import { ManagementKeyRepository } from './control-plane/access/operator.repository.js';
import { ManagementGuard } from './control-plane/access/management.guard.js';
import { OidcService } from './control-plane/access/oidc.service.js';
import { OperatorsService } from './control-plane/access/operators.service.js';

/** The control plane: API v2 as it is published, and /admin. */
@Module({
  imports: [IdentityModule, MeteringModule, CreditsModule, UpstreamModule],
  controllers: [
    AccountController,
    ProjectsController,
    ProjectOperationsController,
    BranchesController,
    BranchActionsController,
    CredentialsController,
    StandInsController,
    AdminModelsController,
    UpstreamsController,
    RoutesController,
    LimitsController,
    BranchDefaultsController,
    CreditsController,
    BlocksController,
    LineageSourcesController,
    UsageController,
    OrganizationsController,
    SealedSecretsController,
    ConfigurationController,
    ManagementKeysController,
    AuditController,
    // After every other controller of API v2: it takes what they leave.
    UnsupportedController,
  ],
  providers: [
    ManagementKeyRepository,
    OidcService,
    OperatorsService,
    ManagementGuard,
    ConsequencesRepository,
    ConsequencesService,
    AuditRepository,
    AuditTrailService,
    ObjectViewsService,
    IdempotencyRepository,
    IdempotencyService,
    IdempotencyCleanupService,
    AccountRepository,
    AccountService,
    ProjectRepository,
    ProjectsService,
    OperationRepository,
    ProjectOperationsService,
    BranchTreeRepository,
    TreeChangesService,
    BranchesService,
    BranchUpdatesService,
    BranchRestoreService,
    BranchSweepService,
    GatewayDiscoveryService,
    StandInsService,
    IssuedCredentialRepository,
    CredentialSecretsService,
    CredentialsService,
    LineageSourceRepository,
    SourceReader,
    LineageCopyService,
    LineageSyncService,
    LineageSourcesService,
    ModelRepository,
    ModelsService,
    PriceCorrectionsService,
    UpstreamRepository,
    UpstreamsService,
    UpstreamTestService,
    RoutesService,
    ScopeRepository,
    LimitRepository,
    LimitsService,
    OrganizationRepository,
    OrganizationsService,
    SealedSecretRepository,
    SealedSecretsService,
    ConfigurationRepository,
    ConfiguredModelsService,
    ConfiguredUpstreamsService,
    ConfiguredLimitsService,
    ConfigurationService,
    CreditDeskService,
    BranchDefaultRepository,
    BranchDefaultsService,
    EffectiveLimitRepository,
    EffectiveLimitsService,
    QuotaRepository,
    BlockRepository,
    BlocksService,
    UsageReportRepository,
    UsageReportService,
    LiveUsageService,
    IssuedKeyRepository,
    ManagementKeysService,
    AuditReportService,
  ],
  exports: [ManagementGuard],
})
export class ManagementModule {}
