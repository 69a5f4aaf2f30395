import { isObject } from '../json/value.js';
import { type Dialect, DIALECTS } from './dialect.js';

/**
 * What no request may hold, whether it goes on as it came or translated: everybody's requests go through one account at the
 * provider, so a reference into that account would reach what is another tenant's, and a destination of the caller's own
 * would take the request, or the account's credential, elsewhere. docs/refused-fields.md is made of this table.
 */
export interface RefusedField {
  /** as callers and the docs read it; the last part is its name on the wire */
  readonly field: string;
  /** a key of the body, a key anywhere below, or the `type` of an object anywhere below */
  readonly at: 'top' | 'key' | 'type';
  /** how it is written on the wire: Google takes two spellings */
  readonly names: readonly string[];
  readonly dialects: readonly Dialect[];
  /** kinds of upstreams that would act on it; every kind where it is not said. At the top level only. */
  readonly kinds?: readonly string[];
  readonly why: string;
  /** what to do about it */
  readonly instead: string;
  /** its name stands in many requests that do no harm: only its value tells */
  readonly told?: 'by-value';
  /** whether this value does what it is refused for; anything but null, false and nothing at all where it is not said */
  readonly acts?: (value: unknown, where: Where) => boolean;
}

/** Where a value stands. */
export interface Where {
  /** the object that it is a value of; nothing of it at the top level */
  readonly holder: Readonly<Record<string, unknown>>;
  /** the path of that object */
  readonly at: string;
  /** the model that is asked for */
  readonly model: string | null;
}

const STORED = 'the answer would be kept in an account of the provider that all tenants share';
const SHARED = 'it names what lies in an account of the provider that all tenants share';
const ELSEWHERE = 'where a request goes, and with which credential, is not the caller’s to say';
const OTHER_MODEL = 'it names another model than the one that was checked and is billed';
const FETCHES = 'the provider would call a server of the caller’s choice, or a connector of the shared account';
const BILLED = 'it settles who pays in an account of the provider that all tenants share';

const CHAT: readonly Dialect[] = ['chat_completions'];
const MESSAGES: readonly Dialect[] = ['anthropic_messages'];
const RESPONSES: readonly Dialect[] = ['openai_responses'];
const OPENAI: readonly Dialect[] = ['chat_completions', 'openai_responses'];
const GEMINI: readonly Dialect[] = ['gemini_generate_content'];

const INLINE = 'send the content itself';
const LEAVE_OUT = 'leave it out';
const PUBLIC = 'send the content itself, or a public http or https address';

type Row = Omit<RefusedField, 'field' | 'at' | 'names'>;

const top = (names: string, row: Row): RefusedField[] =>
  names.split(' ').map(name => ({ field: name, at: 'top', names: spellings(name), ...row }));
const key = (field: string, row: Row): RefusedField => ({ field, at: 'key', names: spellings(lastOf(field)), ...row });
const type = (field: string, name: string, row: Row): RefusedField => ({ field, at: 'type', names: [name], ...row });

