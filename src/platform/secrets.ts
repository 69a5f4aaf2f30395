import { createCipheriv, createDecipheriv, createHmac, hash, randomBytes, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';

/** Nonce, ciphertext, tag behind it: what was encrypted before keys had names. */
const UNNAMED = 1;
/** The key's name stands before them. */
const NAMED = 2;
const NAME_BYTES = 4;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * The 32-byte key that encrypts stored secrets; made or read at start (config, or the data folder in development).
 * @param others keys that open and never encrypt: the former one, or the next, while it is changed
 */
export class MasterKey {
  constructor(
    readonly bytes: Buffer,
    readonly others: readonly Buffer[] = [],
  ) {
    if ([bytes, ...others].some(({ length }) => length !== 32)) throw new Error('the master key must have 32 bytes');
  }
}

/** Whether an encrypted secret is under today's key, only opens, or does not. */
export type KeyState = 'current' | 'older' | 'unreadable';

interface NamedKey {
  readonly name: Buffer;
  readonly bytes: Buffer;
}

/** Encrypts upstream secrets with AES-256-GCM. `context` binds an encrypted secret to its row: a copy elsewhere does not open. */
@Injectable()
export class SecretBox {
  private readonly primary: NamedKey;
  private readonly keys: readonly NamedKey[];

  constructor({ bytes, others }: MasterKey) {
    this.primary = named(bytes);
    this.keys = [this.primary, ...others.map(named)];
  }

  /** version (1 byte), name of the key (4), nonce (12), ciphertext, tag (16) */
  encrypt(plaintext: string, context: string): Uint8Array<ArrayBuffer> {
    const nonce = randomBytes(NONCE_BYTES);
    const { name, bytes } = this.primary;
    const cipher = createCipheriv('aes-256-gcm', bytes, nonce).setAAD(Buffer.from(context));
    const body = [cipher.update(plaintext, 'utf8'), cipher.final(), cipher.getAuthTag()];
    return new Uint8Array(Buffer.concat([Buffer.of(NAMED), name, nonce, ...body]));
  }

  /** @throws {Error} when none of the keys is the one that encrypted, or the bytes were changed */
  decrypt(encrypted: Uint8Array, context: string): string {
    const { name, rest } = readEnvelope(encrypted);
    const keys = name === null ? this.keys : this.keys.filter(key => key.name.equals(name));
    if (keys.length === 0) throw new Error('encrypted with another master key');
    let failure: unknown;
    for (const { bytes } of keys) {
      try {
        return decryptUnder(rest, bytes, context);
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }

  /** What is to be done about an encrypted secret when the master key changes. Never throws. */
  stateOf(encrypted: Uint8Array, context: string): KeyState {
    try {
      this.decrypt(encrypted, context);
      return readEnvelope(encrypted).name?.equals(this.primary.name) === true ? 'current' : 'older';
    } catch {
      return 'unreadable';
    }
  }

  /** 32 bytes that tell texts apart, and against which nobody can try guesses without the master key. */
  digest(text: string, context: string): Buffer {
    return digestUnder(this.primary, text, context);
  }

  /** Whether `digest` made this of the text, under any of the keys. */
  isDigestOf(digest: Uint8Array, text: string, context: string): boolean {
    return this.keys.some(key => sameDigest(digest, digestUnder(key, text, context)));
  }

  /** As `encrypt`, in base64, for places that hold text. */
  encryptText(plaintext: string, context: string): string {
    return Buffer.from(this.encrypt(plaintext, context)).toString('base64');
  }

  /** As `decrypt`, for what `encryptText` made. */
  decryptText(encrypted: string, context: string): string {
    return this.decrypt(Buffer.from(encrypted, 'base64'), context);
  }
}

/** A key's name tells keys apart and nothing of the key. */
function named(bytes: Buffer): NamedKey {
  const name = createHmac('sha256', bytes).update('the name of this key').digest().subarray(0, NAME_BYTES);
  return { name, bytes };
}

function readEnvelope(encrypted: Uint8Array): { name: Buffer | null; rest: Buffer } {
  const bytes = Buffer.from(encrypted);
  const nameBytes = bytes[0] === NAMED ? NAME_BYTES : 0;
  const known = bytes[0] === NAMED || bytes[0] === UNNAMED;
  if (!known || bytes.length < 1 + nameBytes + NONCE_BYTES + TAG_BYTES) throw new Error('not an encrypted secret');
  return { name: nameBytes === 0 ? null : bytes.subarray(1, 1 + NAME_BYTES), rest: bytes.subarray(1 + nameBytes) };
}

function decryptUnder(bytes: Buffer, key: Buffer, context: string): string {
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES)).setAAD(Buffer.from(context));
  decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES));
  const body = bytes.subarray(NONCE_BYTES, bytes.length - TAG_BYTES);
  return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8');
}

function digestUnder({ bytes }: NamedKey, text: string, context: string): Buffer {
  return createHmac('sha256', bytes).update(`digest\0${context}\0`).update(text).digest();
}

/** SHA-256. Enough for our own tokens: they carry more than 150 random bits, so there is nothing to guess. */
export function sha256(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}

/** Compares two digests without telling by time where they differ. */
export function sameDigest(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && timingSafeEqual(left, right);
}
