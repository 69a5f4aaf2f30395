import type { ChatDialect } from '../../dialects/neutral/neutral.types.js';
import { GatewayError } from '../../errors/gateway-error.js';
import { countTextTokens } from '../../metering/tokenizer.js';
import { DESCRIPTORS } from '../../dialects/descriptors.js';
import { parseRequest, reading } from '../../dialects/reading.js';
import { countNeutralTokens } from './count-neutral-tokens.js';

/** One request whose tokens are counted. Data only, for a worker thread does it. */
export interface CountTask {
  readonly body: Uint8Array;
  readonly dialect: ChatDialect;
  /** what the path says, in the dialect that has it there */
  readonly saidInPath: { readonly model: string | null; readonly stream: boolean } | null;
}

/** @throws {GatewayError} invalid_request for a body that is no request of the dialect */
export function countRequestTokens({ body, dialect, saidInPath }: CountTask): number {
  const { codec, counting } = DESCRIPTORS[dialect];
  if (counting === null) throw new GatewayError('internal_error', { internal: `${dialect} counts no tokens` });
  const wire = counting.readable(parseRequest(body));
  const { request } = reading(() => codec.decodeRequest(saidInPath === null ? wire : { ...wire, ...saidInPath }));
  return countNeutralTokens(request, countTextTokens);
}
