import { Counter, type CounterConfiguration } from 'prom-client';

/** A set of labels, and what was counted under it since the last scrape. */
interface Cell<Label extends string> {
  readonly labels: Readonly<Record<Label, string>>;
  count: number;
}

/**
 * A counter for the path of every request. prom-client sorts, checks and hashes the labels of each call; here a set of labels
 * is found by its values, and what was counted is handed to prom-client when somebody reads it.
 */
export class QuickCounter<Label extends string> extends Counter<Label> {
  private readonly cells = new Map<string, Cell<Label>>();
  private readonly order: readonly Label[];

  constructor(configuration: Omit<CounterConfiguration<Label>, 'collect'> & { readonly labelNames: readonly Label[] }) {
    super({ ...configuration, collect: () => this.handOver() });
    this.order = configuration.labelNames;
  }

  /** @param values of the labels, in the order of their names; as many as there are names, four at most */
  add(count: number, first: string, second = '', third = '', fourth = ''): void {
    const key = second === '' ? first : `${first}\n${second}\n${third}\n${fourth}`;
    const cell = this.cells.get(key) ?? this.open(key, [first, second, third, fourth]);
    cell.count += count;
  }

  private open(key: string, values: readonly string[]): Cell<Label> {
    const labels = Object.fromEntries(this.order.map((name, index) => [name, values[index] ?? '']));
    const cell: Cell<Label> = { labels: labels as Record<Label, string>, count: 0 };
    this.cells.set(key, cell);
    return cell;
  }

  private handOver(): void {
    for (const cell of this.cells.values()) {
      if (cell.count > 0) this.inc(cell.labels, cell.count);
      cell.count = 0;
    }
  }
}
