import { Injectable, type LoggerService } from '@nestjs/common';
import { KnownSecrets } from './known-secrets.js';
import { LogLines } from './log-lines.js';
import { pino, type Logger as PinoLogger } from 'pino';

/** Lines are written together, at the latest after this time, in pieces of so many bytes, and at the process's end. */
const FLUSH_MS = 200;
const PIECE_BYTES = 16_384;
/** What a pipe takes in one piece (PIPE_BUF): of several processes that write to it, none writes into another's line. */
const SHARED_PIECE_BYTES = 4_096;

/**
 * One JSON line an event, on standard output. No caller passes it a header, a body or a token: fields are ids, codes and
 * counts, which is tested with planted secrets. Buffered, because a write for each request costs more than its line.
 */
@Injectable()
export class Log {
  private secrets = KnownSecrets.NONE;

  constructor(private readonly sink: PinoLogger) {}

  /** From now on these stand in no cause of a failure, no matter who told it. */
  hide(secrets: KnownSecrets): void {
    this.secrets = secrets;
  }

  static create(level: string): Log {
    return new Log(pino({ level, base: null }, standardOutput(PIECE_BYTES)));
  }

  /** For one of several processes that write to the same output. @param base what each of its lines says */
  static createShared(level: string, base: { readonly workerPid: number } | null): Log {
    return new Log(pino({ level, base }, standardOutput(SHARED_PIECE_BYTES)));
  }

  isEnabled(level: 'debug' | 'info'): boolean {
    return this.sink.isLevelEnabled(level);
  }

  debug(message: string, fields: object = {}): void {
    this.sink.debug(this.clean(fields), message);
  }

  info(message: string, fields: object = {}): void {
    this.sink.info(this.clean(fields), message);
  }

  warn(message: string, fields: object = {}): void {
    this.sink.warn(this.clean(fields), message);
  }

  error(message: string, fields: object = {}): void {
    this.sink.error(this.clean(fields), message);
  }

  /** What failed is told with words of others; ids and counts are ours. */
  private clean(fields: { readonly cause?: unknown; readonly stack?: unknown }): object {
    const { cause, stack } = fields;
    if (cause === undefined && stack === undefined) return fields;
    const told = (text: unknown) => (typeof text === 'string' ? this.secrets.scrub(text) : text);
    return {
      ...fields,
      ...(cause === undefined ? {} : { cause: told(cause) }),
      ...(stack === undefined ? {} : { stack: told(stack) }),
    };
  }
}

function standardOutput(pieceBytes: number): LogLines {
  return new LogLines(pino.destination({ sync: false, maxWrite: pieceBytes }), { pieceBytes, withinMs: FLUSH_MS });
}

/** What a cause says, for our log only: message and code of the whole chain, without stacks. */
export function describeCause(error: unknown): string {
  const lines: string[] = [];
  for (let cause = error, depth = 0; cause != null && depth < 5; depth += 1) {
    if (!(cause instanceof Error)) {
      lines.push(typeof cause === 'string' ? cause : typeof cause);
      break;
    }
    const code = 'code' in cause && typeof cause.code === 'string' ? ` (${cause.code})` : '';
    lines.push(`${cause.name}: ${cause.message.slice(0, 500)}${code}`);
    cause = cause.cause;
  }
  return lines.join(' <- ');
}

/** Nest's own lines go the same way. Its start-up chatter is worth a debug line only. */
export class NestLog implements LoggerService {
  constructor(private readonly sink: Log) {}

  log(message: unknown, context?: unknown): void {
    this.sink.debug(String(message), { context });
  }

  error(message: unknown, ...details: unknown[]): void {
    this.sink.error(message instanceof Error ? describeCause(message) : String(message), { context: details.at(-1) });
  }

  warn(message: unknown, context?: unknown): void {
    this.sink.warn(String(message), { context });
  }
}
