import type { Prisma } from '../generated/prisma/client.js';

/**
 * Notes what these models cost now as the next version of their prices, in the transaction that changed them: a price
 * that was ever charged can be read again.
 */
export async function versionPrices(
  transaction: Prisma.TransactionClient,
  modelIds: readonly string[],
  note: string,
): Promise<void> {
  if (modelIds.length === 0) return;
  await transaction.$executeRaw`
    WITH priced AS (
      UPDATE models SET price_version = price_version + 1 WHERE id = ANY(${[...modelIds]})
      RETURNING id, price_version, pricing
    )
    INSERT INTO model_prices (model_id, version, pricing, note) SELECT id, price_version, pricing, ${note} FROM priced`;
}
