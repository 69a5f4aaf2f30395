import * as zlib from 'node:zlib';
import { Transform, type TransformCallback } from 'node:stream';
import { ZstdFrames, createZstd } from './zstd-frames.js';

const { zstdCompressSync: compress } = zlib as { readonly zstdCompressSync?: (body: Buffer) => Buffer };

/** Takes frames of one length byte and so many bytes, and ends with the first one as Node's decoder does. */
class LengthFrame extends Transform {
  bytesWritten = 0;
  private left: number | null = null;

  override _transform(piece: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    let rest = piece;
    if (this.left === null || this.left === 0) {
      this.left = rest[0] as number;
      rest = rest.subarray(1);
      this.bytesWritten += 1;
    }
    const own = rest.subarray(0, this.left);
    this.left -= own.length;
    this.bytesWritten += own.length;
    this.push(own);
    if (own.length < rest.length) this.push(null);
    else done();
  }

  override _flush(done: TransformCallback): void {
    done(this.left === null || this.left === 0 ? null : new Error('cut'));
  }
}

function decoded(decoder: Transform, pieces: readonly Buffer[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const plain: Buffer[] = [];
    decoder.on('data', (piece: Buffer) => plain.push(piece));
    decoder.on('end', () => resolve(Buffer.concat(plain).toString()));
    decoder.on('error', reject);
    for (const piece of pieces) decoder.write(piece);
    decoder.end();
  });
}

/** The bytes in pieces of this size. */
const cut = (bytes: Buffer, size: number): Buffer[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) => bytes.subarray(at * size, (at + 1) * size));

describe('frames one behind the other', () => {
  const bytes = Buffer.from('\x03abc\x01d\x05efghi', 'latin1');

  it('are one content, however they are cut', async () => {
    for (let size = 1; size <= bytes.length; size += 1) {
      expect([size, await decoded(new ZstdFrames(() => new LengthFrame()), cut(bytes, size))]).toEqual([
        size,
        'abcdefghi',
      ]);
    }
  });

  it('are refused where the last one is cut off', async () => {
    for (const size of [1, 4, 99]) {
      await expect(decoded(new ZstdFrames(() => new LengthFrame()), cut(bytes.subarray(0, 9), size))).rejects.toThrow(
        'cut',
      );
    }
  });

  it('are nothing where there is none', async () => {
    await expect(decoded(new ZstdFrames(() => new LengthFrame()), [])).resolves.toBe('');
  });
});

// Node 20 has no zstd; continuous integration runs 22 and 24, too.
(compress === undefined ? describe.skip : describe)('frames of zstd (not on Node 20, which has no zstd)', () => {
  it('are one content, however they are cut, and may be large', async () => {
    const texts = ['a'.repeat(300_000), 'bcd', '', 'e'.repeat(70_000)];
    const bytes = Buffer.concat(texts.map(text => compress!(Buffer.from(text))));
    for (const size of [1, 2, 13, 40, bytes.length]) {
      const text = await decoded(createZstd!(), cut(bytes, size));
      expect([size, text === texts.join('')]).toEqual([size, true]);
    }
  });

  it('are refused where they are none, or cut off', async () => {
    const bytes = compress!(Buffer.from('abc'.repeat(99)));
    await expect(decoded(createZstd!(), [Buffer.from('no zstd at all')])).rejects.toThrow();
    await expect(decoded(createZstd!(), [bytes.subarray(0, -2)])).rejects.toThrow();
    await expect(decoded(createZstd!(), [bytes, Buffer.from('no frame')])).rejects.toThrow();
  });
});
