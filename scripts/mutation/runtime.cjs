// Jest's runtime while faults are made: packages that take long to load are loaded once a process, and not anew for every
// fault. Our own files, of which one holds the fault, have a registry of their own in each run.
const { default: Runtime } = require('jest-runtime');

const SHARED = new RegExp(
  `^(?:${[
    ...['@nestjs/common', '@nestjs/core', 'rxjs', 'reflect-metadata'],
    ...['undici', 'jose', 'prom-client', 'pino', 'pg', '@prisma/adapter-pg'],
  ].join('|')})(?:/|$)`,
);

module.exports = class extends Runtime {
  requireModuleOrMock(from, name) {
    return SHARED.test(name) ? require(name) : super.requireModuleOrMock(from, name);
  }
};
