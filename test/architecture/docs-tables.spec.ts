/** Tables of the docs say what the tables of the code say. UPDATE_GOLDEN=1 writes them. */
import { TOKEN_CLASSES, TOOL_CLASSES, REASONING } from '../../src/dialects/counted-classes.js';
import { expectTable, markdownTable } from '../support/docs-tables.js';

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
