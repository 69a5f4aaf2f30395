import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { isAlive, waitUntilGone } from '../../src/platform/postgres/process-table.js';
import { type Checkout, kill } from '../support/checkout.js';
import { EmbeddedServers, keep, kept, query, until } from '../support/embedded-servers.js';

describe('the embedded PostgreSQL', () => {
  const servers = new EmbeddedServers();
  let checkout: Checkout;
  beforeAll(() => {
    checkout = servers.makeCheckout();
  });

  describe('at a start', () => {
    it('makes the database bough: UTF-8, on loopback alone, no socket file, durable', async () => {
      const postgres = await servers.start(servers.dataDir, true);
      const { username, pathname, hostname } = new URL(postgres.url);
      expect({ username, pathname, hostname }).toEqual({
        username: 'bough',
        pathname: '/bough',
        hostname: '127.0.0.1',
      });
      const settings = [
        'listen_addresses',
        'unix_socket_directories',
        'server_encoding',
        'fsync',
        'synchronous_commit',
      ];
      const rows = await query(postgres.url, 'SELECT name, setting FROM pg_settings');
      const values = Object.fromEntries(rows.map(row => [row['name'], row['setting']]));
      expect(settings.map(name => values[name])).toEqual(['127.0.0.1', '', 'UTF8', 'on', 'on']);
      const locale = "SELECT datcollate, datctype FROM pg_database WHERE datname = 'bough'";
      expect(await query(postgres.url, locale)).toEqual([{ datcollate: 'C', datctype: 'C' }]);
    });

    it('lets nobody in without the password, and hides it and our other secrets from everybody else', async () => {
      process.env['BOUGH_TEST_SECRET'] = 'a secret';
      const postgres = await servers.start().finally(() => delete process.env['BOUGH_TEST_SECRET']);
      expect(statSync(join(servers.dataDir, 'postgres.password')).mode & 0o777).toBe(0o600);
      const methods = await query(postgres.url, 'SELECT DISTINCT auth_method FROM pg_hba_file_rules');
      expect(methods).toEqual([{ auth_method: 'scram-sha-256' }]);
      const stranger = new URL(postgres.url);
      stranger.password = 'wrong';
      await expect(query(stranger.href, 'SELECT 1')).rejects.toThrow(/password authentication failed/);
      // PostgreSQL's account can read the environment that it runs in.
      const seen = existsSync('/proc') ? readFileSync(`/proc/${postgres.pid}/environ`, 'utf8') : '';
      expect(seen).not.toContain('a secret');
    });

    it('refuses a second program on the same folder, by whatever path, and names the first', async () => {
      await servers.start();
      const refusal = `Another Bough (process ${process.pid}) is using ${servers.dataDir}`;
      await expect(servers.start()).rejects.toThrow(refusal);
      const alias = `${servers.dataDir}-alias`;
      symlinkSync(servers.dataDir, alias);
      await expect(servers.start(alias)).rejects.toThrow(refusal);
    });

    it('lets one of three programs win that find the lock of a dead one together', async () => {
      writeFileSync(join(servers.dataDir, 'bough.lock'), '4194999 1\n');
      const programs = [1, 2, 3].map(() => servers.spawn(checkout, servers.dataDir));
      const settled = await Promise.allSettled(programs);
      expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      const refusals = settled.flatMap(result => (result.status === 'rejected' ? [String(result.reason)] : []));
      expect(refusals).toEqual([expect.stringContaining('Another Bough'), expect.stringContaining('Another Bough')]);
      expect(readdirSync(servers.dataDir).filter(name => name.startsWith('bough.lock'))).toEqual(['bough.lock']);
    });

    it('says at once that the password is lost, instead of asking until the time is up', async () => {
      await (await servers.start()).stop();
      writeFileSync(join(servers.dataDir, 'postgres.password'), 'another\n');
      await expect(servers.start()).rejects.toThrow(/^The password in .*postgres\.password is not the database's\./);
      expect(existsSync(join(servers.dataDir, 'bough.lock'))).toBe(false);
    });

    it('passes on what PostgreSQL says when it cannot start', async () => {
      await (await servers.start()).stop();
      appendFileSync(join(servers.dataDir, 'postgres', 'data', 'postgresql.conf'), 'no_such_setting = 1\n');
      await expect(servers.start()).rejects.toThrow(/unrecognized configuration parameter "no_such_setting"/);
    });

    it('says which folder cannot be used', async () => {
      writeFileSync(join(servers.dataDir, 'file'), '');
      await expect(servers.start(join(servers.dataDir, 'file', 'below'))).rejects.toThrow(
        /^The data folder .*below cannot be used: /,
      );
    });
  });

  describe('at a stop', () => {
    it('keeps its data, and the password', async () => {
      const first = await servers.start();
      await keep(first, 42);
      await first.stop();
      expect(isAlive(first.pid)).toBe(false);
      const second = await servers.start();
      expect(await kept(second)).toBe(42);
      expect(new URL(second.url).password).toBe(new URL(first.url).password);
    });

    it('does not free the folder for a third when it is stopped twice', async () => {
      const first = await servers.start();
      await first.stop();
      await servers.start();
      await first.stop();
      await expect(servers.start()).rejects.toThrow(/Another Bough/);
    });
  });

  describe('after an accident', () => {
    it('starts again after its postmaster was killed, and has what was committed', async () => {
      const first = await servers.start(servers.dataDir, true);
      await keep(first, 7);
      process.kill(first.pid, 'SIGKILL');
      expect(await waitUntilGone(first.pid, 5_000)).toBe(true);
      await first.stop();
      expect(await kept(await servers.start())).toBe(7);
    });

    it('ends the session of a killed postmaster that is too busy to notice', async () => {
      const first = await servers.start(servers.dataDir, true);
      await keep(first, 8);
      const client = new pg.Client({ connectionString: first.url });
      client.on('error', () => undefined);
      await client.connect();
      const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      const session = rows[0]?.pid ?? 0;
      const busy = client.query('DO $$ BEGIN LOOP END LOOP; END $$').catch((error: Error) => error);
      const active = `SELECT 1 FROM pg_stat_activity WHERE pid = ${session} AND query LIKE 'DO %' AND state = 'active'`;
      await until(async () => (await query(first.url, active)).length === 1, 'it is busy');
      process.kill(first.pid, 'SIGKILL');
      expect(await waitUntilGone(first.pid, 5_000)).toBe(true);
      await first.stop();
      expect(isAlive(session)).toBe(true);

      expect(await kept(await servers.start())).toBe(8);
      expect(isAlive(session)).toBe(false);
      expect(await busy).toBeInstanceOf(Error);
    });

    it('starts over a stale pid file whose number belongs to somebody else, and leaves that one alone', async () => {
      await (await servers.start()).stop();
      const data = join(servers.dataDir, 'postgres', 'data');
      const { pid: stranger } = checkout.spawn(join(servers.dataDir, 'elsewhere'));
      writeFileSync(join(data, 'postmaster.pid'), `${stranger}\n${data}\n0\n5432\n\n127.0.0.1\n`);
      const postgres = await servers.start();
      expect(await query(postgres.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
      expect(isAlive(stranger ?? 0)).toBe(true);
    });

    it.each([
      ['by an exception that nobody caught', 'setTimeout(() => { throw new Error("on purpose"); }, 0);'],
      ['by process.exit', 'process.exit(1);'],
    ])('ends with a program that ends %s', async (_, then) => {
      const { pid } = await servers.spawn(checkout, servers.dataDir, {}, then);
      await until(() => !existsSync(`/proc/${pid}`), 'the end of PostgreSQL', 60_000);
    });

    it('takes over from a program that was killed while its PostgreSQL lived on', async () => {
      const { child, url, pid } = await servers.spawn(checkout, servers.dataDir);
      await keep({ url }, 9);
      await kill(child);
      expect(isAlive(pid)).toBe(true);

      const second = await servers.start();
      expect(isAlive(pid)).toBe(false);
      expect(servers.log.join('\n')).toContain(`process ${pid}`);
      expect(await kept(second)).toBe(9);
    });

    it('makes the cluster anew when its program was killed in the midst of initdb', async () => {
      const child = checkout.spawn(servers.dataDir);
      const folder = join(servers.dataDir, 'postgres');
      await until(() => existsSync(join(folder, 'data', 'global', 'pg_control')), 'initdb is at work');
      await kill(child);
      expect(existsSync(join(folder, 'initialized'))).toBe(false);
      const postgres = await servers.start();
      expect(await query(postgres.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
      expect(readdirSync(folder).toSorted()).toEqual(['data', 'initialized']);
    });

    it('never deletes a database that it has not begun itself', async () => {
      const first = await servers.start();
      await keep(first, 5);
      await first.stop();
      rmSync(join(servers.dataDir, 'postgres', 'initialized'));
      await expect(servers.start()).rejects.toThrow(/not marked as finished, and it will not be deleted/);
      writeFileSync(join(servers.dataDir, 'postgres', 'initialized'), '');
      expect(await kept(await servers.start())).toBe(5);
    });
  });
});
