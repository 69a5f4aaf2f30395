import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sendStream, sendWhole, type Speed } from './answer-sender.js';
import { answerMessages, countMessageTokens } from './anthropic/messages-endpoint.js';
import { answerChat } from './chat-endpoint.js';
import { ClientLeft, type ClientPresence, watchClient } from './client-presence.js';
import { answerEmbeddings } from './embeddings/embeddings-endpoint.js';
import type { Endpoint } from './endpoint.js';
import { errorEncoderOf } from './error-envelopes.js';
import { FAULT_HEADER, parseFaults } from './fault-directives.js';
import { createFaultLedger, type FaultLedger } from './fault-ledger.js';
import { answerGemini } from './gemini/generate-endpoint.js';
import { playHeadFaults } from './head-faults.js';
import type { SandboxModel } from './model.js';
import { readJsonBody } from './request-body.js';
import { RequestRefusal } from './request-refusal.js';
import { answerResponses } from './responses/responses-endpoint.js';

export type { SandboxModel } from './model.js';

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
  path: string;
  query: URLSearchParams;
  /** What follows the route's own path, decoded. */
  rest: string;
}

interface Route {
  path: RegExp;
  method: 'GET' | 'POST';
  answer: (exchange: Exchange) => Promise<void> | void;
}

const ROUTES: readonly Route[] = [
  inference(/^\/v1\/chat\/completions$/, answerChat),
  inference(/^\/anthropic\/v1\/messages$/, answerMessages),
  inference(/^\/anthropic\/v1\/messages\/count_tokens$/, countMessageTokens),
  inference(/^\/v1\/responses$/, answerResponses),
  inference(/^\/v1\/embeddings$/, answerEmbeddings),
  inference(/^\/gemini\/v1(?:beta)?\/models\/([^/]+)$/, answerGemini),
  { path: /^\/v1\/models$/, method: 'GET', answer: answerModelList },
  { path: /^\/v1\/models\/(.+)$/, method: 'GET', answer: answerModel },
];

function inference(path: RegExp, endpoint: Endpoint): Route {
  return { path, method: 'POST', answer: exchange => answerInference(exchange, endpoint) };
}

/** Starts the built-in provider. Rejects when the address cannot be listened on. */
export async function startSandboxServer(options: SandboxOptions): Promise<SandboxServer> {
  const ledger = createFaultLedger();
  const server = createServer((request, response) => void serve(options, ledger, request, response));
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

async function serve(
  options: SandboxOptions,
  ledger: FaultLedger,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const client = watchClient(response);
  // Whoever leaves does so by an error on the response, and the presence has told everybody already.
  response.on('error', () => undefined);
  const requestId = `req_${randomUUID().replaceAll('-', '')}`;
  response.setHeader('x-request-id', requestId);
  const { path, query } = splitUrl(request.url ?? '/');
  // Anthropic's clients look for the id under its own name.
  if (path.startsWith('/anthropic/')) response.setHeader('request-id', requestId);
  try {
    const { route, rest } = findRoute(request.method ?? 'GET', path);
    authenticate(request, path, options.apiKey);
    await route.answer({ options, ledger, request, response, client, path, query, rest });
  } catch (error) {
    if (error instanceof ClientLeft || client.signal.aborted) response.destroy();
    else if (response.headersSent) request.socket.destroy();
    else sendRefusal(response, path, error);
  }
}

function splitUrl(url: string): { path: string; query: URLSearchParams } {
  const mark = url.indexOf('?');
  if (mark < 0) return { path: url, query: new URLSearchParams() };
  return { path: url.slice(0, mark), query: new URLSearchParams(url.slice(mark + 1)) };
}

function findRoute(method: string, path: string): { route: Route; rest: string } {
  for (const route of ROUTES) {
    const found = route.path.exec(path);
    if (found === null) continue;
    if (method === route.method) return { route, rest: decodePath(found[1] ?? '') };
    const message = `Not allowed to ${method} on ${path.slice(0, 128)}.`;
    throw new RequestRefusal(405, message, { code: 'method_not_supported' });
  }
  throw new RequestRefusal(404, `Unknown URL (${method} ${path.slice(0, 128)}).`, { code: 'unknown_url' });
}

function decodePath(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Where a vendor's own clients put the key, unless they send it as a bearer token. Never in the address. */
const KEY_HEADERS: Record<string, string> = { anthropic: 'x-api-key', gemini: 'x-goog-api-key' };

function authenticate({ headers }: IncomingMessage, path: string, apiKey: string): void {
  const own = headers[KEY_HEADERS[path.split('/', 2)[1]]];
  const bearer = /^bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  const shown = headers.authorization === undefined && typeof own === 'string' ? own : (bearer ?? '');
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  if (timingSafeEqual(digest(shown), digest(apiKey))) return;
  throw new RequestRefusal(401, 'Incorrect API key provided.', { code: 'invalid_api_key' });
}

function sendRefusal(response: ServerResponse, path: string, error: unknown): void {
  const refusal =
    error instanceof RequestRefusal ? error : new RequestRefusal(500, 'The sandbox failed to answer.', { code: 'bug' });
  if (refusal.status === 405) response.setHeader('allow', 'GET, POST');
  // What is left of a refused body is not worth reading.
  if (refusal.status === 413) response.setHeader('connection', 'close');
  sendJson(response, refusal.status, errorEncoderOf(path)(refusal, String(response.getHeader('x-request-id'))));
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const body = JSON.stringify(value);
  response
    .writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
    .end(body);
}

/** Reads the request, plays what is to go wrong, and sends what the endpoint answers. */
async function answerInference(exchange: Exchange, endpoint: Endpoint): Promise<void> {
  const { options, ledger, request, response, client, path, query, rest } = exchange;
  const { headers } = request;
  const faults = headers[FAULT_HEADER];
  const plan = ledger.claim(parseFaults(Array.isArray(faults) ? faults.join(',') : faults));
  const body = await readJsonBody(request);
  if (plan.idleCloseMs !== undefined) closeWhenIdle(request, response, plan.idleCloseMs);
  if (await playHeadFaults(request, response, plan, client, errorEncoderOf(path))) return;

  const answer = await endpoint({ body, rest, query, headers, plan, findModel: options.models });
  client.throwIfLeft();
  const speed: Speed = {
    firstTokenDelayMs: plan.firstTokenMs ?? options.firstTokenDelayMs ?? 0,
    tokensPerSecond: plan.tokensPerSecond ?? options.tokensPerSecond ?? 0,
  };
  if (answer.stream === null || plan.jsonWhenStream === true) await sendWhole(response, answer, plan, speed, client);
  else await sendStream(response, answer.stream(), plan, speed, client);
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
