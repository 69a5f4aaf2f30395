const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** The first place from `from` on that holds no white space of JSON. */
export function skipSpace(data: Buffer, from: number): number {
  let at = from;
  while (isSpace(data[at])) at++;
  return at;
}

/** Whether a text begins and ends as an object of JSON does. What is between is not read. */
export function isFramedObject(data: Buffer): boolean {
  let last = data.length - 1;
  while (last >= 0 && isSpace(data[last])) last--;
  const first = skipSpace(data, 0);
  return first < last && data[first] === OPEN_BRACE && data[last] === CLOSE_BRACE;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x09 || byte === 0x0d;
}
