import { type Dispatcher, fetch } from 'undici';

/** An answer has more bytes than anybody needs to say it. */
export class AnswerTooLong extends Error {
  override readonly name = 'AnswerTooLong';
}

/** An answer whose head came, and whose body did not come whole. */
export class AnswerBrokeOff extends Error {
  override readonly name = 'AnswerBrokeOff';
}

export interface BoundedFetch {
  readonly headers: Readonly<Record<string, string>>;
  readonly maxBytes: number;
  /** ends the whole exchange, body included */
  readonly signal: AbortSignal;
  readonly dispatcher?: Dispatcher;
}

/**
 * GETs something small that somebody else answers: no further than the address that was asked, within a time, and no
 * more bytes than are taken in. The body of an answer that is not 2xx is not read.
 * @throws {AnswerTooLong | AnswerBrokeOff | Error} the last for an answer that never came
 */
export async function fetchBounded(url: string, options: BoundedFetch): Promise<{ status: number; body: Buffer }> {
  const { headers, maxBytes, signal, dispatcher } = options;
  const response = await fetch(url, {
    headers: { 'accept-encoding': 'identity', ...headers },
    // What is sent along is for this address and for no other.
    redirect: 'error',
    signal,
    ...(dispatcher === undefined ? {} : { dispatcher }),
  });
  const { status, ok, body } = response;
  if (ok) return { status, body: await readBounded(body as AsyncIterable<Uint8Array> | null, maxBytes) };
  await body?.cancel().catch(() => undefined);
  return { status, body: Buffer.alloc(0) };
}

/**
 * Reads a body to its end, and stops reading, which closes its connection, at the first byte too many.
 * @throws {AnswerTooLong | AnswerBrokeOff}
 */
export async function readBounded(body: AsyncIterable<Uint8Array> | null, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of body ?? []) {
      size += chunk.length;
      if (size > maxBytes) throw new AnswerTooLong(`an answer is longer than ${maxBytes} bytes`);
      chunks.push(chunk);
    }
  } catch (cause) {
    throw cause instanceof AnswerTooLong ? cause : new AnswerBrokeOff('an answer broke off', { cause });
  }
  return Buffer.concat(chunks, size);
}
