import { endUserId } from './end-user.js';

describe('endUserId', () => {
  it.each([
    ['u-1', 'u-1'],
    ['', ''],
    ['a'.repeat(64), 'a'.repeat(64)],
    // echo -n aaa…a | sha256sum
    ['a'.repeat(65), '635361c48bb9eab14198e76ea8ab7f1a41685d6ad62aa9146d301d4f17eb0ae0'],
  ])('of %j', (id, expected) => {
    expect(endUserId(id, 64)).toBe(expected);
  });

  it('tells users apart whose ids begin alike, and knows one again', () => {
    const [one, other] = ['x'.repeat(200) + '1', 'x'.repeat(200) + '2'];
    expect(endUserId(one, 64)).not.toBe(endUserId(other, 64));
    expect(endUserId(one, 64)).toBe(endUserId(one, 64));
  });
});
