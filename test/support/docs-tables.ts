/** Tables of the docs that are written from tables of the code: each stands behind a comment that names it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '..', '..');

/** A table of Markdown as Prettier formats it, every cell padded to the width of its column. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((name, index) => Math.max(3, ...[name, ...rows.map(row => row[index] ?? '')].map(widthOf)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, index) => cell + ' '.repeat((widths[index] ?? 0) - widthOf(cell))).join(' | ')} |`;
  const rule = `| ${widths.map(width => '-'.repeat(width)).join(' | ')} |`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}

/**
 * Expects the table behind `<!-- table: name -->` on a page to be this one; UPDATE_GOLDEN=1 writes it.
 * @throws {Error} where the page has no such comment
 */
export function expectTable(page: string, name: string, table: string): void {
  const path = join(ROOT, page);
  const text = readFileSync(path, 'utf8');
  const place = new RegExp(`(<!-- table: ${name} -->\n\n)((?:\\|.*\n)*)`);
  const found = place.exec(text);
  if (found === null) throw new Error(`${page} has no <!-- table: ${name} -->`);
  if (process.env['UPDATE_GOLDEN'] === '1')
    writeFileSync(
      path,
      text.replace(place, (_, mark: string) => `${mark}${table}\n`),
    );
  else expect(found[2]).toBe(`${table}\n`);
}

function widthOf(text: string): number {
  return [...text].length;
}
