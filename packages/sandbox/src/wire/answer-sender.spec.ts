import { once } from 'node:events';
import { createServer, request as httpRequest, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { sendStream, sendWhole, type Speed } from './answer-sender.js';
import { answerChat } from '../dialects/chat-encoder.js';
import { ClientConnection, ClientDisconnected } from './client-connection.js';
import type { PreparedAnswer } from '../dialects/endpoint.js';
import type { FaultPlan } from '../faults/fault-plan.js';

const BODY = { model: 'm', stream: true, messages: [{ role: 'user', content: 'Explain indexes.' }] };
const MODEL = { id: 'm', maxOutputTokens: null };

type Send = (
  response: ServerResponse,
  answer: PreparedAnswer,
  plan: FaultPlan,
  speed: Speed,
  client: ClientConnection,
) => Promise<void>;

const streamed: Send = (response, answer, plan, speed, client) => {
  if (answer.stream === null) throw new Error('no stream was asked for');
  return sendStream(response, answer.stream(), plan, speed, client);
};

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
  send: Send,
  faults: Partial<FaultPlan>,
  speed = { firstTokenDelayMs: 0, tokensPerSecond: 0 },
): Promise<Sending> {
  const plan: FaultPlan = { headers: [], ...faults };
  const request = {
    path: '/v1/chat/completions',
    body: BODY,
    rest: '',
    query: new URLSearchParams(),
    headers: {},
    plan,
    findModel: () => MODEL,
  };
  const answer = await answerChat(request);
  const { promise, resolve } = withResolver<Omit<Sending, 'leave'>>();
  server = createServer((_, response) => {
    const client = new ClientConnection(response);
    const sending = send(response, answer, plan, speed, client);
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
  const { response, outcome, leave } = await sendToIdleClient(streamed, { endless: true });
  let turns = 0;
  while (!response.writableNeedDrain && turns++ < 100_000) await nextTurn();
  const written = response.socket?.bytesWritten;
  for (let turn = 0; turn < 50; turn++) await nextTurn();

  expect(response.socket?.bytesWritten).toBe(written);
  expect(response.writableLength).toBeLessThan(200_000);
  leave();
  expect(await outcome).toBeInstanceOf(ClientDisconnected);
});

it.each<[string, Send, Partial<FaultPlan>, { firstTokenDelayMs: number; tokensPerSecond: number }]>([
  ['before the first token of a stream', streamed, {}, { firstTokenDelayMs: 3_600_000, tokensPerSecond: 0 }],
  ['between two tokens', streamed, {}, { firstTokenDelayMs: 0, tokensPerSecond: 0.001 }],
  ['in a silence', streamed, { silence: { ms: 3_600_000, after: 1 } }, { firstTokenDelayMs: 0, tokensPerSecond: 0 }],
  ['in a drip', streamed, { drip: { bytes: 1, ms: 3_600_000 } }, { firstTokenDelayMs: 0, tokensPerSecond: 0 }],
  ['before a whole answer', sendWhole, {}, { firstTokenDelayMs: 3_600_000, tokensPerSecond: 0 }],
])('stops at once when the client leaves %s', async (_, send, plan, speed) => {
  const { outcome, leave } = await sendToIdleClient(send, plan, speed);
  await nextTurn();
  leave();
  expect(await outcome).toBeInstanceOf(ClientDisconnected);
});
