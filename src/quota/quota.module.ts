import { Module } from '@nestjs/common';
import { ThrottlerModule } from '@nestjs/throttler';
import { AppConfig } from '../config/app-config.js';
import { MinuteWindowStorage } from '../platform/throttling/minute-window.storage.js';
import { CREDENTIAL_THROTTLER, CredentialThrottlerGuard } from './credential-throttler.guard.js';
import { LeaseRepository } from './lease.repository.js';
import { LeaseReporting, LeaseService } from './lease.service.js';
import { QuotaRepository } from './quota.repository.js';
import { QuotaService } from './quota.service.js';

const MINUTE_MS = 60_000;

const throttler = ThrottlerModule.forRootAsync({
  inject: [AppConfig, MinuteWindowStorage],
  useFactory: (config: AppConfig, storage: MinuteWindowStorage) => ({
    throttlers: [{ name: CREDENTIAL_THROTTLER, ttl: MINUTE_MS, limit: config.credentialRequestsPerMinute }],
    storage,
  }),
});

/** The throttler's own module is global: a guard of its class works on every route. */
@Module({
  imports: [throttler],
  providers: [QuotaRepository, LeaseRepository, LeaseReporting, LeaseService, QuotaService, CredentialThrottlerGuard],
  exports: [QuotaService, CredentialThrottlerGuard],
})
export class QuotaModule {}
