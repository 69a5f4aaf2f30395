import { JsonSyntaxError } from './json-syntax-error.js';

const LITERALS = { true: Buffer.from('true'), false: Buffer.from('false'), null: Buffer.from('null') };

/** The offset behind the literal that starts at `start` with its first letter. Throws `JsonSyntaxError`. */
export function endOfLiteral(body: Buffer, start: number, literal: keyof typeof LITERALS): number {
  const expected = LITERALS[literal];
  for (let index = 1; index < expected.length; index++) {
    if (start + index >= body.length) throw endsInside('a literal', body);
    if (body[start + index] !== expected[index]) {
      throw new JsonSyntaxError('only true, false and null are words in JSON; another was found', start);
    }
  }
  return start + expected.length;
}

/** The offset behind the number that starts at `start` with a digit or a minus sign. Throws `JsonSyntaxError`. */
export function endOfNumber(body: Buffer, start: number): number {
  let at = body[start] === 0x2d ? start + 1 : start;
  if (body[at] === 0x30) {
    at++;
    if (isDigit(body[at])) throw new JsonSyntaxError('a number starts with a superfluous zero', start);
  } else {
    at = endOfDigits(body, at);
  }
  if (body[at] === 0x2e) at = endOfDigits(body, at + 1);
  if (body[at] === 0x65 || body[at] === 0x45) {
    at++;
    if (body[at] === 0x2b || body[at] === 0x2d) at++;
    at = endOfDigits(body, at);
  }
  return at;
}

/** The offset behind the digits at `at`, of which there must be one at least. */
function endOfDigits(body: Buffer, at: number): number {
  if (at >= body.length) throw endsInside('a number', body);
  if (!isDigit(body[at])) throw new JsonSyntaxError('a digit was expected in a number', at);
  let end = at + 1;
  while (end < body.length && isDigit(body[end])) end++;
  return end;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

function endsInside(what: string, body: Buffer): JsonSyntaxError {
  return new JsonSyntaxError(`the text ends inside ${what}`, body.length);
}
