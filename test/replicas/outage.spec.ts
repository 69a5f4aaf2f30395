/** The command that prints what callers see of an outage, with short ones: it ends with 1 when one was seen. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

const BENCH = join(__dirname, '..', 'bench', 'outage.mjs');

function run(...parameters: readonly string[]): Promise<{ code: number | null; output: string }> {
  return new Promise(resolve => {
    const child = spawn(process.execPath, [BENCH, ...parameters], { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += String(chunk)));
    child.on('exit', code => resolve({ code, output }));
  });
}

describe('a database that is stopped, killed and paused under three replicas', () => {
  it('is not seen far from the caps, lets nothing pass a cap, and costs no record', async () => {
    const { code, output } = await run('5', '6');
    console.info(output);
    expect(output.match(/^FAILED.*$/gm) ?? []).toEqual([]);
    expect(output).toContain('away by SIGSTOP');
    expect(code).toBe(0);
  }, 400_000);
});
