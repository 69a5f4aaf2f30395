import type { AnswerHeaders } from '../upstream/answer-headers.js';
import { refusalOf } from './relay-outcome.js';

const head = (contentEncoding: string, contentLength: number | null) =>
  ({ contentType: 'text/html', contentEncoding, contentLength }) as AnswerHeaders;

describe('the head of an answer', () => {
  it.each<[boolean, string, number | null, string | null]>([
    [true, '', null, null],
    [true, '', 100, null],
    [true, '', 101, 'upstream_truncated'],
    [true, 'identity', 101, 'upstream_truncated'],
    [true, 'gzip', 101, null],
    [false, '', 1, 'upstream_invalid_response'],
    [false, '', 101, 'upstream_invalid_response'],
  ])('of the right type %p, encoded as %j, of %p bytes: %p', (isOfType, encoding, length, code) => {
    expect(refusalOf(head(encoding, length), isOfType, 100)?.code ?? null).toBe(code);
  });
});
