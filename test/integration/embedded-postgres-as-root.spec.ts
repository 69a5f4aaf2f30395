import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Checkout, kill } from '../support/checkout.js';
import { EmbeddedServers, keep, kept, query } from '../support/embedded-servers.js';

const asRoot = process.getuid?.() === 0;

(asRoot ? describe : describe.skip)(
  `for root${asRoot ? '' : ' (skipped: this run is not root)'}, the embedded PostgreSQL`,
  () => {
    const servers = new EmbeddedServers();
    let checkout: Checkout;
    beforeAll(() => {
      checkout = servers.makeCheckout();
    });

    const location = (folder: string) => readFileSync(join(folder, 'postgres.location'), 'utf8').trim();
    const nobody = { uid: 65_534, gid: 65_534 };

    it('works from a checkout and a data folder below a private home', async () => {
      const home = join(servers.dataDir, 'home');
      mkdirSync(home, { mode: 0o700 });
      const own = Checkout.make(join(home, 'checkout'));
      const folder = join(home, 'data');
      const { child, url } = await servers.spawn(own, folder);
      await keep({ url }, 3);
      const cluster = join(servers.sharedFolder, location(folder));
      expect(statSync(cluster).mode & 0o777).toBe(0o700);
      expect(readdirSync(servers.sharedFolder).filter(name => /^postgres-\d/.test(name))).toHaveLength(1);
      await kill(child);
      expect(await kept(await servers.start(folder))).toBe(3);
    });

    it('finds its database again when the private folder was moved, or opened to all', async () => {
      chmodSync(servers.dataDir, 0o700);
      const first = await servers.start();
      await keep(first, 4);
      await first.stop();
      chmodSync(servers.dataDir, 0o755);
      const moved = join(servers.sharedFolder, '..', 'moved');
      cpSync(servers.dataDir, moved, { recursive: true });
      rmSync(servers.dataDir, { recursive: true });
      expect(await kept(await servers.start(moved))).toBe(4);
    });

    // Whether a copied folder keeps its mode depends on what copied it: cpSync of Node 20 keeps it, that of 22 does not.
    it.each([
      ['private', 0o700],
      ['open to all', 0o755],
    ])('gives the %s copy of a private checkout a database of its own, and leaves the first alone', async (_, mode) => {
      chmodSync(servers.dataDir, 0o700);
      const first = await servers.start();
      await keep(first, 6);
      const copy = join(servers.sharedFolder, '..', 'copy');
      cpSync(servers.dataDir, copy, { recursive: true });
      chmodSync(copy, mode);
      const second = await servers.start(copy);
      const own = existsSync(join(copy, 'postgres.location')) ? location(copy) : null;
      expect(own === null).toBe(mode === 0o755);
      expect(own).not.toBe(location(servers.dataDir));
      expect(servers.log.join('\n')).toContain('a database of its own');
      expect(await query(second.url, "SELECT 1 FROM pg_tables WHERE tablename = 'kept'")).toEqual([]);
      expect(await kept(first)).toBe(6);
    });

    it('trusts no shared folder that another user made or may write', async () => {
      chmodSync(servers.dataDir, 0o700);
      mkdirSync(servers.sharedFolder);
      chmodSync(servers.sharedFolder, 0o777);
      await expect(servers.start()).rejects.toThrow(/belongs to another user, or others may write to it/);
    });

    it('works for an ordinary user whose node_modules are read-only and lack the links', async () => {
      const fresh = Checkout.make(join(servers.dataDir, 'fresh'));
      expect(readdirSync(fresh.libraries)).not.toContain('libpq.so.5');
      chmodSync(servers.dataDir, 0o777);
      const folder = join(servers.dataDir, 'own');
      const { child, url } = await servers.spawn(fresh, folder, nobody);
      expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
      expect(readdirSync(fresh.libraries)).not.toContain('libpq.so.5');
      expect(readdirSync(join(folder, 'programs'))).toEqual([expect.stringMatching(/^postgres-\d/)]);
      await kill(child);
    });

    it('serves the cluster of an ordinary user as that user, who can use it afterwards', async () => {
      chmodSync(servers.dataDir, 0o777);
      const folder = join(servers.dataDir, 'own');
      const first = await servers.spawn(checkout, folder, nobody);
      await keep(first, 2);
      await kill(first.child);
      const second = await servers.start(folder);
      expect(await kept(second)).toBe(2);
      expect(statSync(`/proc/${second.pid}`).uid).toBe(nobody.uid);
      await second.stop();
      const third = await servers.spawn(checkout, folder, nobody);
      expect(await kept(third)).toBe(2);
    });
  },
);
