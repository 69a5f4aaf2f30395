import { crc32 } from 'node:zlib';
import type { IdSource } from '../platform/id-source.js';

/** `nt_live_` + short id (12 hex) + `_` + secret (32 letters and digits, the last 6 a checksum); contract section 9.1. */
const TOKEN = /^nt_live_([0-9a-f]{12})_([0-9A-Za-z]{32})$/;
const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const ID_PREFIX = 'nak_live_';
const SHORT_ID_LENGTH = 12;
const CHECKSUM_LENGTH = 6;
const SECRET_LENGTH = 32;

export interface IssuedToken {
  /** `nak_live_` + 32 hex: the credential's public id */
  readonly tokenId: string;
  /** its first 12 hex digits; may be logged */
  readonly shortId: string;
  /** the whole token, shown once */
  readonly apiToken: string;
}

/** Makes a token. Its secret has 26 random characters (154 bits) and a checksum. */
export function issueToken(ids: IdSource): IssuedToken {
  const id = ids.hex(16);
  return withSecret(id, ids.base62(SECRET_LENGTH - CHECKSUM_LENGTH));
}

/** Another token for the same credential. Its short id stays, because that is a part of the public id. */
export function reissueToken(ids: IdSource, tokenId: string): IssuedToken {
  return withSecret(tokenId.slice(ID_PREFIX.length), ids.base62(SECRET_LENGTH - CHECKSUM_LENGTH));
}

/** The short id in a credential's public id. */
export function shortIdOf(tokenId: string): string {
  return tokenId.slice(ID_PREFIX.length, ID_PREFIX.length + SHORT_ID_LENGTH);
}

function withSecret(id: string, random: string): IssuedToken {
  const shortId = id.slice(0, SHORT_ID_LENGTH);
  const secret = random + checksum(`${shortId}_${random}`);
  return { tokenId: `${ID_PREFIX}${id}`, shortId, apiToken: `nt_live_${shortId}_${secret}` };
}

/**
 * Reads the short id out of a token. Null for anything that Bough cannot have issued, so that garbage never costs a
 * query; this proves nothing about the token.
 */
export function readShortId(token: string): string | null {
  const match = TOKEN.exec(token);
  if (match === null) return null;
  const [, shortId = '', secret = ''] = match;
  const random = secret.slice(0, SECRET_LENGTH - CHECKSUM_LENGTH);
  return secret.slice(-CHECKSUM_LENGTH) === checksum(`${shortId}_${random}`) ? shortId : null;
}

/** CRC-32 in base 62, six characters. It finds typing errors and guesses; it is no secret. */
function checksum(text: string): string {
  let rest = crc32(text);
  let digits = '';
  for (let index = 0; index < CHECKSUM_LENGTH; index += 1) {
    digits = BASE62[rest % 62] + digits;
    rest = Math.floor(rest / 62);
  }
  return digits;
}
