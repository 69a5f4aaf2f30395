import { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { Lexer, Parser } from 'yaml';
import { ObjectWalker } from '../../src/json/object-walker.js';
import { WorkerPool } from '../../src/platform/workers/worker-pool.js';

/** What this process does with the bodies that it is sent: who asks for their bytes, what is parsed of them, and what is handed to a thread. */
export class Reading {
  private readonly listeners = jest.spyOn(Readable.prototype, 'on');
  private readonly pipes = jest.spyOn(Readable.prototype, 'pipe');
  private readonly parsers = [
    jest.spyOn(ObjectWalker.prototype, 'walk'),
    jest.spyOn(Lexer.prototype, 'lex'),
    jest.spyOn(Parser.prototype, 'next'),
    jest.spyOn(WorkerPool.prototype, 'run'),
  ];

  /** How many times since it was forgotten. */
  get times(): number {
    const asked = [this.listeners, this.pipes].flatMap(spy =>
      spy.mock.contexts.filter((source, index) => isRequest(source) && asksForBytes(spy.mock.calls[index]?.[0])),
    );
    return asked.length + this.parsed;
  }

  /** Of them, those that read what the bytes say. */
  get parsed(): number {
    return this.parsers.reduce((sum, spy) => sum + spy.mock.calls.length, 0);
  }

  forget(): void {
    for (const spy of [this.listeners, this.pipes, ...this.parsers]) spy.mockClear();
  }

  stop(): void {
    for (const spy of [this.listeners, this.pipes, ...this.parsers]) spy.mockRestore();
  }
}

/** Of a caller; an answer that this process gets has no method. */
function isRequest(source: unknown): boolean {
  return source instanceof IncomingMessage && source.method != null;
}

/** Listens for its bytes, or pipes them somewhere. */
function asksForBytes(subject: unknown): boolean {
  return typeof subject !== 'string' || subject === 'data' || subject === 'readable';
}
