import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: Buffer;
}

export type Script = (request: SeenRequest, response: ServerResponse, raw: IncomingMessage) => void | Promise<void>;

/** A provider on a real socket that answers as a test scripts it, and remembers what reached it. */
export class FakeProvider {
  readonly seen: SeenRequest[] = [];
  /** connections that are open now */
  readonly sockets = new Set<Socket>();
  /** how often a client of ours closed a connection before its answer was over */
  aborted = 0;
  script: Script;

  private constructor(
    private readonly server: Server,
    script: Script,
  ) {
    this.script = script;
  }

  static async start(script: Script = answerChat()): Promise<FakeProvider> {
    const server = createServer({ maxHeaderSize: 1_048_576 });
    const provider = new FakeProvider(server, script);
    server.on('connection', socket => {
      provider.sockets.add(socket);
      socket.on('close', () => provider.sockets.delete(socket));
      socket.on('error', () => undefined);
    });
    server.on(
      'request',
      (request: IncomingMessage, response: ServerResponse) => void provider.handle(request, response),
    );
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    return provider;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get last(): SeenRequest {
    const request = this.seen.at(-1);
    if (request === undefined) throw new Error('the provider was not asked');
    return request;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise<void>(resolve => this.server.close(() => resolve()));
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('close', () => {
      if (!response.writableFinished) this.aborted += 1;
    });
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      return;
    }
    const { method = '', url = '', headers } = request;
    const seen = { method, path: url, headers, body: Buffer.concat(chunks) };
    this.seen.push(seen);
    await this.script(seen, response, request);
  }
}

export const USAGE = { prompt_tokens: 12, completion_tokens: 5, total_tokens: 17 };

/** A whole chat answer; the model is what the provider was asked for. */
export function answerChat(text = 'Hello from the provider.', extra: Record<string, string> = {}): Script {
  return (seen, response) => {
    const { model } = JSON.parse(seen.body.toString()) as { model: string };
    const message = { role: 'assistant', content: text };
    const choices = [{ index: 0, message, finish_reason: 'stop' }];
    const body = JSON.stringify({
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created: 1,
      model,
      choices,
      usage: USAGE,
    });
    response.writeHead(200, { 'content-type': 'application/json', ...extra });
    response.end(body);
  };
}

/** The bytes of a whole chat stream that says `words`, a chunk a word, with its usage at the end. */
export function chatStream(words: readonly string[], usage: object | null = USAGE): Buffer {
  const chunk = (delta: object, finish: string | null = null) =>
    `data: ${JSON.stringify({
      id: 'chatcmpl-1',
      object: 'chat.completion.chunk',
      created: 1,
      model: 'm',
      choices: [{ index: 0, delta, finish_reason: finish }],
    })}\n\n`;
  const head = chunk({ role: 'assistant', content: '' });
  const body = words.map(content => chunk({ content })).join('');
  const tail =
    usage === null
      ? ''
      : `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [], usage })}\n\n`;
  return Buffer.from(`${head}${body}${chunk({}, 'stop')}${tail}data: [DONE]\n\n`);
}

/** Streams the given bytes in pieces. */
export function answerStream(pieces: readonly Buffer[]): Script {
  return async (_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const piece of pieces) {
      if (response.destroyed) return;
      if (!response.write(piece)) await new Promise(resolve => response.once('drain', resolve));
      await new Promise(resolve => setImmediate(resolve));
    }
    response.end();
  };
}

/** An error with a JSON body and any headers. */
export function answerError(
  status: number,
  body: object | string,
  headers: Record<string, string | string[]> = {},
): Script {
  return (_, response) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(text);
  };
}
