import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { createBodyWriter } from '../wire/body-writer.js';
import { type ClientConnection, ClientDisconnected } from '../wire/client-connection.js';
import type { ErrorEncoder } from '../wire/error-envelopes.js';
import type { FaultPlan } from './fault-plan.js';
import type { WireError } from '../wire/request-refusal.js';

/**
 * Plays the faults that come instead of an answer, or before it. True when the request has been dealt with.
 * Throws `ClientDisconnected` when the client gave up waiting.
 */
export async function playHeadFaults(
  request: IncomingMessage,
  response: ServerResponse,
  plan: FaultPlan,
  client: ClientConnection,
  encodeError: ErrorEncoder,
): Promise<boolean> {
  for (const [name, value] of plan.headers) response.appendHeader(name, value);
  await client.wait(plan.delayMs ?? 0);
  if (plan.hang) return client.untilDisconnected();
  if (plan.reset) {
    request.socket.resetAndDestroy();
    throw new ClientDisconnected();
  }
  if (plan.hangAfterHeaders) {
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    response.flushHeaders();
    return client.untilDisconnected();
  }
  const body = instead(plan, error => encodeError(error, String(response.getHeader('x-request-id'))));
  if (body !== null) {
    const [type, text] = body;
    response.writeHead(plan.status ?? 200, { 'content-type': type, 'content-length': Buffer.byteLength(text) });
    const writer = createBodyWriter(response, plan, client);
    await writer.write(text);
    await writer.end();
    return true;
  }
  if (plan.badGzip !== true) return false;
  response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
  response.end(Buffer.concat([gzipSync('{"id":').subarray(0, 10), Buffer.alloc(64, 0xff)]));
  return true;
}

function instead(plan: FaultPlan, encodeError: (error: WireError) => object): [type: string, text: string] | null {
  if (plan.html) {
    const text = `<!doctype html><title>Gateway</title><h1>${plan.message ?? 'Something is in the way'}</h1>`;
    return ['text/html; charset=utf-8', text];
  }
  if (plan.status === undefined) return null;
  return ['application/json', JSON.stringify(encodeError(errorOf(plan.status, plan)))];
}

function errorOf(status: number, plan: FaultPlan): WireError {
  return {
    status,
    message: plan.message ?? `The sandbox answers ${status}, as it was asked to.`,
    param: null,
    code: plan.code ?? null,
    ...(plan.retryInfo === undefined
      ? {}
      : { details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: plan.retryInfo }] }),
  };
}
