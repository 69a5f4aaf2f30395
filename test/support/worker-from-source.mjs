// Where a worker thread of the tests starts: they run from the sources, so what it loads is compiled as Jest compiles it.
import Module, { createRequire } from 'node:module';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformSync } from '@swc/core';
import jestConfig from '../../jest.config.mjs';

const [, options] = jestConfig.transform['^.+\\.ts$'];

Module._extensions['.ts'] = (module, filename) => {
  const { code } = transformSync(readFileSync(filename, 'utf8'), { ...options, filename });
  module._compile(code, filename, 'commonjs');
};

const resolve = Module._resolveFilename;
Module._resolveFilename = (request, parent, ...rest) => {
  const path = request.startsWith('file:') ? fileURLToPath(request) : request;
  if (path.endsWith('.js') && (path !== request || path.startsWith('.'))) {
    const source = join(path === request ? dirname(parent.filename) : '', path.replace(/\.js$/, '.ts'));
    if (existsSync(source)) return source;
  }
  return resolve(path, parent, ...rest);
};

createRequire(import.meta.url)('../../src/platform/workers/worker-main.ts');
