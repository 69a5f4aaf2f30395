/**
 * Bytes in the alphabet and with the padding that every vendor takes. Protobuf's JSON, and so Google's SDKs, write either
 * alphabet, padded or not.
 */
export function standardBase64(data: string): string {
  const standard = data.includes('-') || data.includes('_') ? data.replaceAll('-', '+').replaceAll('_', '/') : data;
  // One letter over is no base64, and stays what it is for the vendor to say so.
  return standard.length % 4 < 2 ? standard : standard.padEnd(standard.length + 4 - (standard.length % 4), '=');
}
