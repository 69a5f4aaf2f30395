import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { LogLines } from './log-lines.js';

const BOUNDS = { pieceBytes: 100, withinMs: 200 };

function gathering(bounds = BOUNDS) {
  const pieces: string[] = [];
  const lines = new LogLines({ write: text => pieces.push(text) }, bounds);
  return { pieces, lines };
}

describe('lines of the log', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('are handed on together, as late as may be', () => {
    const { pieces, lines } = gathering();
    lines.write('one\n');
    jest.advanceTimersByTime(199);
    lines.write('two\n');
    expect(pieces).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(pieces).toEqual(['one\ntwo\n']);
    jest.advanceTimersByTime(1_000);
    expect(pieces).toHaveLength(1);
  });

  it.each([
    ['ASCII', 'x'],
    ['three bytes a letter', '漢'],
  ])('come in pieces of so many bytes at most, each of whole lines (%s)', (_, letter) => {
    const { pieces, lines } = gathering();
    const written = Array.from({ length: 40 }, (_unused, index) => `${letter.repeat(index % 30)}\n`);
    for (const line of written) lines.write(line);
    lines.flush();
    expect(pieces.join('')).toBe(written.join(''));
    expect(pieces.every(piece => piece.endsWith('\n') && Buffer.byteLength(piece) <= BOUNDS.pieceBytes)).toBe(true);
    expect(pieces.length).toBeGreaterThan(3);
  });

  it('that are longer than a piece go alone', () => {
    const { pieces, lines } = gathering();
    for (const line of ['a\n', `${'b'.repeat(300)}\n`, 'c\n']) lines.write(line);
    lines.flush();
    expect(pieces).toEqual(['a\n', `${'b'.repeat(300)}\n`, 'c\n']);
  });

  it('are handed on when the process ends by itself', () => {
    const built = pathToFileURL(join(__dirname, '..', '..', 'dist', 'modules', 'platform', 'log-lines.js')).href;
    const program = `
      import { writeSync } from 'node:fs';
      import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { LogLines } from '${built}';
      const lines = new LogLines({ write: text => writeSync(1, text) }, { pieceBytes: 1000, withinMs: 60000 });
      lines.write('last words\\n');`;
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
    expect(stdout).toBe('last words\n');
  });
});
