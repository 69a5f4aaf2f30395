import { Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];

/** Prometheus metrics. Labels hold catalog ids, dialects and codes; never a tenant, a token or a caller's text. */
@Injectable()
export class Metrics {
  readonly registry = new Registry();
  private readonly registers = [this.registry];

  readonly requests = new Counter({
    name: 'bough_requests_total',
    help: 'Inference requests that were answered, by outcome',
    labelNames: ['dialect', 'model', 'status', 'code'],
    registers: this.registers,
  });
  readonly tokens = new Counter({
    name: 'bough_tokens_total',
    help: 'Tokens, by class: input, input_audio, cache_read, cache_write, cache_write_1h, output, output_audio',
    labelNames: ['model', 'class'],
    registers: this.registers,
  });
  readonly spend = new Counter({
    name: 'bough_spend_usd_total',
    help: 'Spend in US dollars, from the catalog prices',
    labelNames: ['model'],
    registers: this.registers,
  });
  readonly duration = new Histogram({
    name: 'bough_request_duration_seconds',
    help: 'From the request head to the last byte of the answer',
    labelNames: ['dialect', 'stream'],
    buckets: SECONDS,
    registers: this.registers,
  });
  readonly firstToken = new Histogram({
    name: 'bough_first_token_seconds',
    help: 'From the request head to the first byte of a streamed answer',
    labelNames: ['dialect'],
    buckets: SECONDS,
    registers: this.registers,
  });
  readonly upstreamErrors = new Counter({
    name: 'bough_upstream_errors_total',
    help: 'Failed attempts at an upstream, by code',
    labelNames: ['upstream', 'code'],
    registers: this.registers,
  });
  readonly limitsNearCap = new Counter({
    name: 'bough_limits_near_cap_total',
    help: 'Limits of which nine tenths were used in a window',
    labelNames: ['kind', 'scope'],
    registers: this.registers,
  });
  readonly inFlight = new Gauge({
    name: 'bough_requests_in_flight',
    help: 'Inference requests that are being answered',
    registers: this.registers,
  });
  readonly usageQueue = new Gauge({
    name: 'bough_usage_records_queued',
    help: 'Usage records that wait to be written to Postgres',
    registers: this.registers,
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }
}
