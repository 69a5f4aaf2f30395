import { branchBaseUrl } from './branch-base-url.js';

const BRANCH = { branchId: 'br-quiet-oak-a1b2c3d4', regionId: 'aws-us-east-2', isDefault: false };
const RULES = { suffixes: ['.neon.tech', '.example.com', '.localhost'], regions: ['us-east-2'] };

const baseUrl = (entrance: string, branch: Partial<typeof BRANCH> = {}) =>
  branchBaseUrl({ ...BRANCH, ...branch }, { ...RULES, entrance });

describe('the base URL of a branch', () => {
  it('is its own host where the entrance lies under a trusted suffix', () => {
    expect(baseUrl('https://gateway.example.com')).toBe('https://br-quiet-oak-a1b2c3d4-api.ai.us-east-2.example.com');
    expect(baseUrl('https://c-2.us-east-2.aws.neon.tech:8443')).toBe(
      'https://br-quiet-oak-a1b2c3d4-api.ai.c-2.us-east-2.aws.neon.tech:8443',
    );
  });

  it('is its own host for the default branch too: a bare host under the suffix means no branch', () => {
    expect(baseUrl('https://gateway.example.com', { isDefault: true })).toBe(
      'https://br-quiet-oak-a1b2c3d4-api.ai.us-east-2.example.com',
    );
  });

  it('is a path on a host of any other name', () => {
    expect(baseUrl('https://ai.internal')).toBe('https://ai.internal/branches/br-quiet-oak-a1b2c3d4');
    expect(baseUrl('http://127.0.0.1:8787')).toBe('http://127.0.0.1:8787/branches/br-quiet-oak-a1b2c3d4');
    expect(baseUrl('https://ai.internal/gateway/')).toBe('https://ai.internal/gateway/branches/br-quiet-oak-a1b2c3d4');
    expect(baseUrl('http://notexample.com')).toBe('http://notexample.com/branches/br-quiet-oak-a1b2c3d4');
  });

  it('is the bare entrance for the default branch', () => {
    expect(baseUrl('http://127.0.0.1:8787', { isDefault: true })).toBe('http://127.0.0.1:8787');
    expect(baseUrl('http://localhost:8787', { isDefault: true })).toBe('http://localhost:8787');
  });

  it('is a path where the entrance names another branch', () => {
    expect(baseUrl('http://other-api.localhost:8787', { isDefault: true })).toBe(
      'http://other-api.localhost:8787/branches/br-quiet-oak-a1b2c3d4',
    );
  });

  it('does not exist in a region without hosts', () => {
    expect(baseUrl('https://gateway.example.com', { regionId: 'aws-sa-east-1' })).toBeNull();
    expect(baseUrl('https://ai.internal', { regionId: 'aws-sa-east-1' })).not.toBeNull();
  });
});
