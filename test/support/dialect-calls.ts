import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import type { Dialect } from '../../src/dialects/dialect.js';

/** How each dialect is asked: where, and for what. `%` in a path stands for the model. */
export interface DialectCall {
  readonly dialect: Dialect;
  readonly path: string;
  readonly streamPath: string;
  /** a model that is on this endpoint by itself */
  readonly model: string;
  body: (model: string, text?: string) => Record<string, unknown>;
}

const chatPath = '/v1/chat/completions';
const messagesPath = '/anthropic/v1/messages';
const responsesPath = '/openai/v1/responses';
const geminiPath = '/gemini/v1beta/models/%';
const messages = (text: string) => [{ role: 'user', content: text }];

export const DIALECT_CALLS: readonly DialectCall[] = [
  {
    dialect: 'chat_completions',
    path: chatPath,
    streamPath: chatPath,
    model: 'gpt-5-4',
    body: (model, text = 'hi') => ({ model, messages: messages(text) }),
  },
  {
    dialect: 'anthropic_messages',
    path: messagesPath,
    streamPath: messagesPath,
    model: 'claude-haiku-4-5',
    body: (model, text = 'hi') => ({ model, max_tokens: 64, messages: messages(text) }),
  },
  {
    dialect: 'openai_responses',
    path: responsesPath,
    streamPath: responsesPath,
    model: 'gpt-5-4',
    body: (model, text = 'hi') => ({ model, input: text }),
  },
  {
    dialect: 'gemini_generate_content',
    path: `${geminiPath}:generateContent`,
    streamPath: `${geminiPath}:streamGenerateContent?alt=sse`,
    model: 'gemini-3-5-flash',
    body: (_, text = 'hi') => ({ contents: [{ role: 'user', parts: [{ text }] }] }),
  },
  {
    dialect: 'embeddings',
    path: '/v1/embeddings',
    streamPath: '/v1/embeddings',
    model: 'qwen3-embedding-0-6b',
    body: (model, text = 'hi') => ({ model, input: text }),
  },
];

/** Those that answer in words. */
export const CHAT_CALLS = DIALECT_CALLS.filter(({ dialect }) => dialect !== 'embeddings');

export interface RawReply {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly text: string;
  /** it did not break off */
  readonly complete: boolean;
  /** its `error`, in whichever form */
  readonly error: { readonly message: string; readonly code: unknown };
}

export interface RawRequest {
  readonly method?: string;
  readonly path: string;
  readonly headers?: NodeJS.Dict<string | string[]>;
  readonly body?: object | string;
  /** what came of an answer that breaks off is an answer, too */
  readonly mayBreak?: boolean;
}

/** Asks over Node's own client, which sends any Host and any header that it is given. */
export function askRaw(
  port: number,
  { method, path, headers = {}, body, mayBreak = false }: RawRequest,
): Promise<RawReply> {
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  const own = text === undefined ? {} : { 'content-type': 'application/json' };
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      {
        ...{ host: '127.0.0.1', port, path, agent: false },
        method: method ?? (text === undefined ? 'GET' : 'POST'),
        headers: { ...own, ...lengthOf(text, headers), ...headers },
      },
      response => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        const done = () => {
          const answer = Buffer.concat(chunks).toString();
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: answer,
            complete: response.complete,
            error: errorOf(answer),
          });
        };
        response.on('error', mayBreak ? done : reject);
        response.on('end', done);
      },
    );
    request.on('error', reject);
    request.end(text);
  });
}

/** In chunks there is no length to declare. */
function lengthOf(text: string | undefined, headers: NodeJS.Dict<string | string[]>): { 'content-length'?: number } {
  return text === undefined || 'transfer-encoding' in headers ? {} : { 'content-length': Buffer.byteLength(text) };
}

function errorOf(text: string): RawReply['error'] {
  try {
    const { error } = JSON.parse(text) as { error?: RawReply['error'] };
    return error ?? { message: '', code: null };
  } catch {
    return { message: '', code: null };
  }
}

/** Sends bytes as they are and gives all that comes back until the connection is closed. */
export function sendBytes(
  port: number,
  bytes: string | Buffer,
  withinMs = 3_000,
): Promise<{ text: string; closed: boolean }> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let received = '';
    let closed = true;
    const timer = setTimeout(() => {
      closed = false;
      socket.destroy();
    }, withinMs);
    socket.on('data', chunk => (received += chunk.toString('latin1')));
    socket.on('error', error => {
      // A server that closes while we still send is one that closes.
      if (!['ECONNRESET', 'EPIPE'].includes((error as NodeJS.ErrnoException).code ?? '')) reject(error);
    });
    socket.on('close', () => {
      clearTimeout(timer);
      resolve({ text: received, closed });
    });
    socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  });
}
