import { Injectable } from '@nestjs/common';
import { TOKEN_CLASSES } from '../dialects/counted-classes.js';
import { collectDefaultMetrics, Counter, Gauge, Histogram, type MetricObject, Registry } from 'prom-client';
import type { MetricsSnapshot } from './metric-sums.js';
import { QuickCounter } from './quick-counter.js';

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];

/** What tells a stranger which models and providers an installation has. */
export const NAMES: readonly string[] = ['model', 'upstream'];

/** A metric as prom-client keeps it. */
type Labelled = MetricObject & { readonly labelNames?: readonly string[] };

/** Prometheus metrics. Labels hold catalog ids, dialects and codes; never a tenant, a token or a caller's text. */
@Injectable()
export class Metrics {
  readonly registry = new Registry();
  private readonly registers = [this.registry];

  readonly requests = new QuickCounter({
    name: 'bough_requests_total',
    help: 'Inference requests that were answered, by outcome',
    labelNames: ['dialect', 'model', 'status', 'code'],
    registers: this.registers,
  });
  readonly tokens = new QuickCounter({
    name: 'bough_tokens_total',
    help: `Tokens, by class: ${TOKEN_CLASSES.map(({ price }) => price).join(', ')}`,
    labelNames: ['model', 'class'],
    registers: this.registers,
  });
  readonly spend = new QuickCounter({
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
  readonly circuitState = new Gauge({
    name: 'bough_upstream_circuit_state',
    help: 'Whether an upstream is asked for a model: 0 as usual, 1 by one probe, 2 not for now',
    labelNames: ['upstream', 'model'],
    aggregator: 'max',
    registers: this.registers,
  });
  readonly tokenCounts = new Counter({
    name: 'bough_token_counts_total',
    help: 'Token counts that no provider made: counted here, guessed from the size, or refused (beyond the limit)',
    labelNames: ['outcome'],
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
  readonly clockOffset = new Gauge({
    name: 'bough_clock_offset_seconds',
    help: "How far this machine's clock is ahead of the database's; below zero where it is behind",
    aggregator: 'average',
    registers: this.registers,
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  all(): Promise<string> {
    return this.registry.metrics();
  }

  /** What this process has counted, to be added up with others of this gateway. */
  async snapshot(): Promise<MetricsSnapshot> {
    return (await this.registry.getMetricsAsJSON()) as unknown as MetricsSnapshot;
  }

  /** The same without the names of models and upstreams: what they tell apart is added up, and left out where it is no sum. */
  async withoutNames(): Promise<string> {
    const metrics: readonly Labelled[] = this.registry.getMetricsAsArray();
    const telling = metrics.filter(({ labelNames = [] }) => labelNames.some(name => NAMES.includes(name)));
    const sums = new Registry();
    const counters = telling.filter(metric => metric instanceof Counter);
    const readings = await Promise.all(counters.map(counter => counter.get()));
    for (const { name, help, values } of readings) {
      const labelled = values.map(({ labels, value }) => ({ value, labels: withoutNames(labels) }));
      const labelNames = [...new Set(labelled.flatMap(({ labels }) => Object.keys(labels)))];
      const sum = new Counter({ name, help, labelNames, registers: [sums] });
      for (const { labels, value } of labelled) sum.inc(labels, value);
    }
    const others = metrics.filter(metric => !telling.includes(metric));
    const texts = others.map(({ name }) => this.registry.getSingleMetricAsString(name));
    return `${[await sums.metrics(), ...(await Promise.all(texts))].map(text => text.trimEnd()).join('\n\n')}\n`;
  }
}

function withoutNames(labels: Partial<Record<string, string | number>>): Partial<Record<string, string | number>> {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => !NAMES.includes(name)));
}
