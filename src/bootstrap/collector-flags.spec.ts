import { spawnSync } from 'node:child_process';
import { collectorFlags } from './collector-flags.js';

describe('the flags of V8 that suit a gateway', () => {
  it.each([
    ['18.20.0', 0],
    ['20.19.0', 1],
    ['22.23.3', 1],
    ['24.0.0', 2],
    ['26.1.0', 2],
  ])('of Node %s: %i', (version, count) => expect(collectorFlags(version)).toHaveLength(count));

  it('are known to this Node, which would complain of others', () => {
    const set = (flag: string) => `require('v8').setFlagsFromString('${flag}');`;
    const said = (flags: readonly string[]) => {
      const { stdout, stderr } = spawnSync(process.execPath, ['-e', flags.map(set).join('')], { encoding: 'utf8' });
      return stdout + stderr;
    };
    expect(said(collectorFlags(process.versions.node))).toBe('');
    expect(said(['--no-such-flag'])).toMatch(/unrecognized flag/);
  });
});
