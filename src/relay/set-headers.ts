import type { ServerResponse } from 'node:http';

/** `writeHead` with a list replaces what `setHeader` set before, such as the request id: carry it over. */
export function withSetHeaders(response: ServerResponse, headers: string[]): string[] {
  for (const name of response.getHeaderNames()) headers.push(name, String(response.getHeader(name)));
  return headers;
}
