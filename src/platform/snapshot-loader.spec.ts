import { SnapshotLoader } from './snapshot-loader.js';

/** A loader whose loads end when, and as, the test says. */
function loaderOf() {
  const loads: { resolve: (value: string) => void; reject: (error: Error) => void }[] = [];
  const loader = new SnapshotLoader<string>(
    'first',
    () => new Promise((resolve, reject) => loads.push({ resolve, reject })),
  );
  return { loader, loads };
}

describe('a snapshot that is replaced whole', () => {
  it('shows what was loaded last', async () => {
    const { loader, loads } = loaderOf();
    expect(loader.current).toBe('first');
    const reload = loader.reload();
    loads[0]?.resolve('second');
    await reload;
    expect(loader.current).toBe('second');
  });

  it.each([
    ['in the order in which they began', [0, 1, 2], 'third'],
    ['the newest first', [2, 0, 1], 'third'],
    ['the newest between the others', [0, 2, 1], 'third'],
  ])('shows the newest of several loads that end %s', async (_, order, shown) => {
    const { loader, loads } = loaderOf();
    const names = ['first load', 'second load', 'third'];
    const reloads = names.map(() => loader.reload());
    for (const index of order) {
      loads[index]?.resolve(names[index] ?? '');
      await reloads[index];
    }
    expect(loader.current).toBe(shown);
  });

  it('keeps what it has when a load fails, and an older load that ends behind it counts', async () => {
    const { loader, loads } = loaderOf();
    const [older, newer] = [loader.reload(), loader.reload()];
    loads[1]?.reject(new Error('no database'));
    await expect(newer).rejects.toThrow('no database');
    expect(loader.current).toBe('first');
    loads[0]?.resolve('older');
    await older;
    expect(loader.current).toBe('older');
  });
});
