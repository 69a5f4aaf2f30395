import { type HostRules, parseBranchHost } from './branch-host.js';

const PRODUCTION: HostRules = {
  suffixes: ['.neon.tech'],
  regions: ['us-east-2', 'eu-central-1'],
  hasDefaultBranch: false,
};
const DEVELOPMENT: HostRules = { ...PRODUCTION, suffixes: ['.neon.tech', '.localhost'], hasDefaultBranch: true };
const BRANCH = 'br-winter-pond-aptw82ef';

describe('a host in production', () => {
  it.each([
    [`${BRANCH}-api.ai.c-2.us-east-2.aws.neon.tech`],
    [`${BRANCH}-api.c2.us-east-2.aws.neon.tech`],
    [`${BRANCH}-api.ai.us-east-2.aws.neon.tech`],
    [`${BRANCH}-api.eu-central-1.aws.neon.tech`],
    [`${BRANCH.toUpperCase()}-API.AI.C-2.US-EAST-2.AWS.NEON.TECH`],
    [`${BRANCH}-api.ai.c-2.us-east-2.aws.neon.tech.:8443`],
  ])('%s names its branch', host => {
    expect(parseBranchHost(host, PRODUCTION)).toEqual({ kind: 'branch', ref: BRANCH });
  });

  it.each([
    ['evil.com', 'untrusted_host'],
    [`${BRANCH}-api.evil.com`, 'untrusted_host'],
    [`${BRANCH}-api.c2.us-east-2.aws.neon.tech.evil.com`, 'untrusted_host'],
    [`${BRANCH}-api.c2.us-east-2.aws.evilneon.tech`, 'untrusted_host'],
    ['neon.tech', 'untrusted_host'],
    ['', 'untrusted_host'],
    [undefined, 'untrusted_host'],
    ['127.0.0.1:8787', 'untrusted_host'],
    ['[::1]:8787', 'untrusted_host'],
    [`a@${BRANCH}-api.c2.us-east-2.aws.neon.tech`, 'untrusted_host'],
    [`${BRANCH}-api.c2.us-east-2.aws.neon.tech/x`, 'untrusted_host'],
    [`${BRANCH}-api.neon.tech`, 'unparseable_host'],
    [`${BRANCH}-api.ai.c-2.aws.neon.tech`, 'unparseable_host'],
    [`${BRANCH}.storage.c-2.us-east-2.aws.neon.tech`, 'unparseable_host'],
    [`br-bücher-api.c2.us-east-2.aws.neon.tech`, 'untrusted_host'],
    [`${BRANCH}-api.ai.c-2.us-west-2.aws.neon.tech`, 'unknown_region'],
  ] as const)('%s is refused: %s', (host, code) => {
    expect(parseBranchHost(host, PRODUCTION)).toEqual({ kind: 'unresolved', code });
  });
});

describe('a host in development', () => {
  it('names a branch on localhost by its id or by its name', () => {
    expect(parseBranchHost(`${BRANCH}-api.localhost:8787`, DEVELOPMENT)).toEqual({ kind: 'branch', ref: BRANCH });
    expect(parseBranchHost('staging-api.localhost:8787', DEVELOPMENT)).toEqual({ kind: 'branch', ref: 'staging' });
    for (const host of [
      'a.staging-api.localhost',
      `${BRANCH}-api.ai.us-east-2.localhost`,
      `${BRANCH}-api.x.localhost`,
    ]) {
      expect(parseBranchHost(host, DEVELOPMENT)).toEqual({ kind: 'unresolved', code: 'unparseable_host' });
    }
  });

  it('may write the label that published clients put between branch and suffix', () => {
    expect(parseBranchHost(`${BRANCH}-api.ai.localhost`, DEVELOPMENT)).toEqual({ kind: 'branch', ref: BRANCH });
  });

  it.each([['localhost:8787'], ['127.0.0.1:8787'], ['[::1]:8787'], ['gateway'], ['ai.company.example']])(
    '%s means the default branch',
    host => {
      expect(parseBranchHost(host, DEVELOPMENT)).toEqual({ kind: 'default' });
    },
  );

  it('that looks like a branch’s under a foreign suffix never means the default branch', () => {
    const address = parseBranchHost(`${BRANCH}-api.evil.com`, DEVELOPMENT);
    expect(address).toEqual({ kind: 'unresolved', code: 'untrusted_host' });
  });
});
