import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Header } from './provider.js';

const SERVICE = 'bedrock';

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** of temporary credentials */
  readonly sessionToken?: string;
}

export interface UnsignedRequest {
  readonly host: string;
  /** as it is sent, percent-encoded */
  readonly path: string;
  readonly contentType: string;
  readonly body: readonly Buffer[];
}

/**
 * The headers that sign a request to Amazon Bedrock, besides `host`, which every client sends by itself. They are all that is
 * signed: what is forwarded of the caller may be changed on the way without harm.
 * @param now milliseconds since 1970
 */
export async function signedHeaders(
  { host, path, contentType, body }: UnsignedRequest,
  credentials: AwsCredentials,
  region: string,
  now: number,
): Promise<Header[]> {
  const signer = new SignatureV4({ service: SERVICE, region, credentials, sha256: Sha256 });
  const signed = await signer.sign(
    {
      method: 'POST',
      protocol: 'https:',
      hostname: host,
      path,
      headers: { host, 'content-type': contentType, 'x-amz-content-sha256': hashOf(body) },
    },
    { signingDate: new Date(now) },
  );
  return Object.entries(signed.headers).filter(([name]) => name !== 'host');
}

type Bytes = string | ArrayBuffer | ArrayBufferView;

/** SHA-256 as the signer wants it: of what it is given, or with a secret its HMAC. */
class Sha256 {
  private readonly hash: Hash | Hmac;

  constructor(secret?: Bytes) {
    this.hash = secret === undefined ? createHash('sha256') : createHmac('sha256', viewOf(secret));
  }

  update(data: Bytes): void {
    this.hash.update(viewOf(data));
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.hash.digest());
  }
}

function viewOf(data: Bytes): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data);
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}

/** Part by part, so that a large body is not copied for it; by Node itself, because it may be large. */
function hashOf(body: readonly Buffer[]): string {
  const hash = createHash('sha256');
  for (const part of body) hash.update(part);
  return hash.digest('hex');
}
