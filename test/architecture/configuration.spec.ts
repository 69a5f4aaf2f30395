/** The documentation lists what the program reads, and only two places read the environment at all. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { Environment, ENVIRONMENT_VARIABLES } from '../../src/config/environment.js';

const ROOT = join(__dirname, '..', '..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const OF_THE_STACK = ['POSTGRES_PASSWORD', 'POSTGRES_APPLICATION_PASSWORD'];

describe('the configuration', () => {
  const rows = new Map(
    [...read('docs/configuration.md').matchAll(/^\| `([A-Z_]+)` +\| (.*?) +\|/gm)].map(match => [match[1], match[2]]),
  );

  it('is documented variable by variable', () => {
    expect([...rows.keys()].toSorted()).toEqual([...ENVIRONMENT_VARIABLES]);
  });

  it('is in the example file, variable by variable', () => {
    const names = [...read('.env.example').matchAll(/^#?([A-Z_]+)=/gm)].map(match => match[1] ?? '');
    expect(names.filter(name => !OF_THE_STACK.includes(name)).toSorted()).toEqual([...ENVIRONMENT_VARIABLES]);
  });

  it('has the documented defaults', () => {
    for (const [name, value] of Object.entries(new Environment())) {
      if (value === undefined || (Array.isArray(value) && value.length === 0)) continue;
      expect([name, rows.get(name)]).toEqual([name, `\`${String(value)}\``]);
    }
  });

  it('is read by config and main alone', () => {
    const files = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' }).filter(
      path => path.endsWith('.ts') && !path.endsWith('.spec.ts') && !path.startsWith('generated'),
    );
    const readers = files.filter(path => read(join('src', path)).includes('process.env'));
    expect(readers).toEqual(['main.ts']);
  });
});

describe('the command that starts the program', () => {
  it('is the same in the image, of what was built, and after a build', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const ofImage = JSON.parse(/^CMD (.*)$/m.exec(read('Dockerfile'))?.[1] ?? '') as string[];
    expect([scripts['start'], scripts['start:built']]).toEqual([ofImage.join(' '), ofImage.join(' ')]);
  });
});

describe('the compose stack', () => {
  interface Service {
    image?: string;
    build?: string;
    read_only?: boolean;
    cap_drop?: string[];
    cap_add?: string[];
    security_opt?: string[];
    privileged?: boolean;
    mem_limit?: string;
    pids_limit?: number;
    container_name?: string;
    healthcheck?: object;
    ports?: string[];
    env_file?: object[];
    volumes?: string[];
    environment?: Record<string, string>;
    deploy?: { replicas: number };
  }
  const { services } = parse(read('docker-compose.yml')) as { services: Record<string, Service> };

  it('is PostgreSQL, two gateways that do not clash, and Prometheus, each with a health check', () => {
    expect(Object.keys(services)).toEqual(['postgres', 'gateway', 'prometheus']);
    for (const service of Object.values(services)) expect(service.healthcheck).toBeDefined();
    const { gateway } = services;
    expect(gateway?.deploy?.replicas).toBe(2);
    expect(gateway?.container_name).toBeUndefined();
    expect(gateway?.ports).toEqual(['127.0.0.1:8787-8788:8787']);
  });

  it('holds no secret, and demands those it needs', () => {
    for (const { environment = {} } of Object.values(services)) {
      for (const [name, value] of Object.entries(environment)) {
        if (/KEY|TOKEN|PASSWORD|SECRET/.test(name))
          expect([name, value]).toEqual([name, expect.stringMatching(/^\$\{/)]);
      }
    }
    for (const name of ['DATABASE_URL', 'BOUGH_MASTER_KEY', 'BOUGH_MANAGEMENT_KEY']) {
      expect(services['gateway']?.environment?.[name]).toContain(':?set ');
    }
  });

  it('sets only variables that the gateway reads', () => {
    for (const name of Object.keys(services['gateway']?.environment ?? {}))
      expect(ENVIRONMENT_VARIABLES).toContain(name);
  });

  it('hands every variable of .env on, sets what is its own, and keeps each replica’s journal', () => {
    const { gateway } = services;
    expect(gateway?.env_file).toEqual([{ path: '.env', required: false }]);
    expect(gateway?.environment).toMatchObject({
      HOST: '0.0.0.0',
      PORT: '8787',
      BOUGH_DATA_DIR: '/var/lib/bough-data',
    });
    expect(gateway?.volumes).toEqual(['/var/lib/bough-data']);
  });

  it('takes away from every container what it does not need, and bounds it', () => {
    for (const service of Object.values(services)) {
      expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
      expect(service.mem_limit).toMatch(/^\d+[mg]$/);
      expect(service.pids_limit).toBeGreaterThan(0);
      expect(service.privileged).toBeUndefined();
    }
    expect(services['gateway']?.cap_add).toBeUndefined();
  });

  it('names every foreign image by its digest', () => {
    const bases = [...read('Dockerfile').matchAll(/^FROM (\S+)/gm)].map(([, image]) => image);
    const images = Object.values(services).flatMap(({ image }) => image ?? []);
    expect(bases.length + images.length).toBe(4);
    for (const image of [...bases, ...images]) expect(image).toMatch(/^[a-z/]+:[\w.-]+@sha256:[0-9a-f]{64}$/);
  });

  it('serves as one database user and migrates as another', () => {
    const { DATABASE_URL: served = '', BOUGH_OWNER_DATABASE_URL: owner = '' } = services['gateway']?.environment ?? {};
    const users = [served, owner].map(url => /^postgresql:\/\/(\w+):\$\{(\w+):\?/.exec(url)?.slice(1));
    expect(users).toEqual([
      ['bough_app', 'POSTGRES_APPLICATION_PASSWORD'],
      ['bough', 'POSTGRES_PASSWORD'],
    ]);
  });

  it('runs the image on Node 24, as an ordinary user, whichever the platform gives it in the group 0', () => {
    const dockerfile = read('Dockerfile');
    expect(new Set(dockerfile.match(/^FROM node:24-bookworm-slim@/gm)).size).toBe(1);
    expect(dockerfile).toMatch(/^RUN install -d -o node -g 0 -m 0770 \/var\/lib\/bough-data$/m);
    expect(dockerfile).toMatch(/^USER node$/m);
    expect(dockerfile).toMatch(/^HEALTHCHECK /m);
  });
});
