import type { CatalogModel } from '../catalog/catalog.types.js';
import type { ScannedRequest } from '../dialects/scanned-request.js';
import { costNanoUsd } from '../metering/price.js';
import type { Estimate } from '../quota/quota.types.js';

/** English text has about four bytes a token in the tokenizers of the catalog's makers. */
const BYTES_PER_TOKEN = 4;
/** What a picture or a file is reckoned at, and more by its size: a long recording or a document is many pictures. */
const TOKENS_PER_BLOB = 1_000;
const BLOB_BYTES_PER_TOKEN = 512;
/** Reserved for an answer whose length the caller did not bound. */
const DEFAULT_OUTPUT_TOKENS = 4_096;

/** What to reserve for a request before it runs. Never an error: an absent `max_tokens` is reckoned with a default. */
export function estimateRequest(wire: ScannedRequest, model: CatalogModel): Estimate {
  const blobTokens = wire.blobs * TOKENS_PER_BLOB + Math.ceil(wire.blobBytes / BLOB_BYTES_PER_TOKEN);
  const inputTokens = wire.inputTokens ?? Math.ceil(wire.textBytes / BYTES_PER_TOKEN) + blobTokens;
  const perChoice = Math.min(wire.maxOutputTokens ?? DEFAULT_OUTPUT_TOKENS, model.maxOutputTokens ?? Infinity);
  const outputTokens = perChoice * wire.choices;
  const { served, webSearches } = wire;
  const asked = { ...(served !== undefined && { served }), ...(webSearches !== undefined && { webSearches }) };
  const tokens = { input: inputTokens, cacheRead: 0, cacheWrite: 0, output: outputTokens, reasoning: 0, ...asked };
  return { inputTokens, outputTokens, costNanoUsd: costNanoUsd(model.prices, tokens), ...asked };
}
