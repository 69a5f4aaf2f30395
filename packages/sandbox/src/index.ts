export type { AskedRequest } from './dialects/endpoint.js';
export type { SandboxModel } from './model.js';
export { type RequestCheck, type SandboxOptions, type SandboxServer, startSandboxServer } from './server.js';
export { RequestRefusal } from './wire/request-refusal.js';
