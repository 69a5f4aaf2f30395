import type { Response } from 'express';
import type { LocatedRequest } from '../identity/lineage.guard.js';
import type { ThrottledRequest } from '../quota/credential-throttler.guard.js';
import { ownLimitHeaders } from './answer-headers.js';

/** A request for models: of a known credential on a known branch. */
export type ListRequest = LocatedRequest & ThrottledRequest;

/** The paths of one model, below those of the list. */
export function belowEach(paths: readonly string[]): string[] {
  return paths.map(path => `${path}/:id`);
}

/** Answers with a JSON body of known length, and with how the caller's limits stand. */
export function sendList(request: ListRequest, response: Response, body: Buffer): void {
  response.setHeader('content-type', 'application/json; charset=utf-8');
  response.setHeader('content-length', body.length);
  for (const [name, value] of ownLimitHeaders(request)) response.setHeader(name, value);
  response.end(body);
}
