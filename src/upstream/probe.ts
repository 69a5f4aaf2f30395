import type { Upstream } from '../routing/target.types.js';
import type { Outgoing, ProviderCall } from './provider.js';
import { splitBaseUrl } from './provider.js';

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

const HELLO = [{ role: 'user', content: 'hi' }];
const json = (value: object) => [Buffer.from(JSON.stringify(value))];
const listing = (dialect: ProviderCall['dialect'], list: string): Probe => {
  return { call: { dialect, operation: 'generate', model: '', stream: false, body: [], betaFlags: [] }, list };
};

/** The cheapest question that needs our authentication. Null where it needs a model and none is routed there. */
export function probeOf({ kind, baseUrl }: Upstream, model: ProbedModel | null): Probe | null {
  const { basePath } = splitBaseUrl(baseUrl);
  switch (kind) {
    case 'openai':
    case 'azure-openai':
    case 'openai-compatible':
      return listing('chat_completions', `${basePath}/models`);
    case 'anthropic':
      return listing('anthropic_messages', `${basePath}/v1/models?limit=1`);
    case 'gemini':
      return listing('gemini_generate_content', `${basePath}/v1beta/models?pageSize=1`);
    case 'databricks':
      return listing('chat_completions', '/api/2.0/serving-endpoints');
    case 'vertex':
      return model && { call: countingOf(model), list: null };
    case 'bedrock':
      return model && { call: oneTokenOf(model), list: null };
    case 'sandbox':
      return null;
  }
}

/** Counting tokens is free of charge. */
function countingOf({ name: model, provider }: ProbedModel): ProviderCall {
  const counting = { operation: 'count-tokens', model, stream: false, betaFlags: [] } as const;
  if (provider === 'anthropic') {
    return { ...counting, dialect: 'anthropic_messages', body: json({ model, messages: HELLO }) };
  }
  const body = json({ contents: [{ role: 'user', parts: [{ text: 'hi' }] }] });
  return { ...counting, dialect: 'gemini_generate_content', body };
}

/** Nothing of Bedrock's runtime is free of charge. */
function oneTokenOf({ name: model, provider }: ProbedModel): ProviderCall {
  const dialect = provider === 'anthropic' ? 'anthropic_messages' : 'chat_completions';
  const body = json({ model, messages: HELLO, max_tokens: 1 });
  return { dialect, operation: 'generate', model, stream: false, body, betaFlags: [] };
}

/** What goes out for a probe: the adapter's own address and authentication. */
export function asProbe(outgoing: Outgoing, { list }: Probe): Outgoing {
  return list === null ? outgoing : { ...outgoing, path: list, method: 'GET', body: [] };
}
