import type { TokenCounts, ToolCounts } from './token-counts.js';

/** The model's own tokens, by the name of their count; a tier for long prompts, and a way to serve, change their prices. */
export type TokenClass = (typeof TOKEN_CLASSES)[number]['name'];

/**
 * Every class of the model's own tokens that has a price: its count, its column in the ledger and in the sums, its key in a
 * price list, and the side whose price holds for it where it has none of its own. A price class is one row here (and one
 * column in the schema).
 */
export const TOKEN_CLASSES = [
  { name: 'input', column: 'input_tokens', price: 'input', side: 'input' },
  { name: 'cacheRead', column: 'cache_read_tokens', price: 'cache_read', side: 'input' },
  { name: 'cacheWrite', column: 'cache_write_tokens', price: 'cache_write', side: 'input' },
  { name: 'cacheWrite1h', column: 'cache_write_1h_tokens', price: 'cache_write_1h', side: 'input' },
  { name: 'inputAudio', column: 'input_audio_tokens', price: 'input_audio', side: 'input' },
  { name: 'output', column: 'output_tokens', price: 'output', side: 'output' },
  { name: 'outputAudio', column: 'output_audio_tokens', price: 'output_audio', side: 'output' },
] as const satisfies readonly {
  readonly name: keyof TokenCounts;
  readonly column: string;
  readonly price: string;
  readonly side: 'input' | 'output';
}[];

/**
 * What the provider's own tools used, by the name of its count: its column, its key among the fees of a price, how many of it
 * a fee is for, and what it costs where there is no fee for it: the dearest that was published when this was written, so that
 * a limit holds. Fees are US dollars.
 */
export const TOOL_CLASSES = [
  { name: 'webSearches', column: 'web_searches', fee: 'web_search', per: 1_000, otherwise: 35 },
  { name: 'fileSearches', column: 'file_searches', fee: 'file_search', per: 1_000, otherwise: 2.5 },
  { name: 'codeContainers', column: 'code_containers', fee: 'code_container', per: 1_000, otherwise: 1_920 },
  { name: 'imageText', column: 'image_text_tokens', fee: 'image_text', per: 1_000_000, otherwise: 5 },
  { name: 'imageInput', column: 'image_input_tokens', fee: 'image_input', per: 1_000_000, otherwise: 10 },
  { name: 'imageOutput', column: 'image_output_tokens', fee: 'image_output', per: 1_000_000, otherwise: 40 },
] as const satisfies readonly {
  readonly name: keyof ToolCounts;
  readonly column: string;
  readonly fee: string;
  readonly per: 1_000 | 1_000_000;
  readonly otherwise: number;
}[];

export type ToolClass = (typeof TOOL_CLASSES)[number]['name'];
/** `grounded_request` is paid once for a request in which the model searched at all, however often. */
export type FeeName = (typeof TOOL_CLASSES)[number]['fee'] | 'grounded_request';

/** Everything that is counted and priced, the model's own tokens first. */
export const COUNTED_CLASSES = [...TOKEN_CLASSES, ...TOOL_CLASSES] as const;
/** The columns of all counts: reasoning is told, and has no price of its own. */
export type CountColumn = (typeof COUNTED_CLASSES)[number]['column'] | 'reasoning_tokens';
export const COUNT_COLUMNS: readonly CountColumn[] = [
  ...COUNTED_CLASSES.map(({ column }) => column),
  'reasoning_tokens',
];
