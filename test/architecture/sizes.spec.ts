/** Bounds on what a reader has to take in: a source file, and the built-in provider that every image carries. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sourceFiles } from '../support/source-files.js';

const MAX_FILE_LINES = 300;
/** It is a second implementation of the dialects; what it does not need, it shall not have. */
const MAX_SANDBOX_LINES = 4_000;

const linesOf = (text: string) => text.split('\n').length - 1;
const files = sourceFiles().map(({ root, path }) => ({ path, lines: linesOf(readFileSync(join(root, path), 'utf8')) }));

it(`no source file has more than ${MAX_FILE_LINES} lines`, () => {
  const long = files.filter(({ lines }) => lines > MAX_FILE_LINES);
  expect(long.map(({ path, lines }) => `${path}: ${lines}`)).toEqual([]);
});

it(`the sandbox has at most ${MAX_SANDBOX_LINES} lines`, () => {
  const sandbox = files.filter(({ path }) => path.startsWith('packages/sandbox/src/'));
  expect(sandbox.length).toBeGreaterThan(0);
  expect(sandbox.reduce((sum, { lines }) => sum + lines, 0)).toBeLessThanOrEqual(MAX_SANDBOX_LINES);
});
