import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { composeAnswer } from './answer.js';
import { sendStream, sendWhole, type Speed } from './answer-sender.js';
import { checkChatRequest, type SandboxModel } from './chat-request.js';
import { ClientLeft, type ClientPresence, watchClient } from './client-presence.js';
import { FAULT_HEADER, parseFaults } from './fault-directives.js';
import { createFaultLedger, type FaultLedger } from './fault-ledger.js';
import { playHeadFaults } from './head-faults.js';
import { readJsonBody } from './request-body.js';
import { encodeRefusal, RequestRefusal } from './request-refusal.js';

export type { SandboxModel } from './chat-request.js';

export interface SandboxOptions {
  /** The bearer token every caller must show. */
  apiKey: string;
  /** Default `127.0.0.1`. */
  host?: string;
  /** Default 0: any free port. */
  port?: number;
  /** Milliseconds from the request to the first token; default 0. */
  firstTokenDelayMs?: number;
  /** Default 0: as fast as the caller reads. */
  tokensPerSecond?: number;
  /** The model of that id, or null when there is none. */
  models: (id: string) => SandboxModel | null;
  /** What `GET /v1/models` lists; default nothing. */
  listModels?: () => readonly SandboxModel[];
}

export interface SandboxServer {
  /** `http://host:port`, without a path. */
  url: string;
  /** Stops listening and breaks off what is still being answered. */
  close(): Promise<void>;
}

/** Longer than any caller's pool keeps a socket, so that it is never the sandbox which closes one in use. */
const KEEP_ALIVE_MS = 120_000;

interface Exchange {
  options: SandboxOptions;
  ledger: FaultLedger;
  request: IncomingMessage;
  response: ServerResponse;
  client: ClientPresence;
  /** What follows the route's own path, decoded. */
  rest: string;
}

interface Route {
  path: RegExp;
  method: 'GET' | 'POST';
  answer: (exchange: Exchange) => Promise<void> | void;
}

const ROUTES: readonly Route[] = [
  { path: /^\/v1\/chat\/completions$/, method: 'POST', answer: answerChat },
  { path: /^\/v1\/models$/, method: 'GET', answer: answerModelList },
  { path: /^\/v1\/models\/(.+)$/, method: 'GET', answer: answerModel },
];

/** Starts the built-in provider. Rejects when the address cannot be listened on. */
export async function startSandboxServer(options: SandboxOptions): Promise<SandboxServer> {
  const ledger = createFaultLedger();
  const server = createServer((request, response) => void exchange(options, ledger, request, response));
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.listen(options.port ?? 0, options.host ?? '127.0.0.1');
  await once(server, 'listening');
  const { address, port, family } = server.address() as AddressInfo;
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`,
    async close() {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function exchange(
  options: SandboxOptions,
  ledger: FaultLedger,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const client = watchClient(response);
  // Whoever leaves does so by an error on the response, and the presence has told everybody already.
  response.on('error', () => undefined);
  response.setHeader('x-request-id', `req_${randomUUID().replaceAll('-', '')}`);
  try {
    const { route, rest } = findRoute(request);
    authenticate(request, options.apiKey);
    await route.answer({ options, ledger, request, response, client, rest });
  } catch (error) {
    if (error instanceof ClientLeft || client.signal.aborted) response.destroy();
    else if (response.headersSent) request.socket.destroy();
    else sendRefusal(response, error);
  }
}

function findRoute(request: IncomingMessage): { route: Route; rest: string } {
  const path = (request.url ?? '/').split('?', 1)[0];
  for (const route of ROUTES) {
    const found = route.path.exec(path);
    if (found === null) continue;
    if (request.method === route.method) return { route, rest: decodePath(found[1] ?? '') };
    const message = `Not allowed to ${request.method} on ${path.slice(0, 128)}.`;
    throw new RequestRefusal(405, message, { code: 'method_not_supported' });
  }
  throw new RequestRefusal(404, `Unknown URL (${request.method} ${path.slice(0, 128)}).`, { code: 'unknown_url' });
}

function decodePath(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function authenticate(request: IncomingMessage, apiKey: string): void {
  const shown = /^bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  if (timingSafeEqual(digest(shown), digest(apiKey))) return;
  throw new RequestRefusal(401, 'Incorrect API key provided.', { code: 'invalid_api_key' });
}

function sendRefusal(response: ServerResponse, error: unknown): void {
  const refusal =
    error instanceof RequestRefusal ? error : new RequestRefusal(500, 'The sandbox failed to answer.', { code: 'bug' });
  if (refusal.status === 405) response.setHeader('allow', 'GET, POST');
  // What is left of a refused body is not worth reading.
  if (refusal.status === 413) response.setHeader('connection', 'close');
  sendJson(response, refusal.status, encodeRefusal(refusal));
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const body = JSON.stringify(value);
  response
    .writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
    .end(body);
}

async function answerChat({ options, ledger, request, response, client }: Exchange): Promise<void> {
  const header = request.headers[FAULT_HEADER];
  const plan = ledger.claim(parseFaults(Array.isArray(header) ? header.join(',') : header));
  const body = await readJsonBody(request);
  if (plan.idleCloseMs !== undefined) closeWhenIdle(request, response, plan.idleCloseMs);
  if (await playHeadFaults(request, response, plan, client)) return;

  const { request: asked } = checkChatRequest(body, options.models);
  const answer = await composeAnswer(asked, plan.answerTokens);
  client.throwIfLeft();
  const speed: Speed = {
    firstTokenDelayMs: plan.firstTokenMs ?? options.firstTokenDelayMs ?? 0,
    tokensPerSecond: plan.tokensPerSecond ?? options.tokensPerSecond ?? 0,
  };
  const send = asked.stream === true && plan.jsonWhenStream !== true ? sendStream : sendWhole;
  await send(response, asked, answer, plan, speed, client);
}

/** Closes a connection that seemed free for the next request, after so many milliseconds. */
function closeWhenIdle(request: IncomingMessage, response: ServerResponse, afterMs: number): void {
  response.once('finish', () => setTimeout(() => request.socket.destroy(), afterMs).unref());
}

function answerModelList({ options, response }: Exchange): void {
  sendJson(response, 200, { object: 'list', data: (options.listModels?.() ?? []).map(encodeModel) });
}

function answerModel({ options, response, rest }: Exchange): void {
  const model = options.models(rest);
  if (model === null) {
    const message = `The model '${rest.slice(0, 128)}' does not exist or you do not have access to it.`;
    throw new RequestRefusal(404, message, { param: 'model', code: 'model_not_found' });
  }
  sendJson(response, 200, encodeModel(model));
}

function encodeModel(model: SandboxModel): Record<string, unknown> {
  const { id, provider, contextLength, maxOutputTokens } = model;
  return {
    id,
    object: 'model',
    created: 0,
    owned_by: provider,
    context_length: contextLength,
    max_output_tokens: maxOutputTokens,
  };
}
