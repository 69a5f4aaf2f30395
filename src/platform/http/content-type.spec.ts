import { requireJson } from './content-type.js';

const verdict = (contentType: string | undefined): string => {
  try {
    requireJson(contentType);
    return 'taken';
  } catch (error) {
    return (error as Error).message;
  }
};

describe('a content type', () => {
  it.each([
    'application/json',
    ' Application/JSON ',
    'application/json;',
    'application/json; charset=utf-8',
    'application/json;charset="UTF-8"',
    'application/json ; charset=utf8 ; profile="a;charset=utf-16"',
    'application/json; charset=us-ascii',
    'application/json; charset=utf-8; charset=UTF-8',
    'application/vnd.api+json',
    'application/vnd.api+json; ext="https://x/y"; charset=utf-8',
  ])('%j is JSON', header => {
    expect(verdict(header)).toBe('taken');
  });

  it.each([
    undefined,
    '',
    'text/plain',
    'text/json',
    'application/jsonp',
    'application/json-seq',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/json, text/plain',
    'application /json',
    'x/application/json',
    'application/+json',
  ])('%j is none, and the header is named', header => {
    expect(verdict(header)).toMatch(/^the Content-Type header must be application\/json; /);
  });

  it.each([
    'application/json; charset=utf-16',
    'application/json; charset=iso-8859-1',
    'application/json; charset=""',
    'application/json; charset=utf-8; charset=utf-16',
    'application/json; CHARSET="UTF-16LE"',
  ])('%j has another charset, and is told so', header => {
    expect(verdict(header)).toMatch(/^the charset of the request body must be UTF-8; /);
  });

  it.each([
    'application/json; charset',
    'application/json; charset=utf-8 x',
    'application/json; charset="utf-8',
    'application/json; =x',
    `application/json; a=${'b'.repeat(300)}`,
  ])('%j cannot be read, and is told so', header => {
    expect(verdict(header)).toMatch(/^the parameters of the Content-Type header cannot be read; /);
  });

  it('of any length is read in one pass', () => {
    for (const piece of [';', '; ', ';a="', ';a=b']) {
      expect(verdict(`application/json${piece.repeat(4_000)}`)).not.toBe('taken');
    }
  });
});
