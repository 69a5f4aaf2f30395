import { isIP } from 'node:net';
import { isWithin } from '../platform/network/addresses.js';
import { isNetwork } from './plain-http.js';

/**
 * The private addresses that upstreams may lie at: networks, and hosts that the operator named. A host is named where it stands
 * in either list (a place for plain http is a place all the same).
 */
export class PrivatePlaces {
  private readonly networks: readonly string[];
  private readonly hosts: ReadonlySet<string>;

  constructor(places: readonly string[]) {
    this.networks = places.filter(isNetwork);
    const names = places.filter(place => !isNetwork(place)).map(place => place.toLowerCase().split(':')[0] ?? '');
    this.hosts = new Set(names);
  }

  /** @param host as it was written; @param address one that it has */
  allow(host: string, address: string): boolean {
    if (this.hosts.has(host.toLowerCase())) return true;
    return isIP(address) !== 0 && this.networks.some(network => isWithin(network, address));
  }
}
