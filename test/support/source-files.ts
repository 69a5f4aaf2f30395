import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');

export interface SourceFile {
  readonly root: string;
  /** from the root, with slashes */
  readonly path: string;
}

/** The program's own sources, without specs and without what is generated. */
export function sourceFiles(): SourceFile[] {
  return readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .map(path => `src/${path.replaceAll('\\', '/')}`)
    .filter(path => path.endsWith('.ts') && !path.endsWith('.spec.ts') && !path.startsWith('src/generated/'))
    .toSorted()
    .map(path => ({ root: ROOT, path }));
}
