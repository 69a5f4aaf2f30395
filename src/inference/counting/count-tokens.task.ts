import type { ErrorCode } from '../../errors/error-table.js';
import { GatewayError } from '../../errors/gateway-error.js';
import { loadTokenizer } from '../../metering/tokenizer.js';
import { countRequestTokens, type CountTask } from './token-count.js';

export type CountResult =
  | { readonly tokens: number }
  | { readonly code: ErrorCode; readonly publicMessage: string; readonly param: string | undefined };

/** Runs in a worker thread. */
export async function run(task: CountTask): Promise<CountResult> {
  await loadTokenizer();
  try {
    return { tokens: countRequestTokens(task) };
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    const { code, publicMessage, param } = error;
    return { code, publicMessage, param };
  }
}
