import type { Outgoing, ProviderCall } from './provider.js';

/** A model that is routed to an upstream. */
export interface ProbedModel {
  /** the upstream's name for it */
  readonly name: string;
  /** who made it, by the catalog */
  readonly provider: string;
}

/** How an upstream is asked whether it would serve: as its adapter asks for an answer, or for a list in that one's place. */
export interface Probe {
  readonly call: ProviderCall;
  /** the path of a list that costs nothing */
  readonly list: string | null;
}

/** The shortest conversation, as OpenAI and Anthropic write it. */
export const HELLO = [{ role: 'user', content: 'hi' }];

export const json = (value: object) => [Buffer.from(JSON.stringify(value))];

/** A list that lies at this path. */
export const listing = (dialect: ProviderCall['dialect'], list: string): Probe => {
  return { call: { dialect, operation: 'generate', model: '', stream: false, body: [], betaFlags: [] }, list };
};

/** What goes out for a probe: the adapter's own address and authentication. */
export function asProbe(outgoing: Outgoing, { list }: Probe): Outgoing {
  return list === null ? outgoing : { ...outgoing, path: list, method: 'GET', body: [] };
}
