import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { BootstrapModule } from './bootstrap/bootstrap.module.js';
import type { AppConfig } from './config/app-config.js';
import { ConfigModule } from './config/config.module.js';
import { GatewayErrorFilter } from './inference/gateway-error.filter.js';
import { InferenceModule } from './inference/inference.module.js';
import { ManagementGuard } from './management/control-plane/access/management.guard.js';
import { ManagementModule } from './management/management.module.js';
import { OperationsModule } from './operations/operations.module.js';
import { PlatformModule, type PlatformParts } from './platform/platform.module.js';
import { SandboxModule } from './sandbox/sandbox.module.js';

/** The wiring: the one file that knows every module. */
@Module({})
export class AppModule {
  static forRoot(config: AppConfig, platform: PlatformParts): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.forRoot(config),
        PlatformModule.forRoot(platform),
        InferenceModule,
        ManagementModule,
        OperationsModule,
        SandboxModule,
        BootstrapModule,
      ],
      providers: [
        { provide: APP_GUARD, useExisting: ManagementGuard },
        { provide: APP_FILTER, useExisting: GatewayErrorFilter },
      ],
    };
  }
}
