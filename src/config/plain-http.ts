import { isIP } from 'node:net';
import { isWithin } from '../platform/network/addresses.js';

/**
 * Whether an upstream may be reached at this address: always over https, over plain http on this machine, and where the
 * operator says that the way is safe (`BOUGH_ALLOWED_HTTP_UPSTREAMS`), because keys and prompts travel in the clear.
 */
export function mayUsePlainHttp(url: URL, allowed: readonly string[]): boolean {
  if (url.protocol !== 'http:') return true;
  const host = bareHost(url);
  return isLoopback(host) || allowed.some(place => matches(place, host, url.port === '' ? '80' : url.port));
}

/** Without the brackets of an IPv6 address and the dot that may end a name. */
export function bareHost(url: URL): string {
  return url.hostname.replace(/\.$/, '').replace(/^\[(.*)\]$/, '$1');
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/** An address, or a network as `10.0.0.0/8`. */
export function isNetwork(text: string): boolean {
  const [address = '', bits, more] = text.split('/');
  const version = isIP(address);
  if (version === 0 || more !== undefined) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}

/** `host`, `host:port`, an address or a network. */
export function isPlainHttpPlace(text: string): boolean {
  return (
    isNetwork(text) ||
    /^(?!\d+(\.\d+)*(:|$))[a-z0-9_]([a-z0-9._-]*[a-z0-9])?(:\d{1,5})?$|^\d+(\.\d+){3}:\d{1,5}$/i.test(text)
  );
}

function matches(place: string, host: string, port: string): boolean {
  if (isNetwork(place)) return isIP(host) !== 0 && isWithin(place, host);
  const [name = '', onlyPort] = place.toLowerCase().split(':');
  return name === host && (onlyPort === undefined || onlyPort === port);
}
