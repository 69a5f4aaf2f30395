// Jest runs CommonJS: our TypeScript and the ESM-only packages below are compiled by swc (cached). CommonJS packages
// such as @nestjs/throttler require() the ESM-only @nestjs/common, which Jest can do natively only from Node 24.9 on.
const swc = typescript => [
  '@swc/jest',
  {
    swcrc: false,
    sourceMaps: 'inline',
    jsc: {
      target: 'es2022',
      keepClassNames: true,
      parser: typescript ? { syntax: 'typescript', decorators: true } : { syntax: 'ecmascript' },
      ...(typescript
        ? { transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false } }
        : {}),
    },
    module: { type: 'commonjs', importInterop: 'swc' },
  },
];

export default {
  testEnvironment: 'node',
  globalSetup: '<rootDir>/test/global-setup.ts',
  globalTeardown: '<rootDir>/test/global-teardown.ts',
  roots: ['<rootDir>/src', '<rootDir>/packages', '<rootDir>/test'],
  testRegex: '\\.(spec|e2e-spec)\\.ts$',
  moduleNameMapper: {
    '^#sandbox$': '<rootDir>/packages/sandbox/src/index.ts',
    '^(@prisma/client/runtime/.*)\\.mjs$': '$1.js',
    '^\\./worker-entry\\.js$': '<rootDir>/test/support/worker-entry.ts',
    '^(\\.{1,2}/.*)\\.js$': ['$1.js', '$1'],
  },
  transform: { '^.+\\.ts$': swc(true), '^.+\\.m?js$': swc(false) },
  transformIgnorePatterns: [
    '/node_modules/(?!(ai7[^/]*|zod|eventsource-parser|@ai-sdk|@workflow|@nestjs|@borewit|file-type|strtok3|token-types|uint8array-extras|@tokenizer|load-esm|jose|path-to-regexp)/)',
  ],
  // Only what hangs should end it: a busy machine may take a hundred times as long as a quiet one.
  testTimeout: 120_000,
  testSequencer: '<rootDir>/test/waiting-first.mjs',
  // Many tests wait for clocks and processes; the usual number on two cores would be one.
  maxWorkers: 2,
  // Every file brings a gateway and the vendors' packages along; what a worker holds on to is given back now and then.
  workerIdleMemoryLimit: '1200MB',
};
