import { Injectable } from '@nestjs/common';
import { randomBytes, randomFillSync, randomInt, randomUUID } from 'node:crypto';

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const BASE36 = '0123456789abcdefghijklmnopqrstuvwxyz';
const REQUEST_ID_BYTES = 12;
const POOL_BYTES = REQUEST_ID_BYTES * 340;
const ADJECTIVES = ['quiet', 'amber', 'silver', 'young', 'bright', 'still', 'gentle', 'mossy', 'early', 'broad'];
const NOUNS = ['oak', 'birch', 'maple', 'cedar', 'willow', 'alder', 'rowan', 'hazel', 'linden', 'aspen'];

/** Chance, as a part that tests replace. All of it is cryptographically strong. */
@Injectable()
export class IdSource {
  /** Randomness for request ids is drawn in bulk: a call for each costs as much as the rest of the edge. */
  private readonly pool = Buffer.alloc(POOL_BYTES);
  private poolOffset = POOL_BYTES;

  /** `req_` and 24 hexadecimal digits. */
  requestId(): string {
    if (this.poolOffset + REQUEST_ID_BYTES > POOL_BYTES) {
      randomFillSync(this.pool);
      this.poolOffset = 0;
    }
    const start = this.poolOffset;
    this.poolOffset += REQUEST_ID_BYTES;
    return `req_${this.pool.toString('hex', start, this.poolOffset)}`;
  }

  /** A whole number from 0 up to `limit`, and less than that. */
  below(limit: number): number {
    return randomInt(limit);
  }

  /** `byteCount` random bytes as hexadecimal digits. */
  hex(byteCount: number): string {
    return randomBytes(byteCount).toString('hex');
  }

  /** A version 4 UUID. */
  uuid(): string {
    return randomUUID();
  }

  /** `length` letters and digits of either case; 5.95 bits each. */
  base62(length: number): string {
    return Array.from({ length }, () => BASE62[randomInt(62)]).join('');
  }

  /** `up_…`, `rt_…`: a prefix and 20 lower-case letters and digits. */
  prefixed(prefix: string): string {
    return `${prefix}_${this.base36(20)}`;
  }

  /** A branch id such as `br-quiet-oak-a1b2c3d4` (pattern `^[a-z0-9-]{1,60}$`, contract section 1). */
  branchId(): string {
    return `br-${this.words()}-${this.base36(8)}`;
  }

  /** A project id such as `amber-birch-12345678`. */
  projectId(): string {
    return `${this.words()}-${String(randomInt(100_000_000)).padStart(8, '0')}`;
  }

  private words(): string {
    return `${ADJECTIVES[randomInt(ADJECTIVES.length)]}-${NOUNS[randomInt(NOUNS.length)]}`;
  }

  private base36(length: number): string {
    return Array.from({ length }, () => BASE36[randomInt(36)]).join('');
  }
}
