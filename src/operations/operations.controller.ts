import { Controller, Get, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiServiceUnavailableResponse, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { AppConfig } from '../config/app-config.js';
import { Access } from '../identity/access.js';
import { Lifecycle } from '../platform/lifecycle.js';
import { DatabaseProbe } from './database-probe.repository.js';
import { ClockWatch } from './clock-watch.service.js';
import { MetricsReport } from './metrics-report.service.js';
import { Health, Readiness } from './probe.dto.js';

/** The operator's probes. They tell nothing of tenants. */
@ApiTags('operations')
@Controller()
@Access('public')
export class OperationsController {
  constructor(
    private readonly config: AppConfig,
    private readonly lifecycle: Lifecycle,
    private readonly metrics: MetricsReport,
    private readonly database: DatabaseProbe,
    private readonly clock: ClockWatch,
  ) {}

  @Get('healthz')
  @ApiOperation({ summary: 'Whether the process is alive' })
  @ApiOkResponse({ type: Health })
  health(): Health {
    return { status: 'ok' };
  }

  /** A database that is away does not make a replica unready: cached answers go on, and none would be better. */
  @Get('readyz')
  @ApiOperation({
    summary: 'Whether this replica takes requests: 503 before it is ready, while it drains, and with a wrong clock',
  })
  @ApiOkResponse({ type: Readiness })
  @ApiServiceUnavailableResponse({ type: Readiness, description: 'it takes none, or not any more' })
  async ready(@Res({ passthrough: true }) response: Response): Promise<Readiness> {
    if (this.lifecycle.draining || !this.lifecycle.ready) {
      response.status(503);
      return { status: this.lifecycle.draining ? 'draining' : 'starting' };
    }
    if (this.clock.isTooFarOff) {
      response.status(503);
      return { status: 'clock_offset', clock_offset_seconds: this.clock.offsetSeconds };
    }
    return { status: 'ready', database: (await this.database.reachable()) ? 'reachable' : 'unreachable' };
  }

  /** Names of models and upstreams are for who reaches the management port: on the callers' port anybody may ask. */
  @Get('metrics')
  @ApiOperation({ summary: 'Prometheus metrics; by model and upstream on MANAGEMENT_PORT alone' })
  @ApiProduces('text/plain')
  @ApiOkResponse({ schema: { type: 'string' }, description: 'in the text format of Prometheus' })
  async prometheus(@Res() response: Response): Promise<void> {
    const apart = this.config.managementPort !== null;
    const text = await this.metrics.text(apart);
    response.setHeader('content-type', this.metrics.contentType);
    response.end(text);
  }
}