export const REFUSED_FIELDS: readonly RefusedField[] = [
  // what is kept, and what was kept before
  ...top('store', { dialects: [...OPENAI, ...GEMINI], why: STORED, instead: 'send false, or leave it out' }),
  ...top('background', { dialects: RESPONSES, why: STORED, instead: 'ask for a stream' }),
  ...top('deferred', { dialects: CHAT, why: STORED, instead: 'ask for a stream' }),
  ...top('previous_response_id conversation', {
    dialects: RESPONSES,
    why: SHARED,
    instead: 'send the whole conversation in input',
  }),
  ...top('prompt', { dialects: RESPONSES, why: SHARED, instead: 'send its text in instructions' }),
  ...top('agent agent_reference', { dialects: RESPONSES, why: SHARED, instead: LEAVE_OUT }),
  ...top('container', { dialects: MESSAGES, why: SHARED, instead: 'leave it out: every request gets a new one' }),
  ...top('thread', { dialects: MESSAGES, why: STORED, instead: 'send the whole conversation in messages' }),
  key('cachedContent', { dialects: [...GEMINI, ...CHAT], why: SHARED, instead: INLINE }),
  key('continuationToken', { dialects: GEMINI, why: SHARED, instead: INLINE }),
  key('modelArmorConfig', { dialects: GEMINI, why: SHARED, instead: LEAVE_OUT }),
  ...top('preset', { dialects: DIALECTS, why: SHARED, instead: 'send what it holds' }),
  ...top('session_params', { dialects: CHAT, kinds: ['openai-compatible'], why: SHARED, instead: LEAVE_OUT }),
  type('input[] {type: item_reference}', 'item_reference', { dialects: RESPONSES, why: SHARED, instead: INLINE }),
  key('input[].id', {
    dialects: RESPONSES,
    why: SHARED,
    instead: INLINE,
    told: 'by-value',
    acts: (value, { holder, at }) =>
      typeof value === 'string' && /^input\[\d+\]$/.test(at) && isNothing(holder['type']) && isNothing(holder['role']),
  }),
  type('input[] {type: image_generation_call} without its result', 'image_generation_call', {
    dialects: RESPONSES,
    why: SHARED,
    instead: 'send the image in result',
    acts: (_, { holder }) => isNothing(holder['result']),
  }),
  key('messages[].audio', {
    dialects: CHAT,
    why: SHARED,
    instead: 'send the transcript as text',
    acts: value => isObject(value) && !isNothing(value['id']),
  }),
  key('audio.voice', {
    dialects: OPENAI,
    why: SHARED,
    instead: 'name a built-in voice',
    acts: value => typeof value === 'object' && !isNothing(value),
  }),
  key('comparison_response_id', { dialects: OPENAI, why: SHARED, instead: LEAVE_OUT }),
  // files, containers, stores
  key('file_id', { dialects: [...OPENAI, ...MESSAGES], why: SHARED, instead: INLINE, acts: isNoCitation }),
  key('file_ids', { dialects: OPENAI, why: SHARED, instead: INLINE }),
  key('container_id', { dialects: OPENAI, why: SHARED, instead: LEAVE_OUT, acts: isNoCitation }),
  key('tools[].container', {
    dialects: OPENAI,
    why: SHARED,
    instead: 'send {"type": "auto"}',
    acts: value => !isNothing(value) && !(isObject(value) && value['type'] === 'auto'),
  }),
  key('skill_id', { dialects: OPENAI, why: SHARED, instead: 'send the skill itself' }),
  type('tools[] {type: file_search}', 'file_search', { dialects: OPENAI, why: SHARED, instead: INLINE }),
  type('tools[] {type: uc_function}', 'uc_function', { dialects: OPENAI, why: SHARED, instead: 'call it yourself' }),
  key('collection_ids', { dialects: OPENAI, why: SHARED, instead: INLINE }),
  key('library_ids', { dialects: OPENAI, why: SHARED, instead: INLINE }),
  key('vector_store_ids', { dialects: OPENAI, why: SHARED, instead: INLINE }),
  ...top('data_sources', {
    dialects: CHAT,
    kinds: ['azure-openai', 'openai-compatible'],
    why: SHARED,
    instead: INLINE,
  }),
  key('fileUri', {
    dialects: GEMINI,
    why: SHARED,
    instead: PUBLIC,
    acts: value => typeof value !== 'string' || !isPublicAddress(value),
  }),
  key('url', { dialects: CHAT, why: SHARED, instead: PUBLIC, acts: isForeignAddress, told: 'by-value' }),
  key('image_url', { dialects: OPENAI, why: SHARED, instead: PUBLIC, acts: isForeignAddress, told: 'by-value' }),
  key('file_url', { dialects: RESPONSES, why: SHARED, instead: PUBLIC, acts: isForeignAddress, told: 'by-value' }),
  key('tools[].fileSearch', { dialects: GEMINI, why: SHARED, instead: INLINE, acts: isSaidObject }),
  key('tools[].retrieval', { dialects: GEMINI, why: SHARED, instead: INLINE, acts: isSaidObject }),
  // servers that the provider would call
  type('tools[] {type: mcp}', 'mcp', { dialects: OPENAI, why: FETCHES, instead: 'call its tools yourself' }),
  key('server_url', { dialects: OPENAI, why: FETCHES, instead: 'call its tools yourself' }),
  key('connector_id', { dialects: OPENAI, why: FETCHES, instead: 'call its tools yourself' }),
  key('tunnel_id', { dialects: OPENAI, why: FETCHES, instead: 'call its tools yourself' }),
  ...top('mcp_servers', { dialects: [...CHAT, ...MESSAGES], why: FETCHES, instead: 'call their tools yourself' }),
  type('tools[] {type: mcp_toolset}', 'mcp_toolset', {
    dialects: MESSAGES,
    why: FETCHES,
    instead: 'call its tools yourself',
  }),
  key('tools[].mcpServers', { dialects: GEMINI, why: FETCHES, instead: 'call their tools yourself' }),
  key('tools[].googleMaps.authConfig', { dialects: GEMINI, why: ELSEWHERE, instead: LEAVE_OUT }),
  key('generationConfig.generationOutputConfig', {
    dialects: GEMINI,
    why: 'the answer would be written to a storage that the account of the provider reaches',
    instead: LEAVE_OUT,
  }),
  // another model, another place, another payer
  key('tools[].model of an advisor', {
    dialects: MESSAGES,
    why: OTHER_MODEL,
    instead: 'leave the tool out',
    told: 'by-value',
    acts: (value, { holder }) => !isNothing(value) && /^advisor/i.test(String(holder['type'])),
  }),
  ...top('model', {
    dialects: GEMINI,
    why: OTHER_MODEL,
    instead: 'name the model of the path, or leave it out',
    acts: (value, { model }) => typeof value !== 'string' || bareModel(value) !== model,
  }),
  ...top('models model_list fallbacks context_window_fallbacks content_policy_fallbacks route provider plugins', {
    dialects: DIALECTS,
    why: OTHER_MODEL,
    instead: 'leave it out: an administrator gives a model its fallbacks',
  }),
  ...top('router_settings_override user_config providerOptions', {
    dialects: DIALECTS,
    why: OTHER_MODEL,
    instead: 'leave it out: an administrator gives a model its fallbacks',
  }),
  key('generationConfig.routingConfig', { dialects: GEMINI, why: OTHER_MODEL, instead: LEAVE_OUT }),
  key('generationConfig.modelSelectionConfig', { dialects: GEMINI, why: OTHER_MODEL, instead: LEAVE_OUT }),
  ...top('api_base base_url api_url api_key api_type api_version api_host custom_host custom_llm_provider', {
    dialects: DIALECTS,
    why: ELSEWHERE,
    instead: LEAVE_OUT,
  }),
  ...top('extra_headers extra_query default_headers headers litellm_params litellm_credential_name organization', {
    dialects: DIALECTS,
    why: ELSEWHERE,
    instead: LEAVE_OUT,
  }),
  ...top('vertex_credentials vertex_project vertex_location azure_ad_token azure_endpoint client_secret', {
    dialects: DIALECTS,
    why: ELSEWHERE,
    instead: LEAVE_OUT,
  }),
  ...top('aws_access_key_id aws_secret_access_key aws_session_token aws_region_name aws_profile_name', {
    dialects: DIALECTS,
    why: ELSEWHERE,
    instead: LEAVE_OUT,
  }),
  ...top('aws_role_name aws_session_name aws_web_identity_token aws_sts_endpoint aws_bedrock_runtime_endpoint', {
    dialects: DIALECTS,
    why: ELSEWHERE,
    instead: LEAVE_OUT,
  }),
  ...top('kv_transfer_params bootstrap_host bootstrap_port', {
    dialects: CHAT,
    kinds: ['openai-compatible'],
    why: ELSEWHERE,
    instead: LEAVE_OUT,
  }),
  ...top('anthropic_beta', {
    dialects: MESSAGES,
    kinds: ['bedrock', 'vertex'],
    why: 'which beta flags reach a provider is an administrator’s to say',
    instead: 'send the header anthropic-beta',
  }),
  ...top('fallback_credit_token billing_policy', { dialects: MESSAGES, why: BILLED, instead: LEAVE_OUT }),
];

