import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FolderInUseError, FolderLock, LOCK_FILE } from './folder-lock.js';

const OF_A_DEAD_PROCESS = '999999999 1  0\n';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bough-lock-'));
  path = join(folder, LOCK_FILE);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the lock of a folder', () => {
  it('goes to one holder, and to the next when it was given up', () => {
    const lock = FolderLock.take(folder);
    expect(() => FolderLock.take(folder)).toThrow(FolderInUseError);

    lock.release();

    FolderLock.take(folder).assertHeld();
    expect(readdirSync(folder)).toEqual([LOCK_FILE]);
  });

  it('of a process that is gone is taken over', () => {
    writeFileSync(path, OF_A_DEAD_PROCESS);
    FolderLock.take(folder).assertHeld();
    expect(readFileSync(path, 'utf8')).toContain(`${process.pid} `);
  });

  it('stays its holder’s while another program has moved it away to see whose it is', () => {
    const lock = FolderLock.take(folder);
    const content = readFileSync(path, 'utf8');
    renameSync(path, `${path}.looked-at`);

    lock.assertHeld();

    expect(readFileSync(path, 'utf8')).toBe(content);
    expect(() => FolderLock.take(folder)).toThrow(FolderInUseError);
  });

  it('is lost to another that took it meanwhile, whose lock is left alone', () => {
    const lock = FolderLock.take(folder);
    writeFileSync(path, OF_A_DEAD_PROCESS);

    expect(() => lock.assertHeld()).toThrow(FolderInUseError);
    lock.release();

    expect(readFileSync(path, 'utf8')).toBe(OF_A_DEAD_PROCESS);
  });

  it('is lost with its folder', () => {
    const lock = FolderLock.take(folder);
    rmSync(folder, { recursive: true });
    expect(() => lock.assertHeld()).toThrow(FolderInUseError);
  });
});
