import { AggregatorRegistry } from 'prom-client';
import type { Question } from './siblings/channel.js';

interface MetricValue {
  readonly value: number;
  readonly labels: Readonly<Record<string, string | number>>;
  /** of a histogram: which of its series */
  readonly metricName?: string;
}

interface MetricReading {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly aggregator: string;
  readonly values: readonly MetricValue[];
}

/** Every metric of a process with its values, as prom-client's `getMetricsAsJSON` gives them. */
export type MetricsSnapshot = readonly MetricReading[];

/** The primary asks it of each process. */
export const READ_METRICS: Question<null, MetricsSnapshot> = { topic: 'read-metrics' };
/** A process asks it of the primary: a snapshot for each process, and one of what the primary knows by itself. */
export const READ_ALL_METRICS: Question<null, readonly MetricsSnapshot[]> = { topic: 'read-all-metrics' };

/** Counts only go up, also those of a process that is gone: what was added up before must not shrink. */
const COUNTS = ['counter', 'histogram'];

/**
 * The text of several processes' metrics in Prometheus's format. Counters and histograms are added up; a gauge says itself
 * what is made of its values (`aggregator`): their sum, their mean, the highest, the lowest, the first, or nothing.
 * @param without labels whose values are added up
 */
export async function metricsText(snapshots: readonly MetricsSnapshot[], without: readonly string[]): Promise<string> {
  const read = snapshots.map(snapshot => snapshot.map(metric => withoutLabels(metric, without)));
  return `${(await AggregatorRegistry.aggregate(read as never).metrics()).trimEnd()}\n`;
}

/** The counters and histograms of processes that are gone, added up. */
export function addCounts(sum: MetricsSnapshot, more: MetricsSnapshot): MetricsSnapshot {
  const added = new Map(sum.map(metric => [metric.name, metric]));
  for (const metric of more) {
    if (!COUNTS.includes(metric.type)) continue;
    const before = added.get(metric.name)?.values ?? [];
    added.set(metric.name, { ...metric, values: addValues(before, metric.values) });
  }
  return [...added.values()];
}

function addValues(sum: readonly MetricValue[], more: readonly MetricValue[]): MetricValue[] {
  const added = new Map(sum.map(value => [nameOf(value), value]));
  for (const value of more) {
    const before = added.get(nameOf(value))?.value ?? 0;
    added.set(nameOf(value), { ...value, value: before + value.value });
  }
  return [...added.values()];
}

function nameOf({ metricName = '', labels }: MetricValue): string {
  const sorted = Object.entries(labels).sort(([one], [other]) => (one < other ? -1 : 1));
  return JSON.stringify([metricName, sorted]);
}

function withoutLabels(metric: MetricReading, without: readonly string[]): MetricReading {
  const values = metric.values.map(value => ({
    ...value,
    labels: Object.fromEntries(Object.entries(value.labels).filter(([name]) => !without.includes(name))),
  }));
  return { ...metric, values };
}