/** Nothing is said: whatever the field would do is not asked for. */
export function isNothing(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

/** `fileId` and `file_id` are one name to Google, and to some that stand before others. */
function spellings(name: string): string[] {
  const snake = name.replaceAll(/[A-Z]/g, letter => `_${letter.toLowerCase()}`);
  const camel = name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return [...new Set([name, snake, camel])];
}

/** Google's names have a path before them. */
export function bareModel(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

/** Of `tools[].model of an advisor` it is `model`. */
function lastOf(field: string): string {
  const [path = field] = field.split(' ');
  return path.split('.').at(-1) ?? path;
}

/** A citation, and what code wrote before, come back with the history: they are read, and nothing is fetched for them. */
function isNoCitation(value: unknown, { holder }: Where): boolean {
  if (isNothing(value)) return false;
  const { type: kind } = holder;
  return typeof kind !== 'string' || !/(?:_citation|_location|^file_path|code_execution_output)$/.test(kind);
}

function isSaidObject(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false;
}

/** Google's own APIs, where a file is the account's. */
const ACCOUNT_HOST = /(?:^|[.-])(?:generativelanguage|aiplatform)\.googleapis\.com$/i;
const FOREIGN = /^(?:gs|gcs|s3a?|file|dbfs|abfss?|wasbs?|hdfs|az|r2|oss):/i;

/** An address that only the provider can read, with the rights of its account or of its machine. */
function isForeignAddress(value: unknown): boolean {
  return typeof value === 'string' && (FOREIGN.test(value) || (/^https?:/i.test(value) && !isPublicAddress(value)));
}

export function isPublicAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return /^https?:$/.test(protocol) && !ACCOUNT_HOST.test(hostname.replace(/\.$/, ''));
}
