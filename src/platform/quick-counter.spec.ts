import { Registry } from 'prom-client';
import { QuickCounter } from './quick-counter.js';

const counterOf = <Label extends string>(...labelNames: Label[]) => {
  const registry = new Registry();
  return { registry, counter: new QuickCounter({ name: 'eaten', help: 'Apples', labelNames, registers: [registry] }) };
};

describe('A quick counter', () => {
  it('tells at every reading what was counted until then, once', async () => {
    const { registry, counter } = counterOf('kind', 'size');
    counter.add(1, 'red', 'large');
    counter.add(2, 'red', 'large');
    counter.add(0.5, 'green', 'large');
    expect(await registry.metrics()).toContain(
      'eaten{kind="red",size="large"} 3\neaten{kind="green",size="large"} 0.5',
    );

    counter.add(1, 'red', 'large');
    const { values } = await counter.get();
    expect(values.map(({ value, labels }) => [value, labels])).toEqual([
      [4, { kind: 'red', size: 'large' }],
      [0.5, { kind: 'green', size: 'large' }],
    ]);
    expect((await counter.get()).values.map(({ value }) => value)).toEqual([4, 0.5]);
  });

  it('keeps label values apart that look alike when they are joined', async () => {
    const { counter } = counterOf('a', 'b');
    counter.add(1, 'x', 'y');
    counter.add(1, 'xy');
    expect((await counter.get()).values.map(({ labels }) => labels)).toEqual([
      { a: 'x', b: 'y' },
      { a: 'xy', b: '' },
    ]);
  });

  it('counts beside prom-client’s own way', async () => {
    const { counter } = counterOf('a');
    counter.inc({ a: 'x' });
    counter.add(2, 'x');
    expect((await counter.get()).values).toMatchObject([{ value: 3 }]);
  });
});
