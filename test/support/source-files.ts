import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');
const FOLDERS = ['src', 'packages/sandbox/src'];

export interface SourceFile {
  readonly root: string;
  /** from the root, with slashes */
  readonly path: string;
}

/** The program's own sources, its packages' too, without specs and without what is generated. */
export function sourceFiles(): SourceFile[] {
  return FOLDERS.flatMap(folder =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map(
      path => `${folder}/${path.replaceAll('\\', '/')}`,
    ),
  )
    .filter(path => path.endsWith('.ts') && !path.endsWith('.spec.ts') && !path.startsWith('src/generated/'))
    .toSorted()
    .map(path => ({ root: ROOT, path }));
}
