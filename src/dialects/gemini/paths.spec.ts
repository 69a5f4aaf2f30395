import { readModelPath } from './paths.js';

describe('readModelPath', () => {
  it.each([
    ['gemini-2-5-flash:generateContent', { model: 'gemini-2-5-flash', action: 'generateContent' }],
    ['a b/c:x', { model: 'a b/c', action: 'x' }],
  ])('splits %s at its colon', (segment, expected) => {
    expect(readModelPath(segment)).toEqual(expected);
  });

  it.each([[''], [':'], ['model'], ['model:'], [':action'], ['a:b:c'], ['a::c'], ['a:b:']])(
    'gives null for %j',
    segment => {
      expect(readModelPath(segment)).toBeNull();
    },
  );
});
