import { decodedBody } from '../upstream/decoded-body.js';
import type { Answer } from '../upstream/upstream.service.js';
import type { ActiveStreams } from './active-streams.js';
import type { ClientConnection } from './client-connection.js';
import { JsonCore } from './json-core.js';
import type { JsonRelayRules, JsonRelayTimes } from './json-relay-rules.js';
import { isJson, type RelayOutcome, refusalOf } from './relay-outcome.js';
import { Relay } from './relay.js';

/**
 * Relays an answer that is not streamed: byte for byte, in one write when it is small, as it arrives when it is large.
 * @throws {GatewayError} of the upstream's group when the answer breaks before a byte of it was sent
 * @param active what a shutdown waits for: a caller who is here is waited for by the connection, and needs no place there
 */
export function relayJson(
  answer: Answer,
  client: ClientConnection,
  rules: JsonRelayRules,
  { totalMs, disconnectDrain }: JsonRelayTimes,
  active: ActiveStreams | null = null,
): Promise<RelayOutcome> {
  const { exchange, headers, secrets } = answer;
  const { usageFields, hold, readState, maxBytes, settle } = rules;
  const core = new JsonCore(
    {
      usageFields,
      readUsage: found => rules.readUsage(found),
      rewritten: rules.rewrite !== null,
      hold,
      readState,
      readFailure: body => rules.readFailure(body),
      maxBytes,
      disconnectDrain,
    },
    secrets.pieces(),
  );
  const relay = new Relay(
    core,
    { exchange, body: decodedBody(exchange, headers.contentEncoding) },
    client,
    {
      head,
      headers: () => rules.headers(),
      rewrite: body => callersAnswer(body, rules),
      settle,
      release: hold === null ? null : () => hold.release(),
      totalMs,
      quietMs: null,
      askedAt: null,
    },
    active,
  );
  return relay.run(refusalOf(headers, isJson(headers.contentType), maxBytes));
}

function head(length: number | null): string[] {
  const type = ['content-type', 'application/json'];
  return length === null ? type : [...type, 'content-length', String(length)];
}

function callersAnswer(body: Buffer, rules: Pick<JsonRelayRules, 'rewrite' | 'scrub'>): Buffer | Promise<Buffer> {
  const made = rules.rewrite === null ? body : rules.rewrite(body);
  return made instanceof Promise ? made.then(bytes => rules.scrub(bytes)) : rules.scrub(made);
}
