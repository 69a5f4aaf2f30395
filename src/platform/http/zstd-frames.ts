import { Transform, type TransformCallback } from 'node:stream';
import * as zlib from 'node:zlib';

/** A decoder of one frame. `bytesWritten` counts the bytes that it took, which end with the frame's own end. */
interface FrameDecoder extends Transform {
  readonly bytesWritten: number;
}

/** Node has it from 22.15 and 24 on; what it is typed by here does not know it. */
interface WithZstd {
  readonly createZstdDecompress?: (options: { params: Record<number, number> }) => FrameDecoder;
  readonly constants: Readonly<Record<string, number>>;
}

/** 8 MiB, which every reader of this format must be able to hold (RFC 8878); a caller may name a window of any size. */
const WINDOW_LOG = 23;

/** Makes decoders of zstd, or null where this Node.js has none. */
export const createZstd: (() => Transform) | null = creatorOf(zlib as unknown as WithZstd);

function creatorOf({ createZstdDecompress: create, constants }: WithZstd): (() => Transform) | null {
  const windowLog = constants['ZSTD_d_windowLogMax'];
  if (create === undefined || windowLog === undefined) return null;
  return () => new ZstdFrames(() => create({ params: { [windowLog]: WINDOW_LOG } }));
}

/**
 * Content of any number of zstd frames, one behind the other, which are one content (RFC 8878, section 3). A decoder of
 * Node's ends with the first one and leaves what stands behind it in the same piece. Exported for its spec.
 */
export class ZstdFrames extends Transform {
  private frame: FrameDecoder | null = null;
  /** what the frame's decoder was given */
  private given = 0;
  private piece: Buffer = Buffer.alloc(0);
  private done: TransformCallback | null = null;

  constructor(private readonly create: () => FrameDecoder) {
    super();
  }

  override _transform(piece: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.done = done;
    this.feed(piece);
  }

  override _flush(done: TransformCallback): void {
    const { frame } = this;
    if (frame === null) {
      done();
      return;
    }
    // What ends within a frame is an error of its decoder's.
    this.done = done;
    this.piece = Buffer.alloc(0);
    frame.end();
  }

  override _read(size: number): void {
    this.frame?.resume();
    super._read(size);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.frame?.destroy();
    done(error);
  }

  private feed(piece: Buffer): void {
    if (piece.length === 0) {
      this.settle();
      return;
    }
    const frame = (this.frame ??= this.open());
    this.piece = piece;
    this.given += piece.length;
    frame.write(piece, () => {
      if (this.frame === frame) this.settle();
    });
  }

  private open(): FrameDecoder {
    const frame = this.create();
    this.given = 0;
    frame.on('data', (plain: Buffer) => {
      if (!this.push(plain)) frame.pause();
    });
    frame.on('error', error => this.destroy(error));
    frame.on('end', () => {
      const left = this.given - frame.bytesWritten;
      this.frame = null;
      this.feed(this.piece.subarray(this.piece.length - left));
    });
    return frame;
  }

  private settle(): void {
    const { done } = this;
    this.done = null;
    done?.();
  }
}
