import { Counter, Gauge, Histogram } from 'prom-client';
import { Metrics, NAMES } from './metrics.js';

describe('the metrics that a stranger sees', () => {
  it.each(NAMES)('hold no %s, whichever metric has it as a label', async name => {
    const metrics = new Metrics();
    const registers = [metrics.registry];
    const described = { help: 'x', labelNames: [name, 'other'], registers };
    new Counter({ ...described, name: 'counter' }).inc({ [name]: 'secret-name', other: 'a' }, 2);
    new Gauge({ ...described, name: 'gauge' }).set({ [name]: 'secret-name', other: 'a' }, 1);
    new Histogram({ ...described, name: 'histogram' }).observe({ [name]: 'secret-name', other: 'a' }, 1);

    const text = await metrics.withoutNames();

    expect(text).not.toContain('secret-name');
    expect(text).toContain('counter{other="a"} 2');
    expect(await metrics.all()).toContain('secret-name');
  });
});
