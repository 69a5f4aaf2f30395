import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerChat } from './dialects/chat-encoder.js';
import { answerEmbeddings } from './dialects/embeddings.js';
import type { AskedRequest, Endpoint } from './dialects/endpoint.js';
import { answerGemini } from './dialects/gemini-encoder.js';
import { answerMessages, countMessageTokens } from './dialects/messages-encoder.js';
import { answerResponses } from './dialects/responses-encoder.js';
import { FAULT_HEADER, parseFaults } from './faults/fault-directives.js';
import { FaultLedger } from './faults/fault-ledger.js';
import { playHeadFaults } from './faults/head-faults.js';
import { isJsonObject } from './json.js';
import type { SandboxModel } from './model.js';
import { sendStream, sendWhole, type Speed } from './wire/answer-sender.js';
import { ClientConnection, ClientDisconnected } from './wire/client-connection.js';
import { errorEncoderOf } from './wire/error-envelopes.js';
import { readJsonBody } from './wire/request-body.js';
import { RequestRefusal } from './wire/request-refusal.js';

/** Looks at a request before it is answered; throws `RequestRefusal` for one that it does not like. */
export type RequestCheck = (asked: AskedRequest) => void;

export interface SandboxOptions {
  /** The key every caller must show, as a bearer token or where the vendors' own clients put theirs. */
  apiKey: string;
  /** Milliseconds from the request to the first token; default 0. */
  firstTokenDelayMs?: number;
  /** Default 0: as fast as the caller reads. */
  tokensPerSecond?: number;
  /** The model of that id, or null when there is none. */
  models: (id: string) => SandboxModel | null;
  /**
   * How strict it is: without a check any request is answered that can be read, so that agents can be tried on it.
   * Tests give it one that is as strict as the vendors.
   */
  check?: RequestCheck;
}

export interface SandboxServer {
  /** On loopback, at a free port, without a path. */
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
  client: ClientConnection;
  path: string;
  query: URLSearchParams;
  /** What follows the route's own path, decoded. */
  rest: string;
}

/** What answers a POST to a path; of a group in it, what it matched is handed on. */
const ROUTES: ReadonlyArray<readonly [path: RegExp, endpoint: Endpoint]> = [
  [/^\/v1\/chat\/completions$/, answerChat],
  [/^\/anthropic\/v1\/messages$/, answerMessages],
  [/^\/anthropic\/v1\/messages\/count_tokens$/, countMessageTokens],
  [/^\/v1\/responses$/, answerResponses],
  [/^\/v1\/embeddings$/, answerEmbeddings],
  [/^\/gemini\/v1(?:beta)?\/models\/([^/]+)$/, answerGemini],
];

/** Starts the built-in provider. Rejects when the address cannot be listened on. */
export async function startSandboxServer(options: SandboxOptions): Promise<SandboxServer> {
  const ledger = new FaultLedger();
  const server = createServer((request, response) => void serve(options, ledger, request, response));
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  // Of several processes that share a port each has a sandbox of its own.
  server.listen({ port: 0, host: '127.0.0.1', exclusive: true });
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
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
  const client = new ClientConnection(response);
  // A client disconnects by an error on the response, and the connection has told everybody already.
  response.on('error', () => undefined);
  const requestId = `req_${randomUUID().replaceAll('-', '')}`;
  response.setHeader('x-request-id', requestId);
  const [path, search] = (request.url ?? '/').split('?', 2);
  const query = new URLSearchParams(search);
  // Anthropic's clients look for the id under its own name.
  if (path.startsWith('/anthropic/')) response.setHeader('request-id', requestId);
  try {
    const { endpoint, rest } = findRoute(request.method ?? 'GET', path);
    authenticate(request, options.apiKey);
    await answer({ options, ledger, request, response, client, path, query, rest }, endpoint);
  } catch (error) {
    if (error instanceof ClientDisconnected || client.signal.aborted) response.destroy();
    else if (response.headersSent) request.socket.destroy();
    else sendRefusal(response, path, error);
  }
}

function findRoute(method: string, path: string): { endpoint: Endpoint; rest: string } {
  for (const [pattern, endpoint] of ROUTES) {
    const found = pattern.exec(path);
    if (found === null) continue;
    if (method === 'POST') return { endpoint, rest: decodePath(found[1] ?? '') };
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

function authenticate({ headers }: IncomingMessage, apiKey: string): void {
  const [shown = ''] = [
    /^bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1],
    // Where the vendors' own clients put it.
    ...[headers['x-api-key'], headers['x-goog-api-key']].flat(),
  ].filter(key => key !== undefined);
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  if (timingSafeEqual(digest(shown), digest(apiKey))) return;
  throw new RequestRefusal(401, 'Incorrect API key provided.', { code: 'invalid_api_key' });
}

function asRefusal(error: unknown): RequestRefusal {
  if (error instanceof RequestRefusal) return error;
  // Whatever walks through a value does so by calls within calls, of which there may not be too many.
  if (error instanceof RangeError)
    return new RequestRefusal(400, 'The body is nested too deeply.', { code: 'too_deep' });
  return new RequestRefusal(500, 'The sandbox failed to answer.', { code: 'bug' });
}

function sendRefusal(response: ServerResponse, path: string, error: unknown): void {
  const refusal = asRefusal(error);
  if (refusal.status === 405) response.setHeader('allow', 'POST');
  // What is left of a refused body is not worth reading.
  if (refusal.status === 413) response.setHeader('connection', 'close');
  const body = JSON.stringify(errorEncoderOf(path)(refusal, String(response.getHeader('x-request-id'))));
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  response.writeHead(refusal.status, headers).end(body);
}

/** Reads the request, plays what is to go wrong, and sends what the endpoint answers. */
async function answer(exchange: Exchange, endpoint: Endpoint): Promise<void> {
  const { options, ledger, request, response, client, path, query, rest } = exchange;
  const { headers } = request;
  const faults = headers[FAULT_HEADER];
  const plan = ledger.claim(parseFaults(Array.isArray(faults) ? faults.join(',') : faults));
  const body = await readJsonBody(request);
  if (!isJsonObject(body)) {
    const message = 'Expected the request body to be a JSON object.';
    throw new RequestRefusal(400, message, { param: 'body', code: 'invalid_type' });
  }
  if (await playHeadFaults(request, response, plan, client, errorEncoderOf(path))) return;

  const asked = { path, body, rest, query, headers, plan, findModel: options.models };
  options.check?.(asked);
  const prepared = await endpoint(asked);
  client.throwIfDisconnected();
  const speed: Speed = {
    firstTokenDelayMs: plan.firstTokenMs ?? options.firstTokenDelayMs ?? 0,
    tokensPerSecond: plan.tokensPerSecond ?? options.tokensPerSecond ?? 0,
  };
  if (prepared.stream === null || plan.jsonWhenStream === true)
    await sendWhole(response, prepared, plan, speed, client);
  else await sendStream(response, prepared.stream(), plan, speed, client);
}
