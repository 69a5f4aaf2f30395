import { EMBEDDINGS } from './descriptor.js';
import { encodeEmbedAnswer } from './embed-content.js';

const MODEL = 'gte-large-en';
const read = (action: string, body: unknown) =>
  EMBEDDINGS.readRequest(Buffer.from(JSON.stringify(body)), { model: MODEL, action, stream: false, jsonArray: false });
const said = (action: string, body: unknown) => JSON.parse(read(action, body).body.toString()) as object;
const text = (...texts: string[]) => ({ parts: texts.map(each => ({ text: each })) });
const batch = (...requests: object[]) => ({ requests });

describe('a request of Google for vectors', () => {
  it('is said in the words of OpenAI, the parts of a content as lines of one text', () => {
    const common = { model: MODEL, encoding_format: 'float' };
    expect(said('embedContent', { content: text('a', 'b') })).toEqual({ ...common, input: ['a\nb'] });
    expect(said('embedContent', { content: 'a', outputDimensionality: 64 })).toEqual({
      ...{ ...common, input: ['a'], dimensions: 64 },
    });
    const wish = { model: `models/${MODEL}`, content: text('a'), output_dimensionality: 8 };
    expect(said('batchEmbedContents', batch(wish, { ...wish, content: text('b') }))).toEqual({
      ...{ ...common, input: ['a', 'b'], dimensions: 8 },
    });
  });

  it('names what those words have no place for, each once', () => {
    const wish = { content: text('a'), taskType: 'RETRIEVAL_QUERY', title: 'b', autoTruncate: null };
    const { losses, vectorForm, model, modelField } = read('batchEmbedContents', batch(wish, wish));
    expect(losses?.map(({ field }) => field)).toEqual(['requests[0].taskType', 'requests[0].title']);
    expect([vectorForm, model, modelField === null]).toEqual(['batchEmbedContents', MODEL, false]);
  });

  it.each([
    ['embedContent', {}, 'content'],
    ['embedContent', { content: text('') }, 'content'],
    ['embedContent', { content: { parts: [] } }, 'content'],
    ['embedContent', { content: { parts: [{ inlineData: { mimeType: 'image/png', data: '' } }] } }, 'content.parts[0]'],
    ['embedContent', { content: text('a'), outputDimensionality: 0 }, 'outputDimensionality'],
    ['embedContent', { content: text('a'), model: 'models/other' }, 'model'],
    ['embedContent', { content: text('a'), model: 7 }, 'model'],
    ['batchEmbedContents', {}, 'requests'],
    ['batchEmbedContents', batch(), 'requests'],
    ['batchEmbedContents', { requests: ['a'] }, 'requests[0]'],
    ['batchEmbedContents', batch({ content: text('a') }, {}), 'requests[1].content'],
    ['batchEmbedContents', batch(...Array.from({ length: 151 }, () => ({ content: text('a') }))), 'requests'],
    [
      'batchEmbedContents',
      batch({ content: text('a'), outputDimensionality: 8 }, { content: text('a') }),
      'requests[1].outputDimensionality',
    ],
  ])('%s of %j is refused, and %s is named', (action, body, param) => {
    const message = expect.stringContaining(param);
    expect(() => read(action, body)).toThrow(
      expect.objectContaining({ code: 'invalid_request', param, publicMessage: message }),
    );
  });

  it('that is no JSON object is refused', () => {
    const path = { model: MODEL, action: 'embedContent', stream: false, jsonArray: false };
    for (const body of ['[]', '{"content":', '{"content":1,"content":2}'])
      expect(() => EMBEDDINGS.readRequest(Buffer.from(body), path)).toThrow();
  });
});

describe('an answer of vectors in the words of Google', () => {
  const data = [{ embedding: [1, 2] }, { embedding: [3] }];

  it('has one vector, or all of them in their order, and the tokens', () => {
    const answer = { data, usage: { prompt_tokens: 4, total_tokens: 4 } };
    const usageMetadata = { promptTokenCount: 4 };
    expect(encodeEmbedAnswer(answer, 'embedContent')).toEqual({ embedding: { values: [1, 2] }, usageMetadata });
    expect(encodeEmbedAnswer(answer, 'batchEmbedContents')).toEqual({
      embeddings: [{ values: [1, 2] }, { values: [3] }],
      usageMetadata,
    });
    expect(encodeEmbedAnswer({ data }, 'embedContent')).toEqual({ embedding: { values: [1, 2] } });
  });

  it('has them in the order of the texts, in whichever order they came', () => {
    const mixed = [
      { index: 2, embedding: [3] },
      { index: 0, embedding: [1] },
      { index: 1, embedding: [2] },
    ];
    expect(encodeEmbedAnswer({ data: mixed }, 'batchEmbedContents')).toEqual({
      embeddings: [{ values: [1] }, { values: [2] }, { values: [3] }],
    });
  });

  it('is left as it is where it has none', () => {
    expect(encodeEmbedAnswer({ error: {} }, 'embedContent')).toBeNull();
  });
});
