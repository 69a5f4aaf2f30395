import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describeRequest, readIdempotencyKey } from './idempotency.interceptor.js';

function requestWith(...values: string[]): IncomingMessage {
  const request = new IncomingMessage(new Socket());
  if (values.length > 0) request.headersDistinct = { 'idempotency-key': values };
  return request;
}

describe('the Idempotency-Key', () => {
  it.each([['a'], ['8e03978e-40d5-43dd-bc93-6894a57f9324'], ['"quoted, with spaces"'], ['x'.repeat(255)]])(
    'may be %j',
    key => {
      expect(readIdempotencyKey(requestWith(key))).toBe(key);
    },
  );

  it('may be left out', () => {
    expect(readIdempotencyKey(requestWith())).toBeNull();
  });

  it.each([[['']], [['x'.repeat(256)]], [['ä']], [['a\tb']], [['a', 'a']], [['a', 'b']]])('may not be %j', values => {
    expect(() => readIdempotencyKey(requestWith(...values))).toThrow('Idempotency-Key must be one header');
  });
});

describe('what a request asks for', () => {
  const of = (body: unknown, target = '/admin/credits', method = 'POST') => describeRequest(method, target, body);

  it('is the same whatever the order of fields, at every depth', () => {
    expect(of({ a: 1, b: { c: [1, 2], d: null } })).toBe(of({ b: { d: null, c: [1, 2] }, a: 1 }));
  });

  it.each([
    [{ a: 1 }, { a: 2 }],
    [{ a: 1 }, { a: '1' }],
    [{ a: [1, 2] }, { a: [2, 1] }],
    [{ a: 1 }, { a: 1, b: undefined, c: null }],
    [{}, undefined],
    [{}, []],
    [{ fields: [] }, {}],
    [{ a: { b: 1 } }, { a: { fields: [['b', 1]] } }],
    [JSON.parse('{"__proto__": {"a": 1}}'), {}],
    [null, undefined],
  ])('tells %j from %j', (one, other) => {
    expect(of(one)).not.toBe(of(other));
  });

  it('tells paths, queries and methods apart', () => {
    const all = [of({}), of({}, '/admin/blocks'), of({}, '/admin/credits?x=1'), of({}, '/admin/credits', 'PUT')];
    expect(new Set(all).size).toBe(4);
  });
});
