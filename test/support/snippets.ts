/** The snippets of the README and the docs. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '..', '..');

export interface Snippet {
  readonly page: string;
  /** the last heading before it */
  readonly heading: string;
  readonly language: string;
  readonly line: number;
  readonly code: string;
}

/** Every fenced block that names its language, in the order of the pages. */
export function snippets(): readonly Snippet[] {
  const docs = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' }).toSorted();
  const pages = ['README.md', ...docs.filter(name => name.endsWith('.md')).map(name => `docs/${name}`)];
  return pages.flatMap(snippetsOf);
}

/** Line by line, so that a comment of a shell is no heading. */
function snippetsOf(page: string): Snippet[] {
  const found: Snippet[] = [];
  let heading = page;
  let open: { language: string; line: number; code: string[] } | null = null;
  for (const [index, text] of readFileSync(join(ROOT, page), 'utf8').split('\n').entries()) {
    const fence = /^\s*```(\w*)/.exec(text);
    if (open === null && fence !== null) open = { language: fence[1] ?? '', line: index + 1, code: [] };
    else if (open !== null && fence !== null) {
      if (open.language !== '') found.push({ page, heading, ...open, code: open.code.join('\n') });
      open = null;
    } else if (open !== null) open.code.push(text);
    else if (text.startsWith('#')) heading = text.replace(/^#+ /, '');
  }
  return found;
}
