/** What a key may cost: the work for a request grows no faster than the request, counted in steps and not in seconds. */
import { request } from 'node:http';
import { DOCUMENT } from '../../src/management/control-plane/requests/body.guard.js';
import { run as readDocument } from '../../src/management/control-plane/requests/yaml.task.js';
import { makeProject, startControlPlane, type TestControlPlane } from '../support/management.js';
import { countSteps } from '../support/steps.js';

const DOUBLINGS = [1, 2, 4, 8];
/** Linear, and something for what is done once. */
const AT_MOST = 8 * 1.5;
const FLOOR = 100_000;

type Write = (size: number) => string;
const list = (size: number, write: (index: number) => string, between = ',') =>
  Array.from({ length: size }, (_, index) => write(index)).join(between);

/** By how many parts they have. */
const VALUES: Readonly<Record<string, Write>> = {
  'an object of unknown keys': size => `{${list(size, index => `"k${index}":1`)}}`,
  'an object of unknown objects': size => `{${list(size, index => `"k${index}":{}`)}}`,
  'an object of equal keys': size => `{${list(size, () => '"k":1')}}`,
  'a list of numbers': size => `[${list(size, () => '1')}]`,
  'a list of lists': size => `[${list(size, () => '[]')}]`,
  'a list of objects': size => `[${list(size, index => `{"k${index}":1}`)}]`,
  'lists in lists': size => '['.repeat(size) + ']'.repeat(size),
  'objects in objects': size => `${'{"a":'.repeat(size)}1${'}'.repeat(size)}`,
  'a long text': size => `"${'x'.repeat(10 * size)}"`,
  'a text of escapes': size => `"${'\\u0041'.repeat(size)}"`,
  'a long key': size => `{"${'x'.repeat(10 * size)}":1}`,
  'a long number': size => '9'.repeat(10 * size),
};

const YAML: Readonly<Record<string, Write>> = {
  keys: size => list(size, index => `k${index}:`, '\n'),
  'equal keys': size => list(size, () => 'k: 1', '\n'),
  'keys in braces': size => `{${list(size, index => `k${index}: 1`)}}`,
  'keys without values in braces': size => `{${list(size, index => `k${index}`)}}`,
  items: size => `models:\n${list(size, () => '- 1', '\n')}`,
  'items in brackets': size => `models: [${list(size, () => '1')}]`,
  'lists in lists': size => '['.repeat(size),
  'items in items': size => `${'- '.repeat(size)}1`,
  'keys in keys': size => list(Math.min(size, 1_000), index => `${' '.repeat(index)}a:`, '\n'),
  questions: size => `${'? '.repeat(size)}1`,
  colons: size => 'a: b: c\n'.repeat(size),
  anchors: size => list(size, index => `k${index}: &a${index} 1`, '\n'),
  aliases: size => `a: &a 1\nb:\n${list(size, () => '- *a', '\n')}`,
  'aliases of aliases': size => list(Math.min(size, 300), i => `k${i}: &a${i} [*a${i - 1}, *a${i - 1}]`, '\n'),
  'aliases of a list': size => `a: &a [${list(size, () => '1')}]\nb: [${list(99, () => '*a')}]`,
  'an alias of itself': size => `a: &a [${list(size, () => '1')}, *a]`,
  tags: size => list(size, () => '- !x 1', '\n'),
  directives: size => `${'%FOO x\n'.repeat(size)}--- 1`,
  documents: size => '---\n'.repeat(size),
  comments: size => `${'# x\n'.repeat(size)}a: 1`,
  errors: size => 'a: @\n'.repeat(size),
  'blocks of text': size => `a: |\n${'  x\n'.repeat(size)}`,
  'folded text': size => `a: >\n${'  x\n\n'.repeat(size)}`,
  'quoted text': size => `a: "${'x\n  '.repeat(size)}"`,
};

/** The status that the document has by itself. */
function readHere(text: string): Promise<number> {
  const { ok } = readDocument({ body: Buffer.from(text), limits: DOCUMENT.limits });
  return Promise.resolve(ok ? 200 : 400);
}

