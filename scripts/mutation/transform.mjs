// Jest's transformer while faults are made: a file with one is compiled with it, and no file is written.
import { createHash } from 'node:crypto';
import swc from '@swc/jest';

const { createTransformer } = swc;

/** @param options of the transformer that compiles, as in jest.config.mjs */
export default {
  createTransformer(options) {
    const compiler = createTransformer(options);
    return {
      canInstrument: false,
      getCacheKey: (code, path) =>
        createHash('sha256')
          .update(`${path}\n${withFault(code, path)}`)
          .digest('hex'),
      process: (code, path, details) => compiler.process(withFault(code, path), path, details),
    };
  },
};

function withFault(code, path) {
  const { mutant } = globalThis;
  if (mutant == null || mutant.path !== path) return code;
  return code.slice(0, mutant.start) + mutant.text + code.slice(mutant.end);
}
