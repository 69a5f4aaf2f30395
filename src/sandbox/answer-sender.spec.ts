import { once } from 'node:events';
import { createServer, request as httpRequest, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { composeAnswer } from './answer.js';
import { sendStream, sendWhole } from './answer-sender.js';
import type { ChatRequest } from './chat-request.js';
import { ClientLeft, watchClient } from './client-presence.js';
import type { FaultPlan } from './fault-plan.js';

const REQUEST: ChatRequest = { model: 'm', stream: true, messages: [{ role: 'user', content: 'Explain indexes.' }] };

let server: Server;

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

interface Sending {
  response: ServerResponse;
  outcome: Promise<unknown>;
  leave: () => void;
}

/** Sends one answer to a client that reads nothing, and shows what became of the sending. */
async function sendToIdleClient(
  send: typeof sendStream | typeof sendWhole,
  plan: Partial<FaultPlan>,
  speed = { firstTokenDelayMs: 0, tokensPerSecond: 0 },
): Promise<Sending> {
  const answer = await composeAnswer(REQUEST, plan.answerTokens);
  const { promise, resolve } = withResolver<Omit<Sending, 'leave'>>();
  server = createServer((_, response) => {
    const client = watchClient(response);
    const sending = send(response, REQUEST, answer, { headers: [], ...plan }, speed, client);
    resolve({ response, outcome: sending.catch((error: unknown) => error) });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const asked = httpRequest({ host: '127.0.0.1', port, method: 'POST' }, response => response.pause());
  asked.on('error', () => undefined);
  asked.end();
  return { ...(await promise), leave: () => asked.destroy() };
}

function withResolver<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>(settle => (resolve = settle));
  return { promise, resolve };
}

it('writes no further than the client reads, and lets others in meanwhile', async () => {
  const { response, outcome, leave } = await sendToIdleClient(sendStream, { endless: true });
  let turns = 0;
  while (!response.writableNeedDrain && turns++ < 100_000) await nextTurn();
  const written = response.socket?.bytesWritten;
  for (let turn = 0; turn < 50; turn++) await nextTurn();

  expect(response.socket?.bytesWritten).toBe(written);
  expect(response.writableLength).toBeLessThan(200_000);
  leave();
  expect(await outcome).toBeInstanceOf(ClientLeft);
});

it.each<[string, typeof sendStream, Partial<FaultPlan>, { firstTokenDelayMs: number; tokensPerSecond: number }]>([
  ['before the first token of a stream', sendStream, {}, { firstTokenDelayMs: 3_600_000, tokensPerSecond: 0 }],
  ['between two tokens', sendStream, {}, { firstTokenDelayMs: 0, tokensPerSecond: 0.001 }],
  ['in a silence', sendStream, { silence: { ms: 3_600_000, after: 1 } }, { firstTokenDelayMs: 0, tokensPerSecond: 0 }],
  ['in a drip', sendStream, { drip: { bytes: 1, ms: 3_600_000 } }, { firstTokenDelayMs: 0, tokensPerSecond: 0 }],
  [
    'in a compressed stream',
    sendStream,
    { endless: true, gzip: 'valid' },
    { firstTokenDelayMs: 0, tokensPerSecond: 0 },
  ],
  ['before a whole answer', sendWhole, {}, { firstTokenDelayMs: 3_600_000, tokensPerSecond: 0 }],
])('stops at once when the client leaves %s', async (_, send, plan, speed) => {
  const { outcome, leave } = await sendToIdleClient(send, plan, speed);
  await nextTurn();
  leave();
  expect(await outcome).toBeInstanceOf(ClientLeft);
});
