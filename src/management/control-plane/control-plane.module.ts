import { Module } from '@nestjs/common';
import { IdentityModule } from '../../identity/identity.module.js';
import { ManagementGuard } from './access/management.guard.js';
import { OidcService } from './access/oidc.service.js';
import { ManagementKeyRepository } from './access/operator.repository.js';
import { OperatorsService } from './access/operators.service.js';
import { ScopeRepository } from './access/tenant-scope.repository.js';
import { AuditTrailService } from './audit-trail/audit-trail.service.js';
import { AuditRepository } from './audit-trail/audit.repository.js';
import { ObjectViewsService } from './audit-trail/audited-object.js';
import { ConsequencesRepository } from './dry-run/consequences.repository.js';
import { ConsequencesService } from './dry-run/consequences.service.js';
import { IdempotencyRepository } from './idempotency/idempotency.repository.js';
import { IdempotencyService } from './idempotency/idempotency.service.js';
import { YamlReader } from './requests/yaml-reader.service.js';

/** What every noun of the control plane uses: who may enter, how requests are read, and what is written down of them. */
@Module({
  imports: [IdentityModule],
  providers: [
    ManagementKeyRepository,
    OidcService,
    OperatorsService,
    ManagementGuard,
    ScopeRepository,
    AuditRepository,
    AuditTrailService,
    ObjectViewsService,
    ConsequencesRepository,
    ConsequencesService,
    IdempotencyRepository,
    IdempotencyService,
    YamlReader,
  ],
  exports: [
    ManagementGuard,
    ScopeRepository,
    AuditRepository,
    AuditTrailService,
    ObjectViewsService,
    ConsequencesService,
    IdempotencyService,
    YamlReader,
  ],
})
export class ControlPlaneModule {}
