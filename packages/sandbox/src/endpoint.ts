import type { IncomingHttpHeaders } from 'node:http';
import type { FaultPlan } from './fault-plan.js';
import type { SandboxModel } from './model.js';
import type { StreamScript } from './stream-script.js';

/** A request as its endpoint gets it: authenticated, its body JSON of any kind, its faults read. */
export interface AskedRequest {
  body: unknown;
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

/** Checks a request and thinks of its answer. Rejects with `RequestRefusal`. */
export type Endpoint = (asked: AskedRequest) => Promise<PreparedAnswer>;
