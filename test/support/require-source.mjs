// Loads TypeScript of the checkout where no build of it is: compiled as Jest compiles it, with `#sandbox` from its sources.
import Module, { createRequire } from 'node:module';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformSync } from '@swc/core';
import jestConfig from '../../jest.config.mjs';

const [, options] = jestConfig.transform['^.+\\.ts$'];
const SANDBOX = fileURLToPath(new URL('../../packages/sandbox/src/index.ts', import.meta.url));

Module._extensions['.ts'] = (module, filename) => {
  const { code } = transformSync(readFileSync(filename, 'utf8'), { ...options, filename });
  module._compile(code, filename, 'commonjs');
};

const resolve = Module._resolveFilename;
Module._resolveFilename = (request, parent, ...rest) => {
  if (request === '#sandbox') return SANDBOX;
  const path = request.startsWith('file:') ? fileURLToPath(request) : request;
  if (path.endsWith('.js') && (path !== request || path.startsWith('.'))) {
    const source = join(path === request ? dirname(parent.filename) : '', path.replace(/\.js$/, '.ts'));
    if (existsSync(source)) return source;
  }
  return resolve(path, parent, ...rest);
};

/** `require` of a path from this folder, such as `../../src/main.ts`. */
export const requireSource = createRequire(import.meta.url);
