import { isIP } from 'node:net';
import { bareHost, mayUsePlainHttp } from '../../config/plain-http.js';
import type { PrivatePlaces } from '../../config/private-places.js';
import { kindOfAddress } from '../../platform/network/addresses.js';

const METADATA_HOSTS = new Set(['metadata', 'metadata.google.internal', 'metadata.goog', 'instance-data']);

/** What is wrong with a base URL, as a sentence without its subject; null when nothing is. */
export function findAddressFault(
  text: string,
  allowedPlainHttp: readonly string[],
  privatePlaces: PrivatePlaces,
): string | null {
  if (!URL.canParse(text)) return 'must be a URL such as https://api.example.com/v1';
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'must begin with https://';
  // An empty query or fragment leaves no trace in the parsed URL.
  if (url.username !== '' || url.password !== '' || /[?#@\\\s]/.test(text)) {
    return 'must have no user, password, query, fragment or space';
  }
  const host = bareHost(url);
  const kind = isIP(host) === 0 ? null : kindOfAddress(host);
  if (METADATA_HOSTS.has(host) || kind === 'forbidden')
    return 'must not be a metadata, link-local or multicast address';
  if (!mayUsePlainHttp(url, allowedPlainHttp)) {
    return 'must begin with https://; for plain http name its host in BOUGH_ALLOWED_HTTP_UPSTREAMS';
  }
  const isPrivate = kind === 'private' || host === 'localhost' || host.endsWith('.localhost');
  if (isPrivate && !privatePlaces.allow(host, kind === null ? '127.0.0.1' : host)) {
    return 'must not be a private address; allow it in BOUGH_ALLOWED_PRIVATE_UPSTREAMS';
  }
  return null;
}
