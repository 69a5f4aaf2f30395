import { isRecord } from './audited-object.js';

const OMITTED = '[not recorded]';
const MAX_DEPTH = 8;

/**
 * The fields that the audit log keeps. A field that does not stand here is named without its value, so that a new kind of
 * secret stays out as long as nobody says otherwise.
 */
const FIELDS = new Set(
  [
    'id name project project_id branch branch_id parent_id org_id region_id created_at updated_at expires_at deleted_at',
    'current_state default primary protected init_source endpoints operations roles databases connection_uris',
    'token_id token_id_short scopes principal_type last_used_at revoked_at role',
    'type provider owned_by family status enabled dialects provider_model_id context_length max_input_tokens',
    'max_output_tokens pricing input output cache_read cache_write cache_write_1h input_audio output_audio tiers',
    'modifiers field multiplier fees web_search grounded_request file_search code_container image_text image_input',
    'image_output unpriced',
    'above_input_tokens price_version modalities open_weights release_date knowledge_cutoff tokenizer_label notes source',
    'consumption_period_end consumption_period_start data_storage_bytes_hour provisioner',
    'aliases parameter_policy active_time_seconds compute_time_seconds cpu_used_sec creation_source data_transfer_bytes',
    'state_changed_at written_data_bytes action project failures_count total_duration_ms pg_version platform_id slug',
    'proxy_host branch_logical_size_limit branch_logical_size_limit_bytes store_passwords history_retention_seconds owner_id',
    'settings default_endpoint_settings quota autoscaling_limit_min_cu autoscaling_limit_max_cu suspend_timeout_seconds',
    'last_reset_at parent_timestamp parent_lsn logical_size restored_from restored_as restore_status annotation',
    'changed_fields model from to note adjusted_requests delta_nano_usd delta_usd',
    'kind base_url client_id beta_flags routes upstream_id upstream_model priority weight',
    'organization organization_id management_key home projects rewrapped version changes action fields',
    'ok latency_ms poll_seconds state last_success_at stale_seconds last_attempt_at next_attempt_at failures lifted_at',
    'scope_type scope_id value usd remaining_usd expired reason until pattern',
  ].flatMap(line => line.split(' ')),
);
/** What administrators write as they like: of that only figures and flags. */
const FREE = new Set(['capabilities']);

/** An answer as the audit log keeps it. What is no object leaves nothing. */
export function recordable(answer: unknown): object | null {
  return isRecord(answer) ? keepFields(answer, 0) : null;
}

function keepFields(fields: Record<string, unknown>, depth: number): object {
  const kept = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    kept.map(([name, value]) => {
      if (FREE.has(name)) return [name, keepFigures(value, depth + 1)];
      return [name, FIELDS.has(name) ? keep(value, depth + 1) : OMITTED];
    }),
  );
}

function keep(value: unknown, depth: number): unknown {
  if (depth > MAX_DEPTH) return OMITTED;
  if (Array.isArray(value)) return value.map(item => keep(item, depth + 1));
  return isRecord(value) ? keepFields(value, depth) : value;
}

function keepFigures(value: unknown, depth: number): unknown {
  if (depth > MAX_DEPTH) return OMITTED;
  if (Array.isArray(value)) return value.map(item => keepFigures(item, depth + 1));
  if (isRecord(value)) {
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, keepFigures(item, depth + 1)]));
  }
  return value === null || typeof value === 'boolean' || typeof value === 'number' ? value : OMITTED;
}
