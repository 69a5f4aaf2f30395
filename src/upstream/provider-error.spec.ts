import { readProviderError } from './provider-error.js';

const read = (body: unknown) => readProviderError(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)));
const inner = (error: unknown) => JSON.stringify({ error });

describe('what a provider says of a failure', () => {
  it.each<[string, unknown, string | null]>([
    ['OpenAI’s', { error: { message: 'a' }, message: 'b' }, 'a'],
    ['a plain text', { error: 'a', message: 'b' }, 'a'],
    ['AWS’s', { message: 'b', Message: 'c' }, 'b'],
    ['AWS’s older', { Message: 'c', detail: 'd' }, 'c'],
    ['FastAPI’s', { detail: 'd' }, 'd'],
    ['FastAPI’s list', { detail: [{ loc: ['n'] }] }, '[{"loc":["n"]}]'],
    ['a sentence beside a list', { message: 'b', detail: [1] }, 'b'],
    ['the first that says something', { error: { message: '' }, message: 3, Message: 'c' }, 'c'],
    ['in a list', [{ message: 'b' }, { message: 'x' }], 'b'],
    ['of Databricks, which quotes another’s', { message: inner({ message: 'a' }) }, 'a'],
    ['a quotation without a sentence', { message: inner({ message: '' }) }, inner({ message: '' })],
    ['a quotation whose sentence is none', { message: inner({ message: 3 }) }, inner({ message: 3 })],
    ['a quotation of a text', { message: inner('a') }, inner('a')],
    ['a quotation that is broken', { message: '{"error":' }, '{"error":'],
    ['a text that ends like one', { message: 'x {"error":{"message":"a"}}' }, 'x {"error":{"message":"a"}}'],
    ['a list that is a text', { message: '[{"error":{"message":"a"}}]' }, '[{"error":{"message":"a"}}]'],
    ['none', {}, null],
    ['none in an empty list', { error: [], detail: {} }, null],
    ['none of null', 'null', null],
    ['none of a number', '3', null],
    ['none of what is no JSON', '<html>', null],
    ['none of an empty list', [], null],
  ])('is its sentence: %s', (_, body, message) => {
    expect(read(body).message).toBe(message);
  });

  it.each<[string, unknown, string[]]>([
    ['AWS’s exception', { __type: 'x#ThrottlingException' }, ['x#ThrottlingException']],
    [
      'Google’s reasons',
      { error: { details: [{ reason: 'A' }, null, 'x', { reason: 3 }, { reason: 'B' }] } },
      ['A', 'B'],
    ],
    ['both', { __type: 'T', error: { details: [{ reason: 'A' }] } }, ['T', 'A']],
    ['none where details are no list', { error: { details: { reason: 'A' } } }, []],
    ['none where an error is a text', { error: 'A', __type: 3 }, []],
    ['none of null', { error: null }, []],
    ['none of what is no JSON', 'x', []],
  ])('are its names: %s', (_, body, names) => {
    expect(read(body).names).toEqual(names);
  });
});
