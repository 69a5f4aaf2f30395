import { MasterKey, SecretBox } from '../platform/secrets.js';
import { isBetaPattern, readBetaFlags } from './beta-patterns.js';
import type { StoredUpstream } from './route.repository.js';
import { openUpstream } from './stored-upstream.js';

const BOX = new SecretBox(new MasterKey(Buffer.alloc(32, 1)));
const row = (fields: Partial<StoredUpstream> = {}): StoredUpstream => ({
  ...{
    id: 'up_1',
    name: 'one',
    kind: 'openai',
    baseUrl: 'https://provider.example/v1',
    clientId: null,
    betaFlags: null,
    updatedAt: new Date(0),
  },
  encryptedSecret: BOX.encrypt('test-secret', 'upstream:up_1'),
  ...fields,
});
const OPENED = {
  ...{ id: 'up_1', name: 'one', kind: 'openai', baseUrl: 'https://provider.example/v1' },
  authentication: { type: 'token', token: 'test-secret' },
  ...{ builtIn: false, trusted: false },
};

describe('a stored upstream', () => {
  it.each<[string, Partial<StoredUpstream>, object]>([
    ['with its token', {}, {}],
    [
      'with its client',
      { clientId: 'client' },
      { authentication: { type: 'client', clientId: 'client', clientSecret: 'test-secret' } },
    ],
    ['without the slashes behind its address', { baseUrl: 'https://provider.example/v1//' }, {}],
    ['with its flags', { betaFlags: 'a-1,b-*' }, { betaFlags: ['a-1', 'b-*'] }],
    ['with none of them', { betaFlags: '' }, { betaFlags: [] }],
  ])('is opened %s', (_, fields, opened) => {
    expect(openUpstream(row(fields), BOX)).toStrictEqual({ ...OPENED, ...opened });
  });

  it.each([
    ['another row’s secret', { id: 'up_2' }, /./],
    ['a kind that is none', { kind: 'sandbox' }, /unknown kind/],
  ])('is not opened with %s', (_, fields, error) => {
    expect(() => openUpstream(row(fields), BOX)).toThrow(error);
  });
});

describe('the flags of an upstream', () => {
  it.each<[string | null, string[] | null]>([
    [null, null],
    ['', []],
    ['a', ['a']],
    ['a,,b*', ['a', 'b*']],
  ])('%j are %j', (text, flags) => {
    expect(readBetaFlags(text)).toEqual(flags);
  });

  it.each([
    ['a', true],
    ['context-1m-2025-08-07', true],
    ['context-*', true],
    ['*', true],
    ['', false],
    ['a*b', false],
    ['-a', false],
    ['a,b', false],
    ['x'.repeat(127), true],
    ['x'.repeat(128), false],
  ])('may be named so: %s, %p', (text, may) => {
    expect(isBetaPattern(text)).toBe(may);
  });
});
