/** Google's own APIs, where a file is the account's. */
const ACCOUNT_HOST = /(?:^|[.-])(?:generativelanguage|aiplatform)\.googleapis\.com$/i;
/** Names that are known inside a network alone (RFC 6761, RFC 6762, RFC 8375, and what clouds use). */
const INSIDE = /(?:^|\.)(?:localhost|local|internal|intranet|lan|corp|home|home\.arpa|svc)$/i;

/**
 * Whether an address leads to what anybody could fetch: http or https, at a name with a dot that is not known inside networks
 * only, or at a public IP address in any spelling that URLs have. What a name leads to when it is resolved is not asked.
 * @param text as a request holds it
 */
export function isPublicAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  if (protocol !== 'http:' && protocol !== 'https:') return false;
  const host = hostname.replace(/\.$/, '');
  // The parser writes every IPv4 address as four numbers, and every IPv6 address in brackets.
  if (host.startsWith('[')) return isPublicIpv6(host.slice(1, -1));
  if (/^\d{1,3}(?:\.\d{1,3}){3}$/.test(host)) return isPublicIpv4(host.split('.').map(Number));
  return host.includes('.') && !INSIDE.test(host) && !ACCOUNT_HOST.test(host);
}

/** The content itself, as an address. */
export function isDataUrl(text: string): boolean {
  return /^\s*data:/i.test(text);
}

/** IANA's registry of special-purpose addresses, and two of clouds' own services. */
function isPublicIpv4([a = 0, b = 0, c = 0, d = 0]: readonly number[]): boolean {
  if (a === 0 || a === 10 || a === 127 || a >= 224) return false;
  if (a === 100 && b >= 64 && b < 128) return false;
  if (a === 172 && b >= 16 && b < 32) return false;
  if (a === 192 && (b === 168 || (b === 0 && (c === 0 || c === 2)))) return false;
  if (a === 198 && (b === 18 || b === 19)) return false;
  if (a === 168 && b === 63 && c === 129 && d === 16) return false;
  return !(a === 169 && b === 254);
}

/** Global unicast, without the two networks of it that carry an IPv4 address (Teredo, 6to4). */
function isPublicIpv6(host: string): boolean {
  const [first = '', second = ''] = host.split(':');
  const group = Number.parseInt(first || '0', 16);
  if (group < 0x2000 || group > 0x3fff || group === 0x2002) return false;
  return group !== 0x2001 || Number.parseInt(second || '0', 16) >= 0x200;
}
