import { Module } from '@nestjs/common';
import { IdentityModule } from '../identity/identity.module.js';
import { MeteringModule } from '../metering/metering.module.js';
import { CreditsModule } from '../quota/credits/credits.module.js';
import { QuotaRepository } from '../quota/quota.repository.js';
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
import { LimitRepository } from './admin/limit.repository.js';
import { LimitsController } from './admin/limits.controller.js';
import { LimitsService } from './admin/limits.service.js';
import { LiveUsageService } from './admin/live-usage.service.js';
import { ManagementKeysController } from './admin/management-keys.controller.js';
import { ManagementKeysService } from './admin/management-keys.service.js';
import { ModelRepository } from './admin/model.repository.js';
import { AdminModelsController } from './admin/models.controller.js';
import { ModelsService } from './admin/models.service.js';
import { PriceCorrectionsService } from './admin/price-corrections.service.js';
import { RoutesController } from './admin/routes.controller.js';
import { RoutesService } from './admin/routes.service.js';
import { ScopeRepository } from './admin/scope.repository.js';
import { UpstreamRepository } from './admin/upstream.repository.js';
import { UpstreamsController } from './admin/upstreams.controller.js';
import { UpstreamsService } from './admin/upstreams.service.js';
import { UsageReportRepository } from './admin/usage-report.repository.js';
import { UsageReportService } from './admin/usage-report.service.js';
import { UsageController } from './admin/usage.controller.js';
import { AuditRepository } from './audit/audit.repository.js';
import { AuditTrailService } from './audit/audit-trail.service.js';
import { ObjectViewsService } from './audit/object-views.service.js';
import { BranchTreeRepository } from './api-v2/branch-tree.repository.js';
import { BranchesController } from './api-v2/branches.controller.js';
import { BranchesService } from './api-v2/branches.service.js';
import { CredentialsController } from './api-v2/credentials.controller.js';
import { CredentialsService } from './api-v2/credentials.service.js';
import { GatewayDiscoveryService } from './api-v2/gateway-discovery.service.js';
import { IssuedCredentialRepository } from './api-v2/issued-credential.repository.js';
import { ProjectRepository } from './api-v2/project.repository.js';
import { ProjectsController } from './api-v2/projects.controller.js';
import { ProjectsService } from './api-v2/projects.service.js';
import { IdempotencyCleanupService } from './idempotency/idempotency-cleanup.service.js';
import { IdempotencyRepository } from './idempotency/idempotency.repository.js';
import { IdempotencyService } from './idempotency/idempotency.service.js';
import { ManagementKeyRepository } from './management-key.repository.js';
import { ManagementGuard } from './management.guard.js';
import { OperatorsService } from './operators.service.js';

/** The control plane: API v2 as it is published, and /admin. */
@Module({
  imports: [IdentityModule, MeteringModule, CreditsModule],
  controllers: [
    ProjectsController,
    BranchesController,
    CredentialsController,
    AdminModelsController,
    UpstreamsController,
    RoutesController,
    LimitsController,
    BranchDefaultsController,
    CreditsController,
    BlocksController,
    UsageController,
    ManagementKeysController,
    AuditController,
  ],
  providers: [
    ManagementKeyRepository,
    OperatorsService,
    ManagementGuard,
    AuditRepository,
    AuditTrailService,
    ObjectViewsService,
    IdempotencyRepository,
    IdempotencyService,
    IdempotencyCleanupService,
    ProjectRepository,
    ProjectsService,
    BranchTreeRepository,
    BranchesService,
    GatewayDiscoveryService,
    IssuedCredentialRepository,
    CredentialsService,
    ModelRepository,
    ModelsService,
    PriceCorrectionsService,
    UpstreamRepository,
    UpstreamsService,
    RoutesService,
    ScopeRepository,
    LimitRepository,
    LimitsService,
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
