import type { IncomingHttpHeaders } from 'node:http';
import type { FaultPlan } from '../faults/fault-plan.js';
import type { JsonObject } from '../json.js';
import type { SandboxModel } from '../model.js';
import { RequestRefusal } from '../wire/request-refusal.js';
import type { StreamScript } from '../wire/stream-script.js';

/** A request as its endpoint gets it: authenticated, its body a JSON object, its faults read. */
export interface AskedRequest {
  /** Of the address, without the query. */
  path: string;
  body: JsonObject;
  /** What follows the route's own path, decoded. */
  rest: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  plan: FaultPlan;
  /** The model of that id, or null when there is none. */
  findModel: (id: string) => SandboxModel | null;
}

/** An answer in the words of its dialect. */
export interface PreparedAnswer {
  /** What the model speaks, at its pace. */
  tokens: number;
  /** The answer as one JSON value. */
  whole: () => unknown;
  /** The answer as a stream; null when none was asked for. */
  stream: (() => StreamScript) | null;
}

/** Reads a request and composes its answer. Rejects with `RequestRefusal`. */
export type Endpoint = (asked: AskedRequest) => Promise<PreparedAnswer>;

/** Throws `RequestRefusal` (400) where a list that nothing can be answered without is missing. */
export function needList(body: JsonObject, name: string): unknown[] {
  const list = body[name];
  if (Array.isArray(list)) return list;
  const message = `'${name}' must be a list.`;
  throw new RequestRefusal(400, message, { param: name, code: 'missing_required_parameter' });
}
