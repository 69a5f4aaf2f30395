import { branchBaseUrl, connectionHost } from './branch-address.js';

const BRANCH = { branchId: 'br-quiet-oak-a1b2c3d4', regionId: 'aws-us-east-2', isDefault: false };
const RULES = { suffixes: ['.neon.tech', '.example.com', '.localhost'], regions: ['us-east-2'] };

const addressOf = (entrance: string, branch: Partial<typeof BRANCH> = {}) =>
  branchBaseUrl({ ...BRANCH, ...branch }, { ...RULES, entrance });

describe('the base URL of a branch', () => {
  it('is its own host where the entrance lies under a trusted suffix', () => {
    expect(addressOf('https://gateway.example.com')).toBe('https://br-quiet-oak-a1b2c3d4-api.ai.us-east-2.example.com');
    expect(addressOf('https://c-2.us-east-2.aws.neon.tech:8443')).toBe(
      'https://br-quiet-oak-a1b2c3d4-api.ai.c-2.us-east-2.aws.neon.tech:8443',
    );
  });

  it('is its own host for the default branch too: a bare host under the suffix means no branch', () => {
    expect(addressOf('https://gateway.example.com', { isDefault: true })).toBe(
      'https://br-quiet-oak-a1b2c3d4-api.ai.us-east-2.example.com',
    );
  });

  it('is a path on a host of any other name', () => {
    expect(addressOf('https://ai.internal')).toBe('https://ai.internal/branches/br-quiet-oak-a1b2c3d4');
    expect(addressOf('http://127.0.0.1:8787')).toBe('http://127.0.0.1:8787/branches/br-quiet-oak-a1b2c3d4');
    expect(addressOf('https://ai.internal/gateway/')).toBe(
      'https://ai.internal/gateway/branches/br-quiet-oak-a1b2c3d4',
    );
    expect(addressOf('http://notexample.com')).toBe('http://notexample.com/branches/br-quiet-oak-a1b2c3d4');
  });

  it('is the bare entrance for the default branch', () => {
    expect(addressOf('http://127.0.0.1:8787', { isDefault: true })).toBe('http://127.0.0.1:8787');
    expect(addressOf('http://localhost:8787', { isDefault: true })).toBe('http://localhost:8787');
  });

  it('is a path where the entrance names another branch', () => {
    expect(addressOf('http://other-api.localhost:8787', { isDefault: true })).toBe(
      'http://other-api.localhost:8787/branches/br-quiet-oak-a1b2c3d4',
    );
  });

  it('does not exist in a region without hosts', () => {
    expect(addressOf('https://gateway.example.com', { regionId: 'aws-sa-east-1' })).toBeNull();
    expect(addressOf('https://ai.internal', { regionId: 'aws-sa-east-1' })).not.toBeNull();
  });
});

const ID = 'br-quiet-oak-a1b2c3d4';
const SUFFIXES = ['.example.com', '.localhost'];

describe('the host that a branch’s own is derived from', () => {
  it('keeps all that stands behind the branch, a cell too', () => {
    const baseUrl = `https://${ID}-api.ai.c-2.us-east-2.example.com:8443`;
    expect(connectionHost(ID, { baseUrl, entrance: 'https://gateway.example.com', suffixes: SUFFIXES })).toBe(
      'ep-quiet-oak-a1b2c3d4.c-2.us-east-2.example.com',
    );
  });

  it.each([['http://127.0.0.1:8787'], ['http://localhost:8787'], ['http://[::1]:8787']])(
    'is this machine where %s is the way in',
    entrance => {
      const baseUrl = `${entrance}/branches/${ID}`;
      const host = connectionHost(ID, { baseUrl, entrance, suffixes: SUFFIXES });
      expect(host).toBe('ep-quiet-oak-a1b2c3d4.localhost');
    },
  );

  it.each([
    ['https://ai.internal', SUFFIXES],
    ['http://127.0.0.1:8787', ['.example.com']],
  ])('does not exist for %s under %j', (entrance, suffixes) => {
    const baseUrl = `${entrance}/branches/${ID}`;
    expect(connectionHost(ID, { baseUrl, entrance, suffixes })).toBeNull();
  });
});
