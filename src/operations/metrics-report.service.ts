import { Injectable } from '@nestjs/common';
import { GatewayError } from '../errors/gateway-error.js';
import { metricsText, READ_ALL_METRICS, READ_METRICS } from '../platform/metric-sums.js';
import { Metrics, NAMES } from '../platform/metrics.js';
import { Siblings } from '../platform/siblings/siblings.js';

const ANSWER_MS = 5_000;

/** The metrics of the whole gateway, whichever of its processes is asked. */
@Injectable()
export class MetricsReport {
  readonly contentType: string;

  constructor(
    private readonly metrics: Metrics,
    private readonly siblings: Siblings,
  ) {
    this.contentType = metrics.registry.contentType;
    siblings.onAsked(READ_METRICS, () => metrics.snapshot());
  }

  /**
   * In Prometheus's text format.
   * @param names whether models and upstreams are told apart
   * @throws {GatewayError} gateway_busy where the other processes cannot be asked: a part of the sum would look like a reset
   */
  async text(names: boolean): Promise<string> {
    if (this.siblings.none) return names ? this.metrics.all() : this.metrics.withoutNames();
    const snapshots = await this.siblings.ask(READ_ALL_METRICS, null, ANSWER_MS).catch((cause: unknown) => {
      throw new GatewayError('gateway_busy', {
        publicMessage: 'the metrics of all processes could not be read. Retry later',
        retryAfterSeconds: 1,
        cause,
      });
    });
    return metricsText(snapshots, names ? [] : NAMES);
  }
}
