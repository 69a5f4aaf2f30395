import type { ManagementAudience } from '../../../identity/access.js';
import { mayEnter, reaches, ROLES } from './entrance.js';

const AUDIENCES: ManagementAudience[] = [
  ...([
    'management',
    'management-reading',
    'admin',
    'organization-management',
    'organization-admin',
    'installation-admin',
  ] as const),
];
const operator = (role: string, projectId: string | null = null, home = true) => {
  return { keyId: 'mk_1', name: 'test', organizationId: 'org-1', home, projectId, role };
};

describe('the entrance of the control plane', () => {
  it.each([
    ['viewer', 'GET', AUDIENCES],
    ['viewer', 'HEAD', AUDIENCES],
    ['viewer', 'POST', ['management-reading']],
    ['viewer', 'DELETE', ['management-reading']],
    ['editor', 'GET', AUDIENCES],
    ['editor', 'PATCH', ['management', 'management-reading', 'organization-management']],
    ['admin', 'PUT', AUDIENCES],
    ['owner', 'DELETE', AUDIENCES],
  ])('lets %s pass for %s at %j', (role, method, open) => {
    expect(AUDIENCES.filter(audience => mayEnter(operator(role), audience, method))).toEqual(open);
  });

  it('keeps keys of one project, whatever their role, away from what is of the organization', () => {
    const open = AUDIENCES.filter(audience => mayEnter(operator('owner', 'p-1'), audience, 'GET'));
    expect(open).toEqual(['management', 'management-reading', 'admin']);
  });

  it.each(['GET', 'PATCH'])(
    'keeps operators of other organizations, whatever their role, away from the installation: %s',
    method => {
      const open = AUDIENCES.filter(audience => mayEnter(operator('owner', null, false), audience, method));
      expect(open).toEqual([
        ...['management', 'management-reading', 'admin', 'organization-management', 'organization-admin'],
      ]);
    },
  );

  it.each(['', 'root', 'Owner', 'constructor', '__proto__'])('knows no role %j', role => {
    expect(AUDIENCES.filter(audience => mayEnter(operator(role), audience, 'GET'))).toEqual([]);
    expect(ROLES.filter(least => reaches(role, least))).toEqual([]);
  });

  it('takes a method that it does not know for a change', () => {
    expect(mayEnter(operator('viewer'), 'management', 'PURGE')).toBe(false);
  });
});
