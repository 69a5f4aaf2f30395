import { isObject } from '../json/value.js';
import { type Dialect, DIALECTS } from './dialect.js';
import { unknownTools } from './provider-tools.js';
import { isPublicAddress } from './public-address.js';
import {
  bareModel,
  isFetchedElsewhere,
  isNoCitation,
  isNoContent,
  isNothing,
  isSaidObject,
  isThoughtId,
  type Where,
} from './refused-values.js';

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
  /**
   * its name stands in many requests that do no harm: only its value tells. An address, and a scheme where content is expected,
   * are looked at where the name stands; told by another value, a row needs another string of the request to be found by
   */
  readonly told?: 'by-value' | 'by-address' | 'by-scheme';
  /** whether this value does what it is refused for; anything but null, false and nothing at all where it is not said */
  readonly acts?: (value: unknown, where: Where, dialect: Dialect) => boolean;
  /** whether this value is left out where the request is translated, and named: no provider sees it then */
  readonly leftOut?: (where: Where) => boolean;
}

const STORED = 'the answer would be kept in an account of the provider that all tenants share';
const SHARED = 'it names what lies in an account of the provider that all tenants share';
const FOREIGN = 'the provider would fetch what only it can reach, with the rights of its account or of its machine';
const ELSEWHERE = 'where a request goes, and with which credential, is not the caller’s to say';
const OTHER_MODEL = 'it names another model than the one that was checked and is billed';
const FETCHES = 'the provider would call a server of the caller’s choice, or a connector of the shared account';
const RUNS = 'the provider would run code of the caller’s choice';
const UNKNOWN_PRICE = 'the provider would run a tool at a price that is not known';
const BILLED = 'it settles who pays in an account of the provider that all tenants share';

