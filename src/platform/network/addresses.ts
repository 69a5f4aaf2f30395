import { BlockList, isIP } from 'node:net';

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

/** This machine and the networks that are reached from inside only. */
const PRIVATE = new BlockList();
PRIVATE.addSubnet('127.0.0.0', 8, 'ipv4');
PRIVATE.addSubnet('10.0.0.0', 8, 'ipv4');
PRIVATE.addSubnet('172.16.0.0', 12, 'ipv4');
PRIVATE.addSubnet('192.168.0.0', 16, 'ipv4');
PRIVATE.addSubnet('100.64.0.0', 10, 'ipv4');
PRIVATE.addSubnet('198.18.0.0', 15, 'ipv4');
PRIVATE.addAddress('::1', 'ipv6');
PRIVATE.addSubnet('fc00::', 7, 'ipv6');
PRIVATE.addSubnet('fec0::', 10, 'ipv6');
// Teredo: through a tunnel to an address that is written in another form, twice.
PRIVATE.addSubnet('2001::', 32, 'ipv6');

/** IPv6 networks that carry an IPv4 address, and where in the address it stands (16-bit group). */
const CARRIERS: readonly { readonly prefix: readonly number[]; readonly at: number }[] = [
  { prefix: [0, 0, 0, 0, 0, 0xffff], at: 6 },
  { prefix: [0, 0, 0, 0, 0, 0], at: 6 },
  { prefix: [0, 0, 0, 0, 0xffff, 0], at: 6 },
  { prefix: [0x64, 0xff9b, 0, 0, 0, 0], at: 6 },
  { prefix: [0x64, 0xff9b, 1], at: 6 },
  { prefix: [0x2002], at: 1 },
];

/**
 * What an IP address (without brackets) is to an outgoing connection: `forbidden` answers with a machine's own secrets or means
 * no other machine, `private` needs the operator's word, `public` is anybody's. An IPv6 address that carries an IPv4 one is
 * judged by both.
 */
export function kindOfAddress(address: string): 'public' | 'private' | 'forbidden' {
  const carried = isIP(address) === 6 && address !== '::1' ? carriedIpv4(address) : null;
  const faces = carried === null ? [address] : [address, carried];
  if (faces.some(face => FORBIDDEN.check(face, familyOf(face)))) return 'forbidden';
  return faces.some(face => PRIVATE.check(face, familyOf(face))) ? 'private' : 'public';
}

/** Whether an address lies in a network such as `10.0.0.0/8`, or is the address that is named. */
export function isWithin(network: string, address: string): boolean {
  const [base = '', bits] = network.split('/');
  const list = new BlockList();
  if (bits === undefined) list.addAddress(base, familyOf(base));
  else list.addSubnet(base, Number(bits), familyOf(base));
  return list.check(address, familyOf(address));
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}

function carriedIpv4(host: string): string | null {
  const groups = expand(host.replace(/%.*$/, ''));
  const carrier = CARRIERS.find(({ prefix }) => prefix.every((group, index) => groups[index] === group));
  if (carrier === undefined) return null;
  const [high = 0, low = 0] = groups.slice(carrier.at, carrier.at + 2);
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/** The eight groups of an address: hexadecimal, at most one `::`, the last two perhaps in dotted form. */
function expand(host: string): number[] {
  const [head = '', tail] = host.split('::');
  const parse = (part: string) => (part === '' ? [] : part.split(':').flatMap(groupsOf));
  if (tail === undefined) return parse(head);
  const [left, right] = [parse(head), parse(tail)];
  return [...left, ...Array.from({ length: 8 - left.length - right.length }, () => 0), ...right];
}

function groupsOf(group: string): number[] {
  if (!group.includes('.')) return [Number.parseInt(group, 16)];
  const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number);
  return [a * 256 + b, c * 256 + d];
}
