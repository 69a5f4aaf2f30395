/** A class of the model's own tokens. */
interface TokenClassRow {
  /** of its count; the class that is named like its side holds what no other class of the side does */
  readonly name: string;
  /** in the ledger and in the hourly sums */
  readonly column: `${string}_tokens`;
  /** in a price list, and the label `class` of `bough_tokens_total` */
  readonly price: string;
  readonly side: TokenSide;
  /** where a price list does not say: what its side costs, or so many fifths of what another class does */
  readonly otherwise: 'side' | { readonly of: string; readonly fifths: bigint };
  /** which requests may take such tokens; a reservation counts with the dearest class that its request may need */
  readonly when: 'always' | 'media' | 'speech';
  /** left out of the counts of a request that has none */
  readonly rare: boolean;
  /**
   * For a class that dialects tell as a part of its side's sum: its name among the details of the sum (Gemini: the modality),
   * null where a dialect does not tell it. Null for a class that each dialect tells, and its reader reads, in its own way.
   */
  readonly detail: Readonly<Record<DetailDialect, string | null>> | null;
  /** on a model's card (OpenRouter's names); null where a card does not show it */
  readonly card: string | null;
  /** what the usage API and the docs say of it */
  readonly description: string;
}

/** What a provider's own tool used, which is paid for beside the model's tokens. */
interface ToolClassRow {
  readonly name: string;
  readonly column: string;
  /** among the fees of a price */
  readonly fee: string;
  /** how many of it a fee is for: uses of a tool, or tokens of another model that the tool asks */
  readonly per: 1_000 | 1_000_000;
  /** US dollars where there is no fee: the dearest that was published when this was written, so that a limit holds */
  readonly otherwise: number;
  /**
   * Where it stands in a dialect's usage object (Responses: its `tool_usage`), the first that is said first. Empty where it
   * stands nowhere; a reader may still count it from the answer.
   */
  readonly usage: Readonly<Record<ToolDialect, readonly string[]>>;
  /** the tools that use it, as requests name them */
  readonly tools: readonly RegExp[];
  /** parts of those names, in a body that was not parsed */
  readonly mentions: readonly string[];
  /** what the usage API, the prices and the docs say of it */
  readonly description: string;
}

export type TokenSide = 'input' | 'output';
/** The dialects whose usage has details of a sum. */
export type DetailDialect = 'chat_completions' | 'openai_responses' | 'gemini_generate_content';
/** The dialects whose usage objects tell what tools used. */
type ToolDialect = 'chat_completions' | 'anthropic_messages' | 'openai_responses';

const AUDIO = {
  chat_completions: 'audio_tokens',
  openai_responses: 'audio_tokens',
  gemini_generate_content: 'AUDIO',
} as const;

/**
 * Every class of the model's own tokens that has a price. The classes are disjoint. A price class is one row here, and one
 * column in the schema: docs/contributing/price-class.md.
 */
export const TOKEN_CLASSES = [
  {
    name: 'input',
    column: 'input_tokens',
    price: 'input',
    side: 'input',
    otherwise: 'side',
    when: 'always',
    rare: false,
    detail: null,
    card: 'prompt',
    description: 'text that was neither read from nor written to a cache',
  },
  {
    name: 'cacheRead',
    column: 'cache_read_tokens',
    price: 'cache_read',
    side: 'input',
    otherwise: 'side',
    when: 'always',
    rare: false,
    detail: null,
    card: 'input_cache_read',
    description: 'read from a cache',
  },
  {
    name: 'cacheReadAudio',
    column: 'cache_read_audio_tokens',
    price: 'cache_read_audio',
    side: 'input',
    otherwise: { of: 'cacheRead', fifths: 5n },
    when: 'media',
    rare: true,
    detail: null,
    card: null,
    description: 'audio that was read from a cache',
  },
  {
    name: 'cacheWrite',
    column: 'cache_write_tokens',
    price: 'cache_write',
    side: 'input',
    otherwise: 'side',
    when: 'always',
    rare: false,
    detail: null,
    card: 'input_cache_write',
    description: 'written to a cache for five minutes',
  },
  {
    name: 'cacheWrite1h',
    column: 'cache_write_1h_tokens',
    price: 'cache_write_1h',
    side: 'input',
    // Anthropic, the one maker who sells both terms, asks 1.25 times the input price for five minutes and twice for an hour.
    otherwise: { of: 'cacheWrite', fifths: 8n },
    when: 'always',
    rare: true,
    detail: null,
    card: null,
    description: 'written to a cache for an hour',
  },
  {
    name: 'inputAudio',
    column: 'input_audio_tokens',
    price: 'input_audio',
    side: 'input',
    otherwise: 'side',
    when: 'media',
    rare: true,
    detail: AUDIO,
    card: null,
    description: 'audio that went in',
  },
  {
    name: 'output',
    column: 'output_tokens',
    price: 'output',
    side: 'output',
    otherwise: 'side',
    when: 'always',
    rare: false,
    detail: null,
    card: 'completion',
    description: 'text that came out, reasoning included',
  },
  {
    name: 'outputAudio',
    column: 'output_audio_tokens',
    price: 'output_audio',
    side: 'output',
    otherwise: 'side',
    when: 'speech',
    rare: true,
    detail: AUDIO,
    card: null,
    description: 'audio that came out',
  },
  {
    name: 'outputImage',
    column: 'output_image_tokens',
    price: 'output_image',
    side: 'output',
    otherwise: 'side',
    // A model that draws does so unasked.
    when: 'always',
    rare: true,
    detail: { chat_completions: 'image_tokens', openai_responses: null, gemini_generate_content: 'IMAGE' },
    card: null,
    description: 'pictures that came out',
  },
] as const satisfies readonly TokenClassRow[];

