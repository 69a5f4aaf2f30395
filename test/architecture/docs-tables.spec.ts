/** Tables of the docs say what the tables of the code say. UPDATE_GOLDEN=1 writes them. */
import { TOKEN_CLASSES, TOOL_CLASSES, REASONING } from '../../src/dialects/counted-classes.js';
import { ERROR_TABLE, type ErrorRow } from '../../src/errors/error-table.js';
import { Metrics } from '../../src/platform/metrics.js';
import { LIMIT_KINDS, LIMIT_TABLE } from '../../src/quota/limit-kinds.js';
import { expectTable, markdownTable } from '../support/docs-tables.js';

/** As prom-client keeps a metric; its type names only what all of them have. */
interface OwnMetric {
  readonly name: string;
  readonly help: string;
  readonly labelNames?: readonly string[];
}

const code = (text: string) => `\`${text}\``;

describe('the classes of tokens', () => {
  it('stand in docs/management-api.md with their price, their column and what they cost without a price', () => {
    const keys = new Map<string, string>(TOKEN_CLASSES.map(({ name, price }) => [name, price]));
    const rows = TOKEN_CLASSES.map(({ price, column, description, side, otherwise }) => [
      ...[code(price), code(column), description],
      otherwise === 'side'
        ? code(side)
        : `${Number(otherwise.fifths) / 5} times ${code(keys.get(otherwise.of) ?? '')} where that is given, else ${code(side)}`,
    ]);
    const told = ['', code(REASONING.column), REASONING.description, 'nothing: it is a part of the output'];
    const head = ['Price', 'Counted as', 'What', 'Without a price it costs what this costs'];
    expectTable('docs/management-api.md', 'token classes', markdownTable(head, [...rows, told]));
  });

  it('stand behind the class from which their price follows', () => {
    const names: string[] = TOKEN_CLASSES.map(({ name }) => name);
    for (const { name, otherwise } of TOKEN_CLASSES) {
      if (otherwise !== 'side') expect(names.indexOf(otherwise.of)).toBeLessThan(names.indexOf(name));
    }
  });

  it('have one class a side that is named like it', () => {
    expect(TOKEN_CLASSES.filter(({ name, side }) => name === side)).toHaveLength(2);
  });
});

describe('what providers’ own tools use', () => {
  it('stands in docs/management-api.md with its fee and its column', () => {
    const rows = TOOL_CLASSES.map(({ fee, column, per, description }) => [
      code(fee),
      code(column),
      `US dollars per ${per === 1_000 ? 'thousand' : 'million'} ${description}`,
    ]);
    const grounded = 'US dollars per thousand requests in which the model searched, however often (Gemini 2.5)';
    const head = ['Fee', 'Counted as', 'Costs'];
    expectTable(
      'docs/management-api.md',
      'tool classes',
      markdownTable(head, [...rows, [code('grounded_request'), '', grounded]]),
    );
  });
});

describe('the kinds of limits', () => {
  it('stand in docs/management-api.md with what they are given as and their window', () => {
    const rows = LIMIT_TABLE.map(({ name, given, windowTold }) => [code(name), given, windowTold]);
    expectTable('docs/management-api.md', 'limit kinds', markdownTable(['`kind`', 'Given as', 'Window'], rows));
  });

  it('are looked at in the order of the contract: tokens, requests, requests at once, spend', () => {
    expect(LIMIT_KINDS).toEqual([
      ...['tokens_per_minute', 'requests_per_minute', 'concurrent_requests'],
      ...['spend_per_day', 'spend_per_month', 'spend_total'],
    ]);
  });
});

describe('the metrics', () => {
  it('stand in docs/operations.md with their labels and what they say', () => {
    const own = new Metrics().registry.getMetricsAsArray().filter(({ name }) => name.startsWith('bough_'));
    const rows = own.map(metric => {
      const { name, help, labelNames = [] } = metric as unknown as OwnMetric;
      return [code(name), labelNames.map(code).join(', '), help];
    });
    expectTable('docs/operations.md', 'metrics', markdownTable(['Metric', 'Labels', 'What'], rows));
  });
});

describe('the errors', () => {
  it('stand each in docs/errors.md with its status, its type, who must act, and its sentence', () => {
    const rows = Object.entries<ErrorRow>(ERROR_TABLE).map(([name, { status, type, owner, flatCode, message }]) => [
      ...[code(name), String(status), code(type), owner],
      ...[flatCode === undefined ? '' : code(flatCode), message],
    ]);
    const head = ['Code', 'Status', 'Type', 'Who must act', 'Flat code', 'Sentence'];
    expectTable('docs/errors.md', 'errors', markdownTable(head, rows));
  });
});
