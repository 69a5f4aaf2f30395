import { countVectors } from './vector-count.js';

describe('countVectors', () => {
  it.each<[object, number]>([
    [{ data: [] }, 0],
    [{ data: [{ object: 'embedding', embedding: [1, 2] }] }, 1],
    [{ data: [{ embedding: 'AACAPw==' }, { object: 'embedding', embedding: [], index: 1 }] }, 2],
    [{ data: [{ embedding: [1] }], model: '"embedding": ' }, 1],
  ])('of %j is %i', (answer, count) => {
    expect(countVectors(Buffer.from(JSON.stringify(answer)))).toBe(count);
    expect(countVectors(Buffer.from(JSON.stringify(answer, null, 2).replaceAll(':', ' :')))).toBe(count);
  });
});
