import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { addCounts, type MetricsSnapshot, metricsText } from './metric-sums.js';
import { Metrics } from './metrics.js';

async function snapshot(fill: (registry: Registry) => void): Promise<MetricsSnapshot> {
  const registry = new Registry();
  fill(registry);
  return JSON.parse(JSON.stringify(await registry.getMetricsAsJSON())) as MetricsSnapshot;
}

const process = (requests: number, seconds: number, offset: number) =>
  snapshot(registry => {
    const registers = [registry];
    const counter = new Counter({ name: 'requests', help: 'h', labelNames: ['model', 'status'], registers });
    counter.inc({ model: 'a', status: '200' }, requests);
    counter.inc({ model: 'b', status: '200' }, 1);
    new Histogram({ name: 'seconds', help: 'h', buckets: [1, 10], registers }).observe(seconds);
    new Gauge({ name: 'in_flight', help: 'h', registers }).set(requests);
    new Gauge({ name: 'offset', help: 'h', aggregator: 'average', registers }).set(offset);
    new Gauge({ name: 'started', help: 'h', aggregator: 'omit', registers }).set(1);
  });

describe('the sum of several processes’ metrics', () => {
  it('adds counters and histograms up, and makes of each gauge what it says', async () => {
    const text = await metricsText(await Promise.all([process(3, 0.5, 1), process(4, 5, 3), process(5, 50, 5)]), []);
    for (const line of [
      'requests{model="a",status="200"} 12',
      'requests{model="b",status="200"} 3',
      'seconds_bucket{le="1"} 1',
      'seconds_bucket{le="10"} 2',
      'seconds_bucket{le="+Inf"} 3',
      'seconds_sum 55.5',
      'seconds_count 3',
      'in_flight 12',
      'offset 3',
    ]) {
      expect(text.split('\n')).toContain(line);
    }
    expect(text).not.toContain('started');
    expect(text).toMatch(/[^\n]\n$/);
  });

  it('adds up what the labels told apart that are left out', async () => {
    const text = await metricsText([await process(3, 1, 0), await process(4, 1, 0)], ['model']);
    expect(text.split('\n')).toContain('requests{status="200"} 9');
    expect(text).not.toContain('model');
  });

  it('keeps of the dead what only goes up', async () => {
    const dead = addCounts(addCounts([], await process(3, 0.5, 1)), await process(4, 5, 3));
    const text = await metricsText([dead, await process(5, 50, 5)], []);
    expect(text.split('\n')).toEqual(
      expect.arrayContaining([
        'requests{model="a",status="200"} 12',
        'requests{model="b",status="200"} 3',
        'seconds_bucket{le="10"} 2',
        'seconds_sum 55.5',
        'in_flight 5',
        'offset 5',
      ]),
    );
  });

  it('of one process is what that process says by itself', async () => {
    const metrics = new Metrics();
    metrics.requests.inc({ dialect: 'd', model: 'm', status: '200', code: 'ok' });
    metrics.duration.observe({ dialect: 'd', stream: 'true' }, 1);
    metrics.tokens.inc({ model: 'm', class: 'output' }, 20);
    metrics.spend.inc({ model: 'm' }, 0.5);
    metrics.upstreamErrors.inc({ upstream: 'u', code: 'c' });
    metrics.inFlight.set(2);
    metrics.clockOffset.set(-1.5);
    const own = (text: string) =>
      text
        .split('\n')
        .filter(line => line.startsWith('bough_'))
        .toSorted();
    const summed = await metricsText([await metrics.snapshot()], []);
    expect(own(summed)).toEqual(own(await metrics.all()));
    const bare = await metricsText([await metrics.snapshot()], ['model', 'upstream']);
    expect(own(bare)).toEqual(own(await metrics.withoutNames()));
  });

  it('takes the metrics of the runtime, some of which have no number yet', async () => {
    const runtime = await snapshot(registry => collectDefaultMetrics({ register: registry }));
    const text = await metricsText([runtime, runtime], []);
    expect(text).toContain('process_resident_memory_bytes');
    expect(text).not.toContain('process_start_time_seconds');
  });
});
