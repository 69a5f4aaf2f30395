import { readName, readRole, readSubject } from './oidc.service.js';

describe('the role in a token', () => {
  it.each([
    [{ role: 'editor' }, 'editor'],
    [{ role: ['viewer', 'admin', 'editor'] }, 'admin'],
    [{ role: ['viewer', 'something else', 5, null, {}] }, 'viewer'],
    [{ role: 'Owner' }, null],
    [{ role: 'root' }, null],
    [{ role: [] }, null],
    [{ role: [['owner']] }, null],
    [{ role: { owner: true } }, null],
    [{ roles: 'owner' }, null],
    [{}, null],
  ])('of %j is %s', (claims, role) => {
    expect(readRole(claims, 'role', null)).toBe(role);
  });

  it('may lie within objects, or have dots in its name', () => {
    expect(readRole({ realm_access: { roles: ['admin'] } }, 'realm_access.roles', null)).toBe('admin');
    expect(readRole({ 'https://example.com/role': 'viewer' }, 'https://example.com/role', null)).toBe('viewer');
    expect(readRole({ a: 'owner' }, 'a.length', null)).toBeNull();
    expect(readRole({ a: null }, 'a.b', null)).toBeNull();
    expect(readRole({}, 'constructor.name', null)).toBeNull();
  });

  it('is what the mapping says, and then nothing else', () => {
    const roles = new Map([
      ['bough-admins', 'admin'],
      ['everyone', 'viewer'],
    ] as const);
    expect(readRole({ groups: ['everyone', 'bough-admins', 'others'] }, 'groups', roles)).toBe('admin');
    expect(readRole({ groups: ['owner', 'admin'] }, 'groups', roles)).toBeNull();
    expect(readRole({ groups: [['everyone']] }, 'groups', roles)).toBeNull();
  });
});

describe('who a token is about', () => {
  it.each([[''], ['a\u0000b'], ['x'.repeat(256)], ['ä'], [5], [null], [undefined], [['a']]])('is not %j', sub => {
    expect(readSubject({ sub })).toBeNull();
  });

  it('is its subject', () => {
    expect(readSubject({ sub: 'auth0|5f7c8ec7c33c6c004bbafe82' })).toBe('auth0|5f7c8ec7c33c6c004bbafe82');
  });

  it.each([
    [{ email: 'ada@example.com', name: 'Ada' }, 'ada@example.com'],
    [{ preferred_username: 'ada' }, 'ada'],
    [{ email: 5, name: 'A\u0000da\ud800' }, 'Ada'],
    [{ email: '\u0001' }, 'the subject'],
    [{}, 'the subject'],
    [{ name: 'x'.repeat(500) }, 'x'.repeat(200)],
  ])('is called by a name that can be stored: %j', (claims, name) => {
    expect(readName(claims, 'the subject')).toBe(name);
  });
});
