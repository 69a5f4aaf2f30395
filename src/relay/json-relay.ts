import type { ServerResponse } from 'node:http';
import { GatewayError } from '../errors/gateway-error.js';
import type { JsonField } from '../json/json-field.js';
import { findAllInObject, readValue } from '../json/splice.js';
import type { TokenCounts } from '../dialects/token-counts.js';
import type { UsageFields } from '../dialects/usage-fields.js';
import { type AnswerBody, decodedBody } from '../upstream/decoded-body.js';
import { bodyFailure } from '../upstream/failures.js';
import type { Answer } from '../upstream/upstream.service.js';
import type { ClientConnection } from './client-connection.js';
import type { RelayOutcome, RelayStatus, Settle } from './relay-outcome.js';

/** Up to here an answer is held until it is whole, so that a broken one becomes an honest 502. */
const WHOLE_UP_TO_BYTES = 4_194_304;
/** `usage` stands near the end of an answer too long to hold. */
const TAIL_BYTES = 65_536;
const MAX_USAGE_BYTES = 16_384;

/** A rewritten answer is held whole, however long; beyond this it is no answer. */
const REWRITTEN_UP_TO_BYTES = 67_108_864;

export interface JsonRelayRules {
  readonly usageFields: UsageFields;
  /**
   * Makes the caller's answer of the upstream's; null where the bytes stay as they came.
   * @throws {GatewayError} where it cannot be done
   */
  readonly rewrite: ((body: Buffer) => Buffer) | null;
  /** @param answer as many of its `usageFields` as were found */
  readUsage(answer: Readonly<Record<string, unknown>>): TokenCounts | null;
  /** Headers of ours for this answer, asked for at the last moment: a whole answer is settled by then. */
  headers(): readonly (readonly [string, string])[];
  readonly settle: Settle;
}

/**
 * Relays an answer that is not streamed: byte for byte, in one write when it is small, as it arrives when it is large.
 * @throws {GatewayError} of the upstream's group when the answer breaks before a byte of it was sent
 */
export function relayJson(
  answer: Answer,
  client: ClientConnection,
  rules: JsonRelayRules,
  totalMs: number,
): Promise<RelayOutcome> {
  return new JsonRelay(answer, client, rules, totalMs).run();
}

class JsonRelay {
  private readonly response: ServerResponse;
  private readonly body: AnswerBody;
  private held: Buffer[] = [];
  private size = 0;
  private tail: Buffer = Buffer.alloc(0);
  private firstByteAt: number | null = null;
  private settle!: (outcome: RelayOutcome) => void;
  private reject!: (error: GatewayError) => void;
  private over = false;
  private totalTimer: NodeJS.Timeout | undefined;

  constructor(
    private readonly answer: Answer,
    private readonly client: ClientConnection,
    private readonly rules: JsonRelayRules,
    private readonly totalMs: number,
  ) {
    this.response = client.response;
    this.body = decodedBody(answer.exchange, answer.headers.contentEncoding);
  }

  run(): Promise<RelayOutcome> {
    const { headers } = this.answer;
    return new Promise((resolve, reject) => {
      this.settle = resolve;
      this.reject = reject;
      this.totalTimer = setTimeout(() => this.broken(new GatewayError('upstream_timeout')), this.totalMs);
      if (!isJson(headers.contentType)) {
        this.broken(new GatewayError('upstream_invalid_response', { internal: `content type ${headers.contentType}` }));
        return;
      }
      this.client.onDeparture(() => this.left());
      this.body.attach({
        data: chunk => this.data(chunk),
        end: () => this.end(),
        fail: error => this.broken(bodyFailure(error)),
      });
    });
  }

  private data(chunk: Buffer): void {
    if (this.over) return;
    this.size += chunk.length;
    if (this.firstByteAt === null) {
      this.held.push(chunk);
      if (this.rules.rewrite !== null) this.boundRewritten();
      else if (this.size > WHOLE_UP_TO_BYTES) this.beginLarge();
      return;
    }
    this.keepTail(chunk);
    this.send(chunk);
  }

  private boundRewritten(): void {
    if (this.size <= REWRITTEN_UP_TO_BYTES) return;
    this.broken(new GatewayError('upstream_invalid_response', { internal: 'too long an answer to translate' }));
  }

  private beginLarge(): void {
    const begin = Buffer.concat(this.held);
    this.held = [];
    if (begin[firstByte(begin)] !== 0x7b) {
      this.broken(new GatewayError('upstream_invalid_response', { internal: 'the answer is no JSON object' }));
      return;
    }
    this.writeHead(null);
    this.keepTail(begin);
    this.send(begin);
  }