/** Every use of a provider's own tools that has a fee. */
export const TOOL_CLASSES = [
  {
    name: 'webSearches',
    column: 'web_searches',
    fee: 'web_search',
    per: 1_000,
    otherwise: 35,
    usage: {
      // The dialect has no count of searches; bridges to Claude, Grok and Perplexity hand on the one of theirs.
      chat_completions: [
        'server_tool_use.web_search_requests',
        'server_side_tool_usage_details.web_search_calls',
        'num_search_queries',
        'num_sources_used',
      ],
      anthropic_messages: ['server_tool_use.web_search_requests'],
      openai_responses: ['web_search.num_requests'],
    },
    tools: [/^web_search(_|$)/, /^(google_?search|google_?maps)/i],
    mentions: ['web_search', 'oogle'],
    description: 'searches of the web',
  },
  {
    name: 'fileSearches',
    column: 'file_searches',
    fee: 'file_search',
    per: 1_000,
    otherwise: 2.5,
    usage: { chat_completions: [], anthropic_messages: [], openai_responses: [] },
    tools: [/^file_search$/],
    mentions: ['file_search'],
    description: 'searches of files',
  },
  {
    name: 'codeContainers',
    column: 'code_containers',
    fee: 'code_container',
    per: 1_000,
    otherwise: 1_920,
    usage: { chat_completions: [], anthropic_messages: [], openai_responses: [] },
    tools: [/^code_interpreter$/],
    mentions: ['code_interpreter'],
    description: 'containers in which code ran',
  },
  {
    name: 'imageText',
    column: 'image_text_tokens',
    fee: 'image_text',
    per: 1_000_000,
    otherwise: 5,
    usage: {
      chat_completions: [],
      anthropic_messages: [],
      openai_responses: ['image_gen.input_tokens_details.text_tokens'],
    },
    tools: [],
    mentions: [],
    description: 'tokens of text that went into the image tool',
  },
  {
    name: 'imageInput',
    column: 'image_input_tokens',
    fee: 'image_input',
    per: 1_000_000,
    otherwise: 10,
    usage: { chat_completions: [], anthropic_messages: [], openai_responses: ['image_gen.input_tokens'] },
    tools: [],
    mentions: [],
    description: 'tokens of pictures that went into the image tool',
  },
  {
    name: 'imageOutput',
    column: 'image_output_tokens',
    fee: 'image_output',
    per: 1_000_000,
    otherwise: 40,
    usage: { chat_completions: [], anthropic_messages: [], openai_responses: ['image_gen.output_tokens'] },
    tools: [/^image_generation$/],
    mentions: ['image_generation'],
    description: 'tokens of pictures that the image tool made',
  },
] as const satisfies readonly ToolClassRow[];

/** A part of a class that is told, and has no price of its own. */
export const REASONING = {
  name: 'reasoning',
  partOf: 'output',
  column: 'reasoning_tokens',
  description: 'the part of the output that was reasoning',
} as const;

type TokenRow = (typeof TOKEN_CLASSES)[number];
/** The model's own tokens, by the name of their count; a tier for long prompts, and a way to serve, change their prices. */
export type TokenClass = TokenRow['name'];
/** The classes that a dialect may tell as a part of a side's sum. */
export type DetailClass = Extract<TokenRow, { readonly detail: object }>['name'];
export type RareClass = Extract<TokenRow, { readonly rare: true }>['name'];
/** The key of a class in a price list. */
export type PriceKey = TokenRow['price'];

export type ToolClass = (typeof TOOL_CLASSES)[number]['name'];
/** `grounded_request` is paid once for a request in which the model searched at all, however often. */
export type FeeName = (typeof TOOL_CLASSES)[number]['fee'] | 'grounded_request';

/** Everything that is counted and priced, the model's own tokens first. */
export const COUNTED_CLASSES = [...TOKEN_CLASSES, ...TOOL_CLASSES] as const;
/** Everything that is counted, each with its name among the counts, its column and a description. */
export const COUNTS = [...TOKEN_CLASSES, REASONING, ...TOOL_CLASSES] as const;
export type CountColumn = (typeof COUNTS)[number]['column'];
export const COUNT_COLUMNS: readonly CountColumn[] = COUNTS.map(({ column }) => column);
