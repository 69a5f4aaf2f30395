import type { Told } from '../dialects/stream-tap.js';
import type { GatewayError } from '../errors/gateway-error.js';
import { parseObject } from '../json/value.js';
import { answerBody } from '../upstream/decoded-body.js';
import { readErrorBody } from '../upstream/error-body.js';
import type { Answer } from '../upstream/upstream.service.js';
import type { ActiveStreams } from './active-streams.js';
import type { ClientConnection } from './client-connection.js';
import { GatheredBody } from './gathered-body.js';
import { isJson, type RelayOutcome, refusalOf } from './relay-outcome.js';
import { Relay } from './relay.js';
import { StreamCore } from './stream-core.js';
import type { StreamRelayRules, StreamRelayTimes } from './stream-relay-rules.js';

/** What an upstream calls its stream, by its framing. */
const STREAM_TYPES = { sse: 'text/event-stream', 'aws-event-stream': 'application/vnd.amazon.eventstream' } as const;

/**
 * Relays server-sent events byte for byte. The head goes out with the first event, or with the first keep-alive; from
 * then on a failure is the dialect's error event and a broken connection, never a clean end (decision D7).
 * @throws {GatewayError} of the upstream's group when it fails before a byte was sent
 */
export async function relayStream(
  answer: Answer,
  client: ClientConnection,
  rules: StreamRelayRules,
  times: StreamRelayTimes,
  active: ActiveStreams,
): Promise<RelayOutcome> {
  const { comment, maxBytes, contentType } = rules;
  const { disconnectDrain, totalMs, askedAt, keepAliveCommentMs: quietMs } = times;
  const encodeError = (error: GatewayError, sequence?: number) => rules.encodeError(error, sequence);
  const failureError = (failure: Told) => rules.failureError(failure);
  const core = new StreamCore(rules.createTap(), { comment, encodeError, failureError, maxBytes, disconnectDrain });
  const relay = new Relay(
    core,
    { exchange: answer.exchange, body: new GatheredBody(answerBody(answer)) },
    client,
    {
      head: () => ['content-type', contentType, 'cache-control', 'no-cache', 'x-accel-buffering', 'no'],
      headers: () => rules.headers(),
      rewrite: body => body,
      settle: rules.settle,
      release: null,
      totalMs,
      quietMs,
      askedAt,
    },
    active,
  );
  const { headers, framing } = answer;
  const isStream = headers.contentType === STREAM_TYPES[framing ?? 'sse'];
  // Some providers tell a failure as JSON, whatever was asked for, and with the status of an answer.
  const told = isStream || !isJson(headers.contentType) ? null : await readFailure(answer, failureError);
  return relay.interruptible().run(told ?? refusalOf(headers, isStream, maxBytes));
}

async function readFailure(
  { exchange, headers }: Answer,
  failureError: (failure: Told) => GatewayError,
): Promise<GatewayError | null> {
  const body = await readErrorBody(exchange, headers.contentEncoding);
  const told = parseObject(body.toString('utf8'));
  return told !== null && (told['error'] || told['error_code']) ? failureError(told) : null;
}
