import { encodeEmbeddingsBase64 } from './base64.js';

describe('encodeEmbeddingsBase64', () => {
  it('writes every vector as little-endian float32 and leaves the rest as it is', () => {
    const answer = {
      object: 'list',
      model: 'm',
      data: [
        { object: 'embedding', index: 0, embedding: [1, -2.5, 0.1] },
        { object: 'embedding', index: 1, embedding: [0] },
      ],
      usage: { prompt_tokens: 1, total_tokens: 1 },
    };
    const before = structuredClone(answer);

    const encoded = encodeEmbeddingsBase64(answer) as typeof answer;

    expect(encoded).toEqual({
      ...before,
      data: [
        { object: 'embedding', index: 0, embedding: 'AACAPwAAIMDNzMw9' },
        { object: 'embedding', index: 1, embedding: 'AAAAAA==' },
      ],
    });
    expect(answer).toEqual(before);
  });

  it('is read back as the same numbers in single precision', () => {
    const vector = Array.from({ length: 1024 }, (_, index) => Math.fround(Math.sin(index)));
    const encoded = encodeEmbeddingsBase64({ data: [{ embedding: vector }] }) as { data: { embedding: string }[] };
    const bytes = Buffer.from(encoded.data[0]?.embedding ?? '', 'base64');

    expect(Array.from(vector, (_, index) => bytes.readFloatLE(index * 4))).toEqual(vector);
  });

  it('changes only what is a float array', () => {
    const encoded = encodeEmbeddingsBase64({ data: [{ embedding: 'AACAPw==' }, null, { embedding: [1] }, 5] });

    expect(encoded).toEqual({ data: [{ embedding: 'AACAPw==' }, null, { embedding: 'AACAPw==' }, 5] });
  });

  it.each([
    [{}],
    [{ data: null }],
    [{ data: [] }],
    [{ data: [{ embedding: 'AACAPw==' }] }],
    [{ data: [{ embedding: [] }] }],
    [{ data: [{ embedding: [1, 'x'] }] }],
    [{ data: [{ embedding: { 0: 1 } }] }],
    [{ error: { message: 'no' } }],
  ])('gives null for %j', answer => {
    expect(encodeEmbeddingsBase64(answer)).toBeNull();
  });
});
