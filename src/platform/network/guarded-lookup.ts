import { lookup as resolve, type LookupAddress, type LookupOptions } from 'node:dns';
import { isIP } from 'node:net';
import type { PrivatePlaces } from '../../config/private-places.js';
import { kindOfAddress } from './addresses.js';

/** The name of an upstream led to an address where none may be. */
export class ForbiddenAddress extends Error {
  override readonly name = 'ForbiddenAddress';
  readonly code = 'BOUGH_FORBIDDEN_ADDRESS';
}

type Callback = (error: Error | null, address: string | LookupAddress[], family?: number) => void;
type Lookup = (host: string, options: LookupOptions, callback: Callback) => void;

/**
 * Resolves a name for a connection and refuses it when one of its addresses may not be called, so that a name which was public
 * when it was stored cannot lead inside later. What is handed on is what was checked: nothing is resolved a second time.
 */
export function guardedLookup(places: PrivatePlaces, resolver: typeof resolve = resolve): Lookup {
  return (host, options, callback) => {
    resolver(host, { ...options, all: true }, (error, addresses) => {
      if (error !== null) {
        callback(error, '');
        return;
      }
      const bad = addresses.find(({ address }) => !mayCall(host, address, places));
      const [first] = addresses;
      if (bad !== undefined || first === undefined)
        callback(new ForbiddenAddress(`${host} has a forbidden address`), '');
      else if (options.all === true) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

/** An address in the URL itself is never resolved, so it is checked before there is a connection. @throws {ForbiddenAddress} */
export function checkLiteral(origin: string, places: PrivatePlaces): void {
  const host = new URL(origin).hostname.replace(/^\[(.*)\]$/, '$1');
  if (isIP(host) !== 0 && !mayCall(host, host, places)) throw new ForbiddenAddress('a forbidden address');
}

function mayCall(host: string, address: string, places: PrivatePlaces): boolean {
  const kind = kindOfAddress(address);
  return kind === 'public' || (kind === 'private' && places.allow(host, address));
}
