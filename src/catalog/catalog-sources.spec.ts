import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expectTable, markdownTable } from '../../test/support/docs-tables.js';
import { asList, asObject, type JsonObject } from '../json/value.js';
import { packageRoot } from '../platform/package-root.js';

/**
 * Where the seed's facts come from: `prisma/seed/sources.json` has for each model the pages that were read, the day, and what
 * they say. `contract` is the contract that this gateway keeps; what no page was found for rests on it alone.
 */
interface Source {
  readonly source: string;
  readonly checkedOn: string;
  readonly says: JsonObject;
  /** why the seed says something else */
  readonly note?: string;
}

const read = (name: string) => JSON.parse(readFileSync(join(packageRoot(), 'prisma', 'seed', name), 'utf8')) as unknown;
const { models } = read('catalog.json') as { readonly models: readonly JsonObject[] };
const sources = read('sources.json') as Readonly<Record<string, readonly Source[]>>;

/** A fact of the seed by the name that sources give it. */
function factOf(row: JsonObject, name: string): unknown {
  if (name !== 'efforts') return row[name];
  const options = asList(asObject(row['capabilities'])?.['reasoning_options']);
  return asObject(options.find(option => asObject(option)?.['type'] === 'effort'))?.['values'];
}

const FACTS: ReadonlySet<string> = new Set(['context_length', 'max_input_tokens', 'max_output_tokens', 'efforts']);
const VENDORS =
  /^https:\/\/(?:platform\.claude\.com|developers\.openai\.com|docs\.cloud\.google\.com|ai\.google\.dev)\//;

describe('the facts of the seed', () => {
  it('have a source each, and there are sources of no other model', () => {
    expect(Object.keys(sources).toSorted()).toEqual(models.map(({ id }) => id as string).toSorted());
  });

  it.each(models)('of $id are what their sources say, or say why not', row => {
    const own = sources[row['id'] as string] ?? [];
    expect(own.some(({ source }) => source === 'contract')).toBe(true);
    for (const { source, checkedOn, says, note } of own) {
      expect(source === 'contract' || VENDORS.test(source)).toBe(true);
      expect(checkedOn).toMatch(/^20\d\d-\d\d-\d\d$/);
      expect(Number.isNaN(Date.parse(checkedOn))).toBe(false);
      expect(Object.keys(says).filter(name => !FACTS.has(name))).toEqual([]);
      expect(Object.keys(says).length > 0).toBe(source !== 'contract');
      const differs = Object.entries(says).some(
        ([name, said]) => JSON.stringify(said) !== JSON.stringify(factOf(row, name)),
      );
      expect([source, differs]).toEqual([source, note !== undefined]);
    }
  });

  it('stand in docs/providers.md', () => {
    const rows = models.map(row => {
      const pages = (sources[row['id'] as string] ?? []).filter(({ source }) => source !== 'contract');
      const told = pages.map(({ source, says }) => `[${Object.keys(says).join(', ')}](${source})`);
      const days = new Set(pages.map(({ checkedOn }) => checkedOn));
      return [
        `\`${row['id'] as string}\``,
        told.join('; '),
        [...days].join(', '),
        pages.flatMap(({ note = [] }) => note).join(' '),
      ];
    });
    const known = rows.filter(([, told]) => told !== '');
    expectTable(
      'docs/providers.md',
      'sources of the catalog',
      markdownTable(['Model', 'Vendor’s page says', 'Read on', 'Note'], known),
    );
  });
});
