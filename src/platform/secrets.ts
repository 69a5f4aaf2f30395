import { createCipheriv, createDecipheriv, createHmac, hash, randomBytes, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';

const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** The 32-byte key that seals stored secrets; made or read at start (config, or the data folder in development). */
export class MasterKey {
  constructor(readonly bytes: Buffer) {
    if (bytes.length !== 32) throw new Error('the master key must have 32 bytes');
  }
}

/** Seals upstream secrets with AES-256-GCM. `context` binds a sealed secret to its row: a copy elsewhere does not open. */
@Injectable()
export class SecretBox {
  constructor(private readonly key: MasterKey) {}

  /** version (1 byte), nonce (12), ciphertext, tag (16) */
  seal(plaintext: string, context: string): Uint8Array<ArrayBuffer> {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.key.bytes, nonce).setAAD(Buffer.from(context));
    const parts = [Buffer.of(VERSION), nonce, cipher.update(plaintext, 'utf8'), cipher.final(), cipher.getAuthTag()];
    return new Uint8Array(Buffer.concat(parts));
  }

  /** @throws {Error} when the master key differs from the one that sealed, or the bytes were changed */
  open(sealed: Uint8Array, context: string): string {
    const bytes = Buffer.from(sealed);
    if (bytes[0] !== VERSION || bytes.length < 1 + NONCE_BYTES + TAG_BYTES) throw new Error('not a sealed secret');
    const nonce = bytes.subarray(1, 1 + NONCE_BYTES);
    const decipher = createDecipheriv('aes-256-gcm', this.key.bytes, nonce).setAAD(Buffer.from(context));
    decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES));
    const body = bytes.subarray(1 + NONCE_BYTES, bytes.length - TAG_BYTES);
    return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8');
  }

  /** 32 bytes that tell texts apart, and against which nobody can try guesses without the master key. */
  digest(text: string, context: string): Buffer {
    return createHmac('sha256', this.key.bytes).update(`digest\0${context}\0`).update(text).digest();
  }

  /** As `seal`, in base64, for places that hold text. */
  sealText(plaintext: string, context: string): string {
    return Buffer.from(this.seal(plaintext, context)).toString('base64');
  }

  /** As `open`, for what `sealText` made. */
  openText(sealed: string, context: string): string {
    return this.open(Buffer.from(sealed, 'base64'), context);
  }
}

/** SHA-256. Enough for our own tokens: they carry more than 150 random bits, so there is nothing to guess. */
export function sha256(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}

/** Compares two digests without telling by time where they differ. */
export function sameDigest(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && timingSafeEqual(left, right);
}