describe('the work for a request of somebody with a key', () => {
  let plane: TestControlPlane;
  let path: string;
  beforeAll(async () => {
    plane = await startControlPlane();
    path = `/api/v2/projects/${(await makeProject(plane.owner)).projectId}`;
  });
  afterAll(() => plane.stop());

  const send = async (method: string, target: string, type: string, body?: string) => {
    const headers = { authorization: `Bearer ${plane.owner.key}`, 'content-type': type };
    const response = await fetch(plane.baseUrl + target, { method, headers, ...(body === undefined ? {} : { body }) });
    await response.text();
    return response.status;
  };

  /** Doubles what is sent three times. */
  const growth = async (size: number, ask: (size: number) => Promise<number>) => {
    await ask(size);
    const statuses: number[] = [];
    const count = (times: number) => countSteps(async () => statuses.push(await ask(size * times)));
    const steps: number[] = [];
    for (const times of DOUBLINGS) steps.push(await count(times));
    const [first = 0] = steps;
    const most = AT_MOST * Math.max(first, FLOOR / AT_MOST);
    // A poll that comes meanwhile is counted too: the work itself is never more than the least that was seen.
    for (let again = 0; again < 2 && (steps.at(-1) ?? 0) > most; again += 1) {
      steps.push(Math.min(steps.pop() ?? 0, await count(DOUBLINGS.at(-1) ?? 1)));
    }
    expect(statuses.filter(status => status >= 500)).toEqual([]);
    expect([steps, (steps.at(-1) ?? 0) <= most]).toEqual([steps, true]);
  };

  describe.each([20, 1_000])('grows as its JSON of %i parts and more does', size => {
    it.each(Object.entries(VALUES))('that holds %s', async (_, write) => {
      await growth(size, times => send('PATCH', path, 'application/json', `{"project":${write(times)}}`));
    });
  });

  // A thread reads it, so its steps are counted here and not where it is sent.
  describe.each([20, 500])('grows as its YAML of %i parts and more does', size => {
    it.each(Object.entries(YAML))('that holds %s', async (_, write) => {
      await growth(size, times => readHere(write(times)));
      expect(await send('PUT', '/admin/config', 'application/yaml', write(8 * size))).toBe(400);
    });
  });

  const QUERIES: Readonly<Record<string, Write>> = {
    'unknown names': size => list(size, index => `k${index}=1`, '&'),
    'one name again and again': size => list(size, () => 'group_by=model', '&'),
    'names of lists': size => list(size, index => `group_by[${index}]=model`, '&'),
    'names in names': size => `k${'[a]'.repeat(size)}=1`,
    escapes: size => `model=${'%41'.repeat(size)}`,
    'broken escapes': size => `model=${'%zz'.repeat(size)}`,
    'signs between': size => '&='.repeat(size),
  };

  it.each(Object.entries(QUERIES))('grows as its query of %s does', async (_, write) => {
    await growth(100, times => send('GET', `/admin/usage?${write(times)}`, 'application/json'));
  });

  const HEADERS: Readonly<Record<string, readonly [string, Write]>> = {
    'blanks before a key': ['authorization', size => `Bearer ${' '.repeat(size)}x`],
    'words of a scheme': ['authorization', size => 'Bearer '.repeat(size / 7)],
    'a long key': ['authorization', size => `Bearer ${'x'.repeat(size)}`],
    parameters: ['content-type', size => `application/json${';a=b'.repeat(size / 4)}`],
    'open quotes': ['content-type', size => `application/json;a="${'\\"'.repeat(size / 2)}`],
    encodings: ['content-encoding', size => 'gzip,'.repeat(size / 5)],
    'blanks in an encoding': ['content-encoding', size => `x${' '.repeat(size)}x`],
    'addresses before it': ['x-forwarded-for', size => '10.0.0.1, '.repeat(size / 10)],
    'commas before it': ['x-forwarded-for', size => ','.repeat(size)],
    'a long id': ['x-request-id', size => 'x'.repeat(size)],
    cookies: ['cookie', size => 'a=b;'.repeat(size / 4)],
    ranges: ['range', size => `bytes=${'1-2,'.repeat(size / 4)}`],
    tags: ['if-none-match', size => '"a",'.repeat(size / 4)],
    types: ['accept', size => 'text/html;q=0.1,'.repeat(size / 16)],
    places: ['host', size => `${'a.'.repeat(size / 2)}example`],
  };

  it.each(Object.entries(HEADERS))('grows as a header of %s does', async (_, [name, write]) => {
    const ask = (size: number) =>
      new Promise<number>((resolve, reject) => {
        const headers = { authorization: `Bearer ${plane.owner.key}`, 'content-type': 'application/json' };
        const options = { method: 'PATCH', headers: { ...headers, [name]: write(size) }, agent: false };
        const sent = request(plane.baseUrl + path, options, response => {
          response.resume().on('end', () => resolve(response.statusCode ?? 0));
        });
        sent.on('error', reject);
        sent.end('{"project":{}}');
      });
    await growth(1_500, ask);
  });

  it('grows as the limits of a document do', async () => {
    const { projectId: id } = await makeProject(plane.owner);
    const limit = (index: number) =>
      `{"scope_type":"project","scope_id":"${id}","kind":"requests_per_minute","model":"m${index}","value":1}`;
    const write: Write = size => `{"limits":[${list(size, limit)}]}`;
    await growth(100, times => send('PUT', '/admin/config?dry_run=true', 'application/json', write(times)));
  });

  it('grows as what is told under a key of its own does', async () => {
    const write: Write = size => `{"branch":{"annotations":{${list(size, index => `"k${index}":"x"`)}}}}`;
    await growth(20, times => send('POST', `${path}/branches`, 'application/json', write(times)));
  });
});
