import type { lookup, LookupAddress } from 'node:dns';
import { PrivatePlaces } from '../../config/private-places.js';
import { checkLiteral, ForbiddenAddress, guardedLookup } from './guarded-lookup.js';

/** A resolver that a rebinding attacker would like: it says whatever it is told. */
function resolving(...addresses: string[]): typeof lookup {
  const found: LookupAddress[] = addresses.map(address => ({ address, family: address.includes(':') ? 6 : 4 }));
  return ((_host: string, _options: object, callback: (error: null, found: LookupAddress[]) => void) =>
    callback(null, found)) as unknown as typeof lookup;
}

function look(addresses: string[], allowed: string[] = []): unknown {
  let answer: unknown;
  guardedLookup(new PrivatePlaces(allowed), resolving(...addresses))(
    'api.example.com',
    { all: true },
    (error, found) => {
      answer = error ?? found;
    },
  );
  return answer;
}

describe('the name of an upstream', () => {
  it('leads where it says, to the very addresses that were checked', () => {
    expect(look(['93.184.216.34', '2606:2800::1'])).toEqual([
      { address: '93.184.216.34', family: 4 },
      { address: '2606:2800::1', family: 6 },
    ]);
  });

  it.each([
    [['127.0.0.1']],
    [['10.0.0.7']],
    [['169.254.169.254']],
    [['::ffff:10.0.0.1']],
    [['fd00:ec2::254']],
    [['93.184.216.34', '127.0.0.1']],
    [['93.184.216.34', '::1']],
    [[]],
  ])('is refused when it leads to %j', addresses => {
    expect(look(addresses)).toBeInstanceOf(ForbiddenAddress);
  });

  it('may lead inside where the operator allows the network or the name, but never to metadata', () => {
    expect(look(['10.0.0.7'], ['10.0.0.0/8'])).toEqual([{ address: '10.0.0.7', family: 4 }]);
    expect(look(['10.0.0.7'], ['api.example.com'])).toEqual([{ address: '10.0.0.7', family: 4 }]);
    expect(look(['169.254.169.254'], ['169.254.0.0/16', 'api.example.com'])).toBeInstanceOf(ForbiddenAddress);
  });

  it('is checked as well where it is an address and nothing is resolved', () => {
    expect(() => checkLiteral('https://10.0.0.1', new PrivatePlaces([]))).toThrow(ForbiddenAddress);
    expect(() => checkLiteral('https://[::1]:8443', new PrivatePlaces([]))).toThrow(ForbiddenAddress);
    expect(() => checkLiteral('https://10.0.0.1', new PrivatePlaces(['10.0.0.0/8']))).not.toThrow();
    expect(() => checkLiteral('https://93.184.216.34', new PrivatePlaces([]))).not.toThrow();
  });
});
