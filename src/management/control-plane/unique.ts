import { GatewayError } from '../../errors/gateway-error.js';

const ATTEMPTS = 3;
const UNIQUE_VIOLATION = 'P2002';

/** Whether a write met a row with the same unique value. */
export function isTaken(error: unknown): boolean {
  return error instanceof Error && (error as { code?: unknown }).code === UNIQUE_VIOLATION;
}

/**
 * Runs a write that makes its own ids, again with others when one is taken.
 * @throws {GatewayError} conflict when it stays taken
 */
export async function withFreshIds<Result>(write: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await write();
    } catch (error) {
      if (!isTaken(error)) throw error;
      if (attempt === ATTEMPTS) throw new GatewayError('conflict', { cause: error });
    }
  }
}
