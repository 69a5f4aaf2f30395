const COLON = 0x3a;
const SPACE = 0x20;

/** Where the value of a field starts, one space behind its colon left out; -1 when the line is another field. */
export function startOfValue(source: Buffer, start: number, end: number, name: Buffer): number {
  if (!startsWith(source, start, end, name)) return -1;
  const colon = start + name.length;
  if (colon === end) return end;
  if (source[colon] !== COLON) return -1;
  return source[colon + 1] === SPACE && colon + 1 < end ? colon + 2 : colon + 1;
}

/** Whether `source[start..end)` begins with the text. */
export function startsWith(source: Buffer, start: number, end: number, text: Buffer): boolean {
  if (end - start < text.length) return false;
  for (let index = 0; index < text.length; index++) {
    if (source[start + index] !== text[index]) return false;
  }
  return true;
}
