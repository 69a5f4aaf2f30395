import type { Told } from '../dialects/stream-tap.js';
import type { GatewayError } from '../errors/gateway-error.js';
import { answerBody } from '../upstream/decoded-body.js';
import type { Answer } from '../upstream/upstream.service.js';
import type { ActiveStreams } from './active-streams.js';
import type { ClientConnection } from './client-connection.js';
import { type RelayOutcome, refusalOf } from './relay-outcome.js';
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
export function relayStream(
  answer: Answer,
  client: ClientConnection,
  rules: StreamRelayRules,
  times: StreamRelayTimes,
  active: ActiveStreams,
): Promise<RelayOutcome> {
  const { comment, maxBytes, contentType } = rules;
  const { disconnectDrain, totalMs, askedAt, keepAliveCommentMs: quietMs } = times;
  const encodeError = (error: GatewayError) => rules.encodeError(error);
  const failureError = (failure: Told) => rules.failureError(failure);
  const core = new StreamCore(rules.createTap(), { comment, encodeError, failureError, maxBytes, disconnectDrain });
  const relay = new Relay(
    core,
    { exchange: answer.exchange, body: answerBody(answer) },
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
  return relay.interruptible().run(refusalOf(headers, isStream, maxBytes));
}
