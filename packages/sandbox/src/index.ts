export type { SandboxModel } from './model.js';
export { type SandboxOptions, type SandboxServer, startSandboxServer } from './server.js';