const CHAT: readonly Dialect[] = ['chat_completions'];
const MESSAGES: readonly Dialect[] = ['anthropic_messages'];
const RESPONSES: readonly Dialect[] = ['openai_responses'];
const OPENAI: readonly Dialect[] = ['chat_completions', 'openai_responses'];
const ADDRESSED: readonly Dialect[] = [...CHAT, ...MESSAGES, ...RESPONSES, 'embeddings'];
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
  ...top('store', { dialects: DIALECTS, why: STORED, instead: 'send false, or leave it out' }),
  ...top('background deferred', { dialects: DIALECTS, why: STORED, instead: 'ask for a stream' }),
  ...top('previous_response_id conversation conversation_id thread_id', {
    dialects: DIALECTS,
    why: SHARED,
    instead: 'send the whole conversation',
  }),
  ...top('prompt prompt_id', { dialects: DIALECTS, why: SHARED, instead: 'send its text as instructions' }),
  ...top('agent agent_id agent_reference assistant_id', { dialects: DIALECTS, why: SHARED, instead: LEAVE_OUT }),
  ...top('container', { dialects: DIALECTS, why: SHARED, instead: 'leave it out: every request gets a new one' }),
  ...top('thread', { dialects: DIALECTS, why: STORED, instead: 'send the whole conversation' }),
  ...top('guardrails guardrailConfig amazon-bedrock-guardrailConfig knowledge_base_id lora_path lora_request', {
    dialects: DIALECTS,
    why: SHARED,
    instead: LEAVE_OUT,
  }),
  key('cachedContent', { dialects: [...GEMINI, ...CHAT], why: SHARED, instead: INLINE }),
  key('continuationToken', { dialects: GEMINI, why: SHARED, instead: INLINE }),
  key('modelArmorConfig', { dialects: GEMINI, why: SHARED, instead: LEAVE_OUT }),
  ...top('preset', { dialects: DIALECTS, why: SHARED, instead: 'send what it holds' }),
  ...top('session_params', { dialects: DIALECTS, kinds: ['openai-compatible'], why: SHARED, instead: LEAVE_OUT }),
  type('input[] {type: item_reference}', 'item_reference', {
    dialects: RESPONSES,
    why: SHARED,
    instead: 'send the content itself, as clients do that are told `store: false`',
    leftOut: ({ holder }) => isThoughtId(holder['id']),
  }),
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
  // What a request's own `tools` may hold is asked of the model's prices (`priced-options.ts`).
  ...['additional_tools', 'tool_search_output'].map(name =>
    type(`input[] {type: ${name}} with unknown tools of a provider`, name, {
      dialects: RESPONSES,
      why: UNKNOWN_PRICE,
      instead: 'list only tools that you run yourself',
      acts: (_, { holder }) =>
        unknownTools('openai_responses', { type: 'namespace', tools: holder['tools'] }).length > 0,
    }),
  ),
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
  // What is compared with a request of another's tells of it.
  key('diagnostics.previous_message_id', { dialects: MESSAGES, why: SHARED, instead: 'send null, or leave it out' }),
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
    dialects: DIALECTS,
    kinds: ['azure-openai', 'openai-compatible'],
    why: SHARED,
    instead: INLINE,
  }),
  key('fileUri', {
    dialects: GEMINI,
    why: FOREIGN,
    instead: PUBLIC,
    acts: value => typeof value !== 'string' || !isPublicAddress(value),
  }),
  ...['url', 'image_url', 'video_url', 'audio_url', 'file_url', 'document_url'].map(name =>
    key(name, { dialects: ADDRESSED, why: FOREIGN, instead: PUBLIC, acts: isFetchedElsewhere, told: 'by-address' }),
  ),
  // What takes the content itself, and in some dialects an address in its place.
  ...['file_data', 'data'].map(name =>
    key(name, { dialects: OPENAI, why: FOREIGN, instead: PUBLIC, acts: isNoContent, told: 'by-scheme' }),
  ),
  key('tools[].fileSearch', { dialects: GEMINI, why: SHARED, instead: INLINE, acts: isSaidObject }),
  key('tools[].retrieval', { dialects: GEMINI, why: SHARED, instead: INLINE, acts: isSaidObject }),
  // servers that the provider would call
  type('tools[] {type: mcp}', 'mcp', { dialects: OPENAI, why: FETCHES, instead: 'call its tools yourself' }),
  key('server_url', { dialects: OPENAI, why: FETCHES, instead: 'call its tools yourself' }),
  key('connector_id', { dialects: OPENAI, why: FETCHES, instead: 'call its tools yourself' }),
  key('tunnel_id', { dialects: OPENAI, why: FETCHES, instead: 'call its tools yourself' }),
  ...top('mcp_servers', { dialects: DIALECTS, why: FETCHES, instead: 'call their tools yourself' }),
  type('tools[] {type: mcp_toolset}', 'mcp_toolset', {
    dialects: MESSAGES,
    why: FETCHES,
    instead: 'call its tools yourself',
  }),
  ...top('webhook webhook_url callback_url notify_url callbacks success_callback failure_callback', {
    dialects: DIALECTS,
    why: FETCHES,
    instead: LEAVE_OUT,
  }),
  ...top('custom_logit_processor chat_template', {
    dialects: DIALECTS,
    why: RUNS,
    instead: LEAVE_OUT,
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
  ...top('router_settings_override user_config providerOptions fallback_models safety_model draft_model', {
    dialects: DIALECTS,
    why: OTHER_MODEL,
    instead: 'leave it out: an administrator gives a model its fallbacks',
  }),
  ...top('engine deployment_id model_id target_model compound_custom', {
    dialects: DIALECTS,
    why: OTHER_MODEL,
    instead: LEAVE_OUT,
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
  ...top('vertex_ai_credentials vertex_ai_project vertex_ai_location region_name project project_id endpoint proxy', {
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
    dialects: DIALECTS,
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
  ...top('fallback_credit_token billing_policy input_cost_per_token output_cost_per_token', {
    dialects: DIALECTS,
    why: BILLED,
    instead: LEAVE_OUT,
  }),
];

/** `fileId` and `file_id` are one name to Google, and to some that stand before others. */
function spellings(name: string): string[] {
  const snake = name.replaceAll(/[A-Z]/g, letter => `_${letter.toLowerCase()}`);
  const camel = name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return [...new Set([name, snake, camel])];
}

/** Of `tools[].model of an advisor` it is `model`. */
function lastOf(field: string): string {
  const [path = field] = field.split(' ');
  return path.split('.').at(-1) ?? path;
}
