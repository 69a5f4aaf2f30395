import { createHash, createHmac } from 'node:crypto';

const hash = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest('hex');
const hmac = (key: Buffer | string, text: string) => createHmac('sha256', key).update(text).digest();

export interface ReceivedRequest {
  readonly method: string;
  /** as it stood in the request line */
  readonly path: string;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: Buffer;
}

/**
 * The authorization that a request should have carried, by AWS's written rules for Signature Version 4 and nobody's library:
 * what is signed and for where is read from the request itself, as a server does.
 */
export function expectedAuthorization(request: ReceivedRequest, secretAccessKey: string): string {
  const given = String(request.headers['authorization']);
  const scope = /Credential=[^/]+\/([^,]+)/.exec(given)?.[1] ?? '';
  const names = (/SignedHeaders=([^,]+)/.exec(given)?.[1] ?? '').split(';');
  const [date = '', region = '', service = '', end = ''] = scope.split('/');
  const [path = '', query = ''] = request.path.split('?');
  // Every service but S3 encodes the path, encoded as it is, once more.
  const canonicalPath = path.split('/').map(encodeStrictly).join('/');
  const canonical = [
    request.method,
    canonicalPath,
    query,
    ...names.map(name => `${name}:${String(request.headers[name]).trim().replaceAll(/ +/g, ' ')}`),
    '',
    names.join(';'),
    hash(request.body),
  ].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', request.headers['x-amz-date'], scope, hash(canonical)].join('\n');
  const key = [region, service, end].reduce(hmac, hmac(`AWS4${secretAccessKey}`, date));
  const signature = hmac(key, toSign).toString('hex');
  const id = /Credential=([^/]+)/.exec(given)?.[1] ?? '';
  return `AWS4-HMAC-SHA256 Credential=${id}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
}

/** RFC 3986: everything but letters, digits and `-._~`. */
function encodeStrictly(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, char => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
