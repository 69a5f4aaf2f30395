import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EnvironmentError } from '../config/read-environment.js';
import { openDataFolder } from './data-folder.js';

describe('the data folder', () => {
  let base: string;
  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), 'bough-folder-'));
    writeFileSync(join(base, 'file'), '');
    symlinkSync(join(base, 'loop'), join(base, 'loop'));
  });
  afterEach(() => rmSync(base, { recursive: true, force: true }));

  it('is made with all folders above it, and nothing stays in it', () => {
    openDataFolder(join(base, 'a', 'b'));
    expect(readdirSync(join(base, 'a', 'b'))).toEqual([]);
  });

  it('may be there, and keeps what it has', () => {
    mkdirSync(join(base, 'a'));
    writeFileSync(join(base, 'a', 'kept'), '');
    openDataFolder(join(base, 'a'));
    expect(readdirSync(join(base, 'a'))).toEqual(['kept']);
  });

  it.each([
    ['below a file', 'file/data', /^.*BOUGH_DATA_DIR is, or lies below, a file/s],
    ['a file', 'file', /BOUGH_DATA_DIR is, or lies below, a file/],
    ['a link to itself', 'loop/data', /BOUGH_DATA_DIR goes round in links|BOUGH_DATA_DIR cannot be used/],
    ['too long', 'x'.repeat(300), /BOUGH_DATA_DIR is too long a path/],
  ])('that is %s is refused by the name of its variable, and without the path', (_, path, message) => {
    const open = () => openDataFolder(join(base, path));
    expect(open).toThrow(EnvironmentError);
    expect(open).toThrow(message);
    expect(open).not.toThrow(base);
  });

  const kernel = '/proc/sys/bough';
  (existsSync('/proc/sys') ? it : it.skip)(
    `that nobody may make is refused by the name of its variable${existsSync('/proc/sys') ? '' : ' (skipped: no /proc here)'}`,
    () => expect(() => openDataFolder(kernel)).toThrow(/BOUGH_DATA_DIR .*: set it to a folder that Bough may write to/),
  );
});
