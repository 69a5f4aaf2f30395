import { Utf8Offsets } from './utf8-offsets.js';

describe('offsets of a text', () => {
  const texts = ['', 'a', 'ä€😀', 'x'.repeat(1_023) + '😀' + 'y'.repeat(3_000), '€'.repeat(2_000), '😀ä'.repeat(1_500)];

  it.each(texts.map(text => [text.length, text]))(
    'are the same in both directions at every character (%d)',
    (_, text) => {
      const offsets = new Utf8Offsets(text);
      let [unit, byte] = [0, 0];
      for (const character of [...text, '']) {
        expect([offsets.unitAt(byte), offsets.byteAt(unit)]).toEqual([unit, byte]);
        unit += character.length;
        byte += Buffer.byteLength(character);
      }
      expect([offsets.byteLength, offsets.byteAt(unit + 10)]).toEqual([byte, byte]);
    },
  );

  it('look at a kilobyte for each question, however long the text is', () => {
    for (const size of [10_000, 1_000_000]) {
      const offsets = new Utf8Offsets('€'.repeat(size));
      const looks = jest.spyOn(offsets as unknown as { unitsOf(from: number, to: number): number }, 'unitsOf');
      for (let question = 1; question <= 100; question += 1) offsets.unitAt(Math.floor((size * 3 * question) / 100));
      for (const [from, to] of looks.mock.calls) expect(to - from).toBeLessThanOrEqual(1_024);
      expect(looks).toHaveBeenCalledTimes(100);
    }
  });
});
