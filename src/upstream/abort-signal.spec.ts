import { AbortSource } from './abort-signal.js';

describe('a source of an abort', () => {
  it('fires once, for all who listen then', () => {
    const source = new AbortSource();
    const told: string[] = [];
    const gone = () => void told.push('gone');
    source.addEventListener('abort', () => void told.push(`one, ${source.aborted}`));
    source.addEventListener('abort', gone);
    source.addEventListener('abort', () => void told.push('other'));
    source.removeEventListener('abort', gone);
    expect([source.aborted, told]).toEqual([false, []]);
    source.fire();
    source.fire();
    expect([source.aborted, told]).toEqual([true, ['one, true', 'other']]);
  });

  it('keeps no listener behind it, and is not fired from within by one of them again', () => {
    const source = new AbortSource();
    let told = 0;
    source.addEventListener('abort', () => {
      told += 1;
      source.fire();
    });
    source.fire();
    source.aborted = false;
    source.fire();
    expect(told).toBe(1);
  });
});
