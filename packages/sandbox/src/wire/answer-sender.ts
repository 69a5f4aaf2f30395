import type { ServerResponse } from 'node:http';
import { createBodyWriter } from './body-writer.js';
import type { ClientConnection } from './client-connection.js';
import type { PreparedAnswer } from '../dialects/endpoint.js';
import type { FaultPlan } from '../faults/fault-plan.js';
import type { StreamScript } from './stream-script.js';
import { streamSteps } from './stream-steps.js';

/** How fast the model speaks. A rate of 0 is as fast as the client reads. */
export interface Speed {
  firstTokenDelayMs: number;
  tokensPerSecond: number;
}

const CONTENT_TYPES = { events: 'text/event-stream; charset=utf-8', array: 'application/json; charset=UTF-8' };

/** Sends the answer as JSON once the model would have finished speaking it. Throws `ClientDisconnected`. */
export async function sendWhole(
  response: ServerResponse,
  answer: Pick<PreparedAnswer, 'tokens' | 'whole'>,
  plan: FaultPlan,
  speed: Speed,
  client: ClientConnection,
): Promise<void> {
  const speaking = speed.tokensPerSecond > 0 ? (answer.tokens * 1000) / speed.tokensPerSecond : 0;
  await client.wait(speed.firstTokenDelayMs + speaking);
  const whole = Buffer.from(JSON.stringify(answer.whole()));
  const sent = plan.truncate === undefined ? whole : whole.subarray(0, Math.floor(whole.length / 2));
  response.setHeader('content-type', 'application/json');
  response.setHeader('content-length', plan.truncate === 'body' ? whole.length : sent.length);
  response.writeHead(200);
  const writer = createBodyWriter(response, plan, client);
  await writer.write(sent);
  if (plan.truncate === 'body') await hangUp(response);
  else await writer.end();
}

/** Closes the connection although more was promised, once what was written is on its way. */
function hangUp(response: ServerResponse): Promise<void> {
  return new Promise(resolve => {
    const { socket } = response;
    if (socket === null) return resolve();
    socket.once('close', () => resolve());
    socket.destroySoon();
  });
}

/** Sends the answer as a stream, a token at a time. Throws `ClientDisconnected`, at once, in the middle of anything. */
export async function sendStream(
  response: ServerResponse,
  script: StreamScript,
  plan: FaultPlan,
  speed: Speed,
  client: ClientConnection,
): Promise<void> {
  response.setHeader('content-type', CONTENT_TYPES[script.form]);
  response.setHeader('cache-control', 'no-cache');
  response.writeHead(200);
  response.flushHeaders();
  const writer = createBodyWriter(response, plan, client);
  await client.wait(speed.firstTokenDelayMs);
  const pace = createPace(speed.tokensPerSecond, client);
  for (const step of streamSteps(script, plan)) {
    if (step.do === 'wait') await client.wait(step.ms);
    else if (step.do === 'send') {
      if (step.tokens > 0) await pace(step.tokens);
      await writer.write(step.bytes);
    } else if (step.do === 'finish') await writer.end();
    else await resetAfterFlush(response, client);
  }
}

/** Holds each token back until it is due by the clock, so that late timers do not add up. */
function createPace(tokensPerSecond: number, client: ClientConnection): (tokens: number) => Promise<void> {
  const start = performance.now();
  let spoken = 0;
  return async tokens => {
    if (tokensPerSecond === 0) return;
    const early = start + (spoken * 1000) / tokensPerSecond - performance.now();
    spoken += tokens;
    if (early >= 1) await client.wait(early);
  };
}

/** A client whose kernel shows it bytes and reset together may take them for a clean end, so the reset comes later. */
const RESET_LAG_MS = 20;

/** A reset throws away what is still queued, so everything written goes out first: the client sees exactly k events. */
async function resetAfterFlush(response: ServerResponse, client: ClientConnection): Promise<void> {
  await new Promise<void>(resolve => {
    client.signal.addEventListener('abort', () => resolve(), { once: true });
    // An empty write is called back when all before it have been handed to the system.
    response.socket?.write('', () => resolve());
  });
  await client.wait(RESET_LAG_MS);
  response.socket?.resetAndDestroy();
}
