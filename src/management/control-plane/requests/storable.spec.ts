import { isStorable, storable } from './storable.js';

describe('what is stored', () => {
  it.each(['', 'é', '😀', '\ud83d\ude00', '\u0001', '\uffff', '\ufffd'])('may be %j', text => {
    expect([isStorable(text), storable(text)]).toEqual([true, text]);
  });

  it.each([
    ['\u0000', '\ufffd'],
    ['a\u0000b\u0000', 'a\ufffdb\ufffd'],
    ['\ud83d', '\ufffd'],
    ['\ude00\ud83d', '\ufffd\ufffd'],
    ['\ud83d😀', '\ufffd😀'],
  ])('is %j with a mark in the place of what cannot be', (text, made) => {
    expect([isStorable(text), storable(text)]).toEqual([false, made]);
  });

  it('is looked through to its last field and name', () => {
    const time = new Date(0);
    const entry = { id: null, list: ['\u0000', { '\ud800': ['\u0000'] }], time, status: 1, none: undefined };
    expect(storable(entry)).toEqual({
      ...{ id: null, list: ['\ufffd', { '\ufffd': ['\ufffd'] }] },
      ...{ time, status: 1, none: undefined },
    });
  });
});
