import type { Request } from 'express';

/** The address by which the caller reached us; a Host header that is none says nothing. */
export function originOf({ protocol, headers, socket }: Request): string {
  const origin = `${protocol}://${headers.host}`;
  return URL.canParse(origin) ? origin : `${protocol}://localhost:${socket.localPort}`;
}
