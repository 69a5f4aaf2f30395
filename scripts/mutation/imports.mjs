// Which files a spec brings along: the others are nothing to it.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const RELATIVE = /(?:from|import)\s*\(?\s*'(\.{1,2}\/[^']+)\.js'/g;

/** @returns the paths of all TypeScript files that this one imports, and that those do */
export function importsOf(path) {
  const seen = new Set();
  const waiting = [path];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    for (const [, name] of readFileSync(at, 'utf8').matchAll(RELATIVE)) {
      const imported = join(dirname(at), `${name}.ts`);
      if (seen.has(imported) || !existsSync(imported)) continue;
      seen.add(imported);
      waiting.push(imported);
    }
  }
  return seen;
}
