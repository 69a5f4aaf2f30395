import { BlockList, isIP } from 'node:net';
import { bareHost, isLoopback, mayUsePlainHttp } from '../../config/plain-http.js';

/**
 * Addresses that answer with a machine's own secrets or mean no other machine: cloud metadata, link-local, unspecified,
 * multicast. Written as the URL parser writes them, so that no spelling gets around it.
 */
const FORBIDDEN = new BlockList();
FORBIDDEN.addSubnet('169.254.0.0', 16, 'ipv4');
FORBIDDEN.addSubnet('0.0.0.0', 8, 'ipv4');
FORBIDDEN.addSubnet('224.0.0.0', 3, 'ipv4');
FORBIDDEN.addAddress('100.100.100.200', 'ipv4');
FORBIDDEN.addAddress('168.63.129.16', 'ipv4');
FORBIDDEN.addAddress('192.0.0.192', 'ipv4');
FORBIDDEN.addAddress('::', 'ipv6');
FORBIDDEN.addSubnet('fe80::', 10, 'ipv6');
FORBIDDEN.addSubnet('ff00::', 8, 'ipv6');
FORBIDDEN.addAddress('fd00:ec2::254', 'ipv6');
FORBIDDEN.addAddress('fd20:ce::254', 'ipv6');

const METADATA_HOSTS = new Set(['metadata', 'metadata.google.internal', 'metadata.goog', 'instance-data']);
/** IPv6 networks that carry an IPv4 address, and where in the address it stands (16-bit group). */
const CARRIERS: readonly { readonly prefix: readonly number[]; readonly at: number }[] = [
  { prefix: [0, 0, 0, 0, 0, 0xffff], at: 6 },
  { prefix: [0, 0, 0, 0, 0, 0], at: 6 },
  { prefix: [0x64, 0xff9b, 0, 0, 0, 0], at: 6 },
  { prefix: [0x2002], at: 1 },
];

/** What is wrong with a base URL, as a sentence without its subject; null when nothing is. */
export function findAddressFault(text: string, allowedPlainHttp: readonly string[] = []): string | null {
  if (!URL.canParse(text)) return 'must be a URL such as https://api.example.com/v1';
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'must begin with https://';
  // An empty query or fragment leaves no trace in the parsed URL.
  if (url.username !== '' || url.password !== '' || /[?#@\\\s]/.test(text)) {
    return 'must have no user, password, query, fragment or space';
  }
  const host = bareHost(url);
  if (isForbidden(host)) return 'must not be a metadata, link-local or multicast address';
  return mayUsePlainHttp(url, allowedPlainHttp)
    ? null
    : 'must begin with https://; for plain http name its host in BOUGH_ALLOWED_HTTP_UPSTREAMS';
}

function isForbidden(host: string): boolean {
  if (METADATA_HOSTS.has(host)) return true;
  const version = isIP(host);
  if (version === 4) return FORBIDDEN.check(host, 'ipv4');
  if (version !== 6) return false;
  const carried = isLoopback(host) ? null : carriedIpv4(host);
  return FORBIDDEN.check(host, 'ipv6') || (carried !== null && FORBIDDEN.check(carried, 'ipv4'));
}

function carriedIpv4(host: string): string | null {
  const groups = expand(host);
  const carrier = CARRIERS.find(({ prefix }) => prefix.every((group, index) => groups[index] === group));
  if (carrier === undefined) return null;
  const [high = 0, low = 0] = groups.slice(carrier.at, carrier.at + 2);
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/** The eight groups of an address as the URL parser writes it: hexadecimal, at most one `::`. */
function expand(host: string): number[] {
  const [head = '', tail] = host.split('::');
  const parse = (part: string) => (part === '' ? [] : part.split(':').map(group => Number.parseInt(group, 16)));
  if (tail === undefined) return parse(head);
  const [left, right] = [parse(head), parse(tail)];
  return [...left, ...Array.from({ length: 8 - left.length - right.length }, () => 0), ...right];
}
