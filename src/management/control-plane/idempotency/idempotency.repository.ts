import { Injectable } from '@nestjs/common';
import { PrismaService } from '../../../platform/prisma/prisma.service.js';

/** Whose request, and under which key. */
export interface RequestKey {
  readonly actorId: string;
  readonly key: string;
}

/** A request that came under a key before. */
export interface KnownRequest {
  readonly fingerprint: Uint8Array;
  /** null while it runs, or where its end was never written down */
  readonly answer: { readonly status: number; readonly encrypted: Uint8Array } | null;
  readonly createdAt: Date;
}

const ATTEMPTS = 3;

@Injectable()
export class IdempotencyRepository {
  constructor(private readonly prisma: PrismaService) {}

  /** Takes a key for a request. The first request is told, as long as the key holds; null: it is this request's. */
  async claim({ actorId, key }: RequestKey, fingerprint: Buffer, now: Date, end: Date): Promise<KnownRequest | null> {
    for (let attempt = 1; ; attempt += 1) {
      const claimed = await this.prisma.$executeRaw`
        INSERT INTO idempotency_keys AS known (actor_id, key, fingerprint, created_at, expires_at)
        VALUES (${actorId}, ${key}, ${new Uint8Array(fingerprint)}, ${now.toISOString()}::timestamptz,
          ${end.toISOString()}::timestamptz)
        ON CONFLICT (actor_id, key) DO UPDATE SET fingerprint = excluded.fingerprint, status = NULL,
          sealed_answer = NULL, created_at = excluded.created_at, expires_at = excluded.expires_at
        WHERE known.expires_at <= ${now.toISOString()}::timestamptz`;
      if (claimed > 0) return null;
      const row = await this.prisma.idempotencyKey.findUnique({ where: { actorId_key: { actorId, key } } });
      if (row !== null) {
        const { fingerprint: known, status, encryptedAnswer: encrypted, createdAt } = row;
        return {
          fingerprint: known,
          answer: status === null || encrypted === null ? null : { status, encrypted },
          createdAt,
        };
      }
      // Released in between: it may be ours after all.
      if (attempt === ATTEMPTS) return { fingerprint, answer: null, createdAt: now };
    }
  }

  async settle({ actorId, key }: RequestKey, status: number, encryptedAnswer: Uint8Array<ArrayBuffer>): Promise<void> {
    await this.prisma.idempotencyKey.updateMany({
      where: { actorId, key, status: null },
      data: { status, encryptedAnswer },
    });
  }

  /** For a request that changed nothing: the key may be used again. */
  async release({ actorId, key }: RequestKey): Promise<void> {
    await this.prisma.idempotencyKey.deleteMany({ where: { actorId, key, status: null } });
  }

  /** Deletes keys that hold no more, at most so many; how many there were. Replicas do not wait for each other. */
  async deleteExpired(now: Date, limit: number): Promise<number> {
    return this.prisma.$executeRaw`
      DELETE FROM idempotency_keys WHERE (actor_id, key) IN (
        SELECT actor_id, key FROM idempotency_keys WHERE expires_at <= ${now.toISOString()}::timestamptz
        ORDER BY expires_at LIMIT ${limit} FOR UPDATE SKIP LOCKED)`;
  }
}
