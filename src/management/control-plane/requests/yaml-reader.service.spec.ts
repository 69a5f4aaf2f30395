import { GatewayError } from '../../../errors/gateway-error.js';
import { StructureError } from '../../../json/structure-meter.js';
import { YamlReader } from './yaml-reader.service.js';

const LIMITS = { depth: 8, keys: 200, items: 20_000, values: 100_000 };
const large = Buffer.from(
  `models:\n${Array.from({ length: 2_000 }, (_, index) => `- id: m${index}\n  x: 1`).join('\n')}`,
);

describe('a YAML document that is read in a thread', () => {
  const reader = new YamlReader();
  afterAll(() => reader.onModuleDestroy());
  const read = (text: string | Buffer) => reader.read(Buffer.from(text), LIMITS);

  it('is what JSON could say', async () => {
    expect(await read('a: 1\nb: [x, null, true]\n')).toEqual({ a: 1, b: ['x', null, true] });
  });

  it('leaves the event loop to others while it is read', async () => {
    let turns = 0;
    const turning = setInterval(() => (turns += 1), 1);
    expect(await read(large)).toMatchObject({ models: { length: 2_000 } });
    clearInterval(turning);
    expect(turns).toBeGreaterThan(20);
  });

  it('is refused as it is on the event loop', async () => {
    await expect(read('a: [')).rejects.toThrow(GatewayError);
    await expect(read('a: [')).rejects.toThrow('the request body is not valid YAML');
    await expect(read('a: 1\na: 2')).rejects.toThrow(StructureError);
    await expect(read('a: 1\na: 2')).rejects.toMatchObject({ key: 'a' });
    await expect(read('['.repeat(100))).rejects.toThrow('the request body is nested deeper than 8 levels');
  });

  it('is refused when too many others wait', async () => {
    const reads = await Promise.allSettled(Array.from({ length: 20 }, () => read(large)));
    const refused = reads.flatMap(result => (result.status === 'rejected' ? [result.reason as GatewayError] : []));
    expect(new Set(refused.map(({ code }) => code))).toEqual(new Set(['gateway_busy']));
    expect(refused.length).toBeGreaterThan(5);
  });
});