  private end(): void {
    if (this.over) return;
    if (this.firstByteAt !== null) {
      this.finish('completed', usageInTail(this.tail, this.rules), () => this.client.end());
      return;
    }
    const [only] = this.held;
    const body = this.held.length === 1 && only !== undefined ? only : Buffer.concat(this.held);
    const { whole, fields } = findAllInObject(body, new Set(Object.keys(this.rules.usageFields)));
    if (!whole) {
      this.broken(new GatewayError('upstream_invalid_response', { internal: 'the answer is no whole JSON object' }));
      return;
    }
    this.held = [body];
    const sent = this.rewritten(body);
    if (sent === null) return;
    this.finish('completed', usageOf(body, fields, this.rules), () => {
      this.writeHead(sent.length);
      this.client.end(sent);
    });
  }

  /** Null when it could not be rewritten: then the caller has been told. */
  private rewritten(body: Buffer): Buffer | null {
    try {
      return this.rules.rewrite === null ? body : this.rules.rewrite(body);
    } catch (error) {
      const failure = error instanceof GatewayError ? error : new GatewayError('internal_error', { cause: error });
      this.broken(failure);
      return null;
    }
  }

  private writeHead(length: number | null): void {
    this.firstByteAt ??= performance.now();
    const headers: string[] = ['content-type', 'application/json'];
    if (length !== null) headers.push('content-length', String(length));
    for (const [name, value] of this.rules.headers()) headers.push(name, value);
    this.response.writeHead(200, withSetHeaders(this.response, headers));
  }

  private send(chunk: Buffer): void {
    if (!this.client.write(chunk, () => this.body.resume())) this.body.pause();
  }

  private keepTail(chunk: Buffer): void {
    const joined = chunk.length >= TAIL_BYTES ? chunk : Buffer.concat([this.tail, chunk]);
    this.tail = joined.subarray(Math.max(0, joined.length - TAIL_BYTES));
  }

  private broken(error: GatewayError): void {
    if (this.over) return;
    this.answer.exchange.abort();
    if (this.firstByteAt === null) {
      this.stop();
      this.reject(error);
      return;
    }
    this.response.destroy();
    this.finish(error.code === 'upstream_timeout' ? 'upstream_timeout' : 'truncated', null);
  }

  private left(): void {
    this.answer.exchange.abort();
    this.finish('client_disconnected', null);
  }

  /** `send` sends the last bytes, once what they cost is recorded. */
  private finish(status: RelayStatus, usage: TokenCounts | null, send: () => void = () => undefined): void {
    if (this.over) return;
    this.stop();
    const held = this.held;
    const outcome: RelayOutcome = {
      status,
      httpStatus: 200,
      usage,
      answerText: () => ({ text: Buffer.concat(held).toString('utf8'), factor: 1 }),
      firstByteAt: this.firstByteAt ?? (status === 'completed' ? performance.now() : null),
    };
    void this.endAfter(this.rules.settle(outcome), send, outcome);
  }

  private async endAfter(settled: Promise<void>, send: () => void, outcome: RelayOutcome): Promise<void> {
    await settled;
    if (!this.client.departed) send();
    this.settle(outcome);
  }

  private stop(): void {
    this.over = true;
    clearTimeout(this.totalTimer);
  }
}

/** `writeHead` with a list replaces what `setHeader` set before, such as the request id: carry it over. */
export function withSetHeaders(response: ServerResponse, headers: string[]): string[] {
  for (const name of response.getHeaderNames()) headers.push(name, String(response.getHeader(name)));
  return headers;
}

function isJson(contentType: string): boolean {
  return contentType === 'application/json' || contentType.endsWith('+json');
}

function firstByte(body: Buffer): number {
  let index = 0;
  while (index < body.length && (body[index] ?? 0) <= 0x20) index += 1;
  return index;
}

function usageInTail(tail: Buffer, rules: JsonRelayRules): TokenCounts | null {
  const found: Record<string, unknown> = {};
  for (const name of Object.keys(rules.usageFields)) {
    const at = tail.lastIndexOf(`"${name}"`);
    if (at < 0) continue;
    const rest = Buffer.concat([Buffer.from('{'), tail.subarray(at)]);
    const field = findAllInObject(rest, new Set([name])).fields.get(name);
    if (field !== undefined) found[name] = readValue(rest, field, MAX_USAGE_BYTES);
  }
  return rules.readUsage(found);
}

function usageOf(body: Buffer, fields: ReadonlyMap<string, JsonField>, rules: JsonRelayRules): TokenCounts | null {
  const found: Record<string, unknown> = {};
  for (const [name, field] of fields) {
    const mentions = rules.usageFields[name];
    // Parsing a long answer for its calls of tools would be for nothing, mostly.
    if (mentions == null) found[name] = readValue(body, field, MAX_USAGE_BYTES);
    else if (mentionsOne(body.subarray(field.start, field.end), mentions))
      found[name] = readValue(body, field, Infinity);
  }
  return rules.readUsage(found);
}

function mentionsOne(value: Buffer, words: readonly string[]): boolean {
  return words.some(word => value.includes(word));
}
