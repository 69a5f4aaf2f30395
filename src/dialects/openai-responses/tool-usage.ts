import { asObject, type JsonObject } from '../../json/value.js';
import { readToolCounts } from '../served.js';
import type { ToolCounts } from '../token-counts.js';

/**
 * What the vendor's own tools used. `tool_usage` is the vendor's word; where it is not given, the calls among the output are
 * counted: searches, not pages that were opened, and each container once, however often code ran in it.
 */
export function readToolUsage({ output, tool_usage: said }: JsonObject): ToolCounts {
  const usage = asObject(said) ?? {};
  const items: readonly unknown[] = Array.isArray(output) ? output : [];
  const calls = items.map(asObject).filter(item => item !== null);
  const images = asObject(usage['image_gen']) ?? {};
  const inDetails = asObject(images['input_tokens_details']) ?? {};
  const imageText = count(inDetails['text_tokens']);
  return readToolCounts({
    webSearches: asObject(usage['web_search'])?.['num_requests'] ?? calls.filter(isSearch).length,
    fileSearches: calls.filter(({ type }) => type === 'file_search_call').length,
    codeContainers: containersOf(calls),
    imageText,
    imageInput: Math.max(0, count(images['input_tokens']) - imageText),
    imageOutput: images['output_tokens'],
  });
}

function isSearch({ type, action, status }: JsonObject): boolean {
  if (type !== 'web_search_call' || status === 'failed') return false;
  return (asObject(action)?.['type'] ?? 'search') === 'search';
}

function containersOf(calls: readonly JsonObject[]): number {
  const runs = calls.filter(({ type }) => type === 'code_interpreter_call');
  return new Set(runs.map(({ container_id: container }) => container)).size;
}

function count(value: unknown): number {
  return Number.isSafeInteger(value) && (value as number) > 0 ? (value as number) : 0;
}
