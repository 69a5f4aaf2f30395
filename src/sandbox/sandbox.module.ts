import { type RequestCheck, type SandboxModel, type SandboxServer, startSandboxServer } from '#sandbox';
import { Injectable, Module, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { CatalogModule } from '../catalog/catalog.module.js';
import { CatalogService } from '../catalog/catalog.service.js';
import { AppConfig } from '../config/app-config.js';
import { IdSource } from '../platform/id-source.js';
import { RoutingModule } from '../routing/routing.module.js';
import { RoutingService } from '../routing/routing.service.js';

/** Starts the built-in upstream and announces it to routing as the one to use where nothing real serves a model. */
@Injectable()
export class SandboxService implements OnModuleInit, OnApplicationShutdown {
  /** What it refuses beside what cannot be read at all: nothing, unless a test is strict. */
  check: RequestCheck | null = null;
  private server: SandboxServer | null = null;

  constructor(
    private readonly config: AppConfig,
    private readonly ids: IdSource,
    private readonly catalog: CatalogService,
    private readonly routing: RoutingService,
  ) {}

  async onModuleInit(): Promise<void> {
    if (!this.config.sandboxEnabled) return;
    const apiKey = `sandbox-${this.ids.hex(16)}`;
    this.server = await startSandboxServer({
      apiKey,
      firstTokenDelayMs: this.config.sandboxFirstTokenMs,
      tokensPerSecond: this.config.sandboxTokensPerSecond,
      models: id => this.played(id),
      check: asked => this.check?.(asked),
    });
    this.routing.useSandbox({
      id: 'sandbox',
      name: 'sandbox',
      kind: 'sandbox',
      baseUrl: this.server.url,
      authentication: { type: 'token', token: apiKey },
      builtIn: true,
      trusted: true,
    });
  }

  /** In its own dialects, whatever the gateway opens or shuts: requests come here translated. */
  private played(id: string): SandboxModel | null {
    const model = this.catalog.find(id);
    return model && { ...model, dialects: model.nativeDialects };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.server?.close();
  }
}

@Module({ imports: [CatalogModule, RoutingModule], providers: [SandboxService] })
export class SandboxModule {}
