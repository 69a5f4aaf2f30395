import { Module } from '@nestjs/common';
import { IdentityModule } from '../identity/identity.module.js';
import { MeteringModule } from '../metering/metering.module.js';
import { CreditsModule } from '../quota/credits/credits.module.js';
import { QuotaRepository } from '../quota/quota.repository.js';
import { UpstreamModule } from '../upstream/upstream.module.js';
import { AuditController } from './admin/audit.controller.js';
import { AuditReportService } from './admin/audit-report.service.js';
import { BlockRepository } from './admin/block.repository.js';
import { BlocksController } from './admin/blocks.controller.js';
import { BlocksService } from './admin/blocks.service.js';
import { BranchDefaultRepository } from './admin/branch-default.repository.js';
import { BranchDefaultsController } from './admin/branch-defaults.controller.js';
import { BranchDefaultsService } from './admin/branch-defaults.service.js';
import { CreditDeskService } from './admin/credit-desk.service.js';
import { CreditsController } from './admin/credits.controller.js';
import { EffectiveLimitRepository } from './admin/effective-limit.repository.js';
import { EffectiveLimitsService } from './admin/effective-limits.service.js';
import { IssuedKeyRepository } from './admin/issued-key.repository.js';
import { LineageSourcesController } from './admin/lineage-sources.controller.js';
import { LineageSourcesService } from './admin/lineage-sources.service.js';
import { LimitRepository } from './admin/limit.repository.js';
import { LimitsController } from './admin/limits.controller.js';
import { LimitsService } from './admin/limits.service.js';
import { LiveUsageService } from './admin/live-usage.service.js';
import { ManagementKeysController } from './admin/management-keys.controller.js';
import { ManagementKeysService } from './admin/management-keys.service.js';
import { ModelRepository } from './admin/model.repository.js';
import { AdminModelsController } from './admin/models.controller.js';
import { ModelsService } from './admin/models.service.js';
import { OrganizationRepository } from './admin/organization.repository.js';
import { OrganizationsController } from './admin/organizations.controller.js';
import { OrganizationsService } from './admin/organizations.service.js';
import { PriceCorrectionsService } from './admin/price-corrections.service.js';
import { RoutesController } from './admin/routes.controller.js';
import { RoutesService } from './admin/routes.service.js';
import { ScopeRepository } from './admin/scope.repository.js';
import { UpstreamRepository } from './admin/upstream.repository.js';
import { UpstreamTestService } from './admin/upstream-test.service.js';
import { ConfigurationController } from './configuration/configuration.controller.js';
import { ConfigurationRepository } from './configuration/configuration.repository.js';
import { ConfigurationService } from './configuration/configuration.service.js';
import { ConfiguredLimitsService } from './configuration/configured-limits.service.js';
import { ConfiguredModelsService } from './configuration/configured-models.service.js';
import { ConfiguredUpstreamsService } from './configuration/configured-upstreams.service.js';
import { SealedSecretRepository } from './admin/sealed-secret.repository.js';
import { SealedSecretsController } from './admin/sealed-secrets.controller.js';
import { SealedSecretsService } from './admin/sealed-secrets.service.js';
import { UpstreamsController } from './admin/upstreams.controller.js';
import { UpstreamsService } from './admin/upstreams.service.js';
import { UsageReportRepository } from './admin/usage-report.repository.js';
import { UsageReportService } from './admin/usage-report.service.js';
import { UsageController } from './admin/usage.controller.js';
import { AuditRepository } from './audit/audit.repository.js';
import { AuditTrailService } from './audit/audit-trail.service.js';
import { ObjectViewsService } from './audit/object-views.service.js';
import { AccountController } from './api-v2/account.controller.js';
import { AccountRepository } from './api-v2/account.repository.js';
import { AccountService } from './api-v2/account.service.js';
import { BranchActionsController } from './api-v2/branch-actions.controller.js';
import { BranchRestoreService } from './api-v2/branch-restore.service.js';
import { BranchSweepService } from './api-v2/branch-sweep.service.js';
import { BranchTreeRepository } from './api-v2/branch-tree.repository.js';
import { BranchUpdatesService } from './api-v2/branch-updates.service.js';
import { BranchesController } from './api-v2/branches.controller.js';
import { BranchesService } from './api-v2/branches.service.js';
import { CredentialSecretsService } from './api-v2/credential-secrets.service.js';
import { CredentialsController } from './api-v2/credentials.controller.js';
import { CredentialsService } from './api-v2/credentials.service.js';
import { GatewayDiscoveryService } from './api-v2/gateway-discovery.service.js';
import { IssuedCredentialRepository } from './api-v2/issued-credential.repository.js';
import { LineageCopyService } from './api-v2/lineage/lineage-copy.service.js';
import { LineageSourceRepository } from './api-v2/lineage/lineage-source.repository.js';
import { LineageSyncService } from './api-v2/lineage/lineage-sync.service.js';
import { SourceReader } from './api-v2/lineage/source-reader.js';
import { OperationRepository } from './api-v2/operation.repository.js';
import { ProjectOperationsController } from './api-v2/project-operations.controller.js';
import { ProjectOperationsService } from './api-v2/project-operations.service.js';
import { ProjectRepository } from './api-v2/project.repository.js';
import { ProjectsController } from './api-v2/projects.controller.js';
import { ProjectsService } from './api-v2/projects.service.js';
import { ConsequencesRepository } from './dry-run/consequences.repository.js';
import { ConsequencesService } from './dry-run/consequences.service.js';
import { IdempotencyCleanupService } from './idempotency/idempotency-cleanup.service.js';
import { IdempotencyRepository } from './idempotency/idempotency.repository.js';
import { IdempotencyService } from './idempotency/idempotency.service.js';
import { StandInsController } from './api-v2/stand-ins.controller.js';
import { StandInsService } from './api-v2/stand-ins.service.js';
import { TreeChangesService } from './api-v2/tree-changes.service.js';
import { UnsupportedController } from './api-v2/unsupported.controller.js';
import { ManagementKeyRepository } from './management-key.repository.js';
import { ManagementGuard } from './management.guard.js';
import { OidcService } from './oidc/oidc.service.js';
import { OperatorsService } from './operators.service.js';

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
