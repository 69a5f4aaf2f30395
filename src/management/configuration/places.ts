import { GatewayError } from '../../errors/gateway-error.js';
import { invalidField } from '../control-plane/refusals.js';

/** Every page of a list. */
export async function everyRow<Row>(
  page: (cursor: string | undefined) => Promise<{ rows: readonly Row[]; cursor: string | undefined }>,
): Promise<Row[]> {
  const all: Row[] = [];
  for (let cursor: string | undefined; ;) {
    const { rows, cursor: next } = await page(cursor);
    all.push(...rows);
    if (next === undefined) return all;
    cursor = next;
  }
}

/** Does something with an entry of the document; what it refuses says which entry it was. */
export async function at<Result>(place: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof GatewayError) || error.status >= 500) throw error;
    const { code, publicMessage, param } = error;
    const field = param == null ? place : `${place}.${param}`;
    throw new GatewayError(code, { publicMessage: `${place}: ${publicMessage}`, param: field, cause: error });
  }
}

/** @throws {GatewayError} invalid_request where two entries are about the same */
export function refuseTwins(section: string, names: readonly string[]): void {
  const seen = new Set<string>();
  for (const [index, name] of names.entries()) {
    if (seen.has(name)) throw invalidField(`${section}.${index}`, `names ${name} for the second time: remove one`);
    seen.add(name);
  }
}
