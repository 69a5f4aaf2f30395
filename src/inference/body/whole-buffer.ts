/** The whole of an array buffer of its own, so that it can be moved: a large body as it is read is that already. */
export function wholeBuffer(body: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer, byteLength } = body;
  return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength
    ? new Uint8Array(buffer)
    : new Uint8Array(body);
}
