// Written by scripts/generate-client.mjs from the document of the routes (/docs-json): change that, not this.

/** What was done, and what came of it. */
export interface Answer<Status extends number, Body> {
  readonly status: Status;
  readonly headers: Headers;
  readonly body: Body;
}

export interface ClientOptions {
  /** of the gateway, without a path */
  readonly baseUrl: string;
  /** a management key, or a token of the OpenID issuer */
  readonly key: string;
  /** instead of the global one */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
}

/** What is not a success. The body says why, in the form of the interface that was called. */
export class ApiFailure extends Error {
  constructor(
    readonly status: number,
    readonly headers: Headers,
    readonly body: unknown,
  ) {
    super(`the gateway answered ${status}: ${JSON.stringify(body)}`);
    this.name = 'ApiFailure';
  }
}

interface Sent {
  readonly path?: object;
  readonly query?: object;
  readonly headers?: object;
  readonly body?: unknown;
}

/** Bodies of requests and answers. */
export interface Schemas {
  AddLineageSourceBody: {
    /** the project there, and by the same id here */
    project_id: string;

    /** a key that may read the project; sealed, never shown again */
    api_key: string;

    /** https, or plain http for loopback */
    base_url?: string;

    /** how often it is read; null: as the installation says */
    poll_seconds?: number | null;
  };
  AddModelBody: {
    /** what is done with a parameter that the model is known to reject: an early error, taken out and named in x-bough-losses, or sent on */
    parameter_policy?: 'reject' | 'adapt' | 'pass';

    /** other names under which callers may ask for it */
    aliases?: string[];

    /** the provider where none is given */
    owned_by?: string;
    family?: string | null;

    /** such as active, deprecated or retired */
    status?: string;

    /** whether callers may use it; they see it listed all the same */
    enabled?: boolean;

    /** what the maker’s own API calls it */
    provider_model_id?: string | null;
    context_length?: number | null;
    max_input_tokens?: number | null;

    /** 0 where it answers with no tokens, as embeddings do */
    max_output_tokens?: number | null;

    /** input and output are given together (embeddings: input); 0 where it is free, {} where no price is known: such a model is charged by the price for unpriced models */
    pricing?: Schemas['Pricing'];
    modalities?: Schemas['Modalities'];

    /** what the model can do and which parameters it refuses */
    capabilities?: Record<string, unknown>;
    open_weights?: boolean;

    /** a day, month or year such as 2026-09 */
    release_date?: string | null;

    /** a day, month or year such as 2026-09 */
    knowledge_cutoff?: string | null;
    tokenizer_label?: string;
    notes?: string[];

    /** what callers send as `model` */
    id: string;
    type: 'chat' | 'embedding';
    name: string;
    provider: string;

    /** the dialects in which callers may ask for it */
    dialects: (
      'chat_completions' | 'anthropic_messages' | 'openai_responses' | 'gemini_generate_content' | 'embeddings'
    )[];
  };
  AddOrganizationBody: { name: string };
  AddRouteBody: {
    /** an id of the catalog */
    model: string;

    /** what the upstream calls the model; where none is given, `databricks-<model>` for databricks, else the catalog’s `provider_model_id`, else the id. Bedrock’s must be given */
    upstream_model?: string;

    /** lower is tried first */
    priority?: number;

    /** share among routes of the same priority */
    weight?: number;
    upstream_id: string;
  };
  AddUpstreamBody: {
    /** unique; callers read it in x-bough-upstream */
    name: string;
    kind:
      'databricks' | 'openai' | 'azure-openai' | 'openai-compatible' | 'anthropic' | 'gemini' | 'vertex' | 'bedrock';

    /** https, or plain http for loopback */
    base_url: string;

    /** API key, access token, client secret, secret access key (with `:` and a session token), or a service account’s JSON key in base64; sealed, never shown again */
    secret?: string;

    /** OAuth client id (databricks) or access key id (bedrock); without one the secret is a token */
    client_id?: string | null;

    /** which of a caller’s `anthropic-beta` flags go on to it, such as `context-1m-2025-08-07`, `*` at the end for any rest; the others are withheld and named. null: all for anthropic and databricks, none for the other kinds */
    beta_flags?: string[] | null;
    enabled?: boolean;
    routes?: Schemas['NewRoute'][];
  };
  AdminOrganization: {
    id: string;
    name: string;

    /** whether its administrators run the installation; one organization is */
    home: boolean;

    /** that live */
    projects: number;
    created_at: string;
  };
  AdminOrganizationList: {
    /** absent on the last page */
    pagination?: Schemas['Pagination'];

    /** oldest first */
    organizations: Schemas['AdminOrganization'][];
  };
  AiGateway: {
    enabled: boolean;

    /** what a client calls its base URL: scheme, host and, on a single host, the branch’s path */
    base_url: string;
  };
  AnnotatedObject: { type: 'console/branch'; id: string };
  Annotation: {
    object: Schemas['AnnotatedObject'];
    value: Record<string, string>;
    created_at: string;
    updated_at: string;
  };
  AppliedConfiguration: {
    /** whether this is only what would have been done */
    dry_run: boolean;

    /** in the order in which they are made */
    changes: Schemas['ConfigurationChange'][];

    /** of the configuration as it is now, for If-Match */
    version: string;
  };
  AuditEntryView: {
    id: string;
    occurred_at: string;

    /** a management key, or `oidc:` and a subject */
    actor_id: string;

    /** as it was called then */
    actor_name: string;

    /** as it was then */
    actor_role: string;
    action: string;
    object_kind: string;
    object_id: string | null;
    project_id: string | null;

    /** refused to the caller (4xx), failed here (5xx) */
    outcome: 'done' | 'refused' | 'failed';
    status: number;
    request_id: string;
    client_address: string;

    /** what the object looked like, where it was there and looking was cheap */
    before: Record<string, unknown> | null;

    /** what was answered; fields that may hold a secret are named without their value */
    after: Record<string, unknown> | null;
  };
  AuditPage: {
    /** absent on the last page */
    pagination?: Schemas['Pagination'];

    /** newest first */
    entries: Schemas['AuditEntryView'][];
  };
  AuthDetails: {
    /** the organization’s id */
    account_id: string;
    auth_method: 'api_key_org';

    /** the management key’s id */
    auth_data: string;
  };
  Block: {
    id: string;
    scope_type: 'account' | 'project' | 'branch' | 'credential';
    scope_id: string;
    reason?: string;

    /** absent where it holds until it is lifted */
    until?: string;
    created_at: string;

    /** absent unless it was lifted */
    lifted_at?: string;
  };
  BlockList: {
    /** absent on the last page */
    pagination?: Schemas['Pagination'];
    blocks: Schemas['Block'][];
  };
  Branch: {
    id: string;
    project_id: string;

    /** absent for a root */
    parent_id?: string;
    name: string;
    current_state: 'ready';
    state_changed_at: string;
    creation_source: string;

    /** whether new branches grow from it when they name no parent */
    default: boolean;

    /** the former name of `default` */
    primary: boolean;
    protected: boolean;
    init_source: 'parent-data' | 'schema-only';
    expires_at?: string;

    /** the time that `expires_at` was set for; a reset sets it anew */
    ttl_interval_seconds?: number;

    /** the last reset or restore */
    last_reset_at?: string;

    /** of a deleted branch alone */
    recovery?: Schemas['BranchRecovery'];
    cpu_used_sec: 0;
    active_time_seconds: 0;
    compute_time_seconds: 0;
    written_data_bytes: 0;
    data_transfer_bytes: 0;
    created_at: string;
    updated_at: string;
  };
  BranchAnswer: { branch: Schemas['Branch']; annotation: Schemas['Annotation'] };
  BranchCount: { count: number };
  BranchDefault: {
    id: string;
    project_id: string;
    pattern: string;

    /** absent for all models together */
    model?: string;
    kind:
      | 'requests_per_minute'
      | 'tokens_per_minute'
      | 'concurrent_requests'
      | 'spend_per_day'
      | 'spend_per_month'
      | 'spend_total';
    value?: number;

    /** US dollars, for spend */
    usd?: string;

    /** for tokens and spend: whether it is not passed at all */
    hard?: boolean;
    created_at: string;
  };
  BranchDefaultList: {
    /** absent on the last page */
    pagination?: Schemas['Pagination'];
    branch_defaults: Schemas['BranchDefault'][];
  };
  BranchList: {
    branches: Schemas['Branch'][];

    /** by branch id, of the branches that have one */
    annotations: Record<string, Schemas['Annotation']>;

    /** absent on the last page */
    pagination?: Schemas['SortedPagination'];
  };
  BranchRecovery: {
    deleted_at: string;
    recoverable_until: string;

    /** deleted by somebody, or because its time was over */
    deletion_method: 'user' | 'ttl';
  };
  BranchUpdates: {
    /** unique in the project */
    name?: string;

    /** a protected branch is neither deleted nor reset, nor is its project deleted */
    protected?: boolean;

    /** from then on the branch counts as deleted; null: never */
    expires_at?: string | null;
  };
  ChangeBlockBody: {
    /** null: until it is lifted */
    until?: string | null;

    /** the same as a time from now, instead of `until` */
    for_seconds?: number;

    /** null: none */
    reason?: string | null;
  };
  ChangeLimitBody: {
    /** requests or tokens a minute, or requests at once */
    value?: number;

    /** for spend: US dollars such as 12.50, with up to nine decimals */
    usd?: string;

    /** for tokens and spend: a request reserves the most that it can take, not what is likely, so that the limit is not passed; stays as it is unless given */
    hard?: boolean;
  };
  ChangeLineageSourceBody: {
    /** another key for the same source */
    api_key?: string;

    /** how often it is read; null: as the installation says */
    poll_seconds?: number | null;
  };
  ChangeManagementKeyBody: { name?: string; role?: 'viewer' | 'editor' | 'admin' | 'owner' };
  ChangeModelBody: {
    /** what is done with a parameter that the model is known to reject: an early error, taken out and named in x-bough-losses, or sent on */
    parameter_policy?: 'reject' | 'adapt' | 'pass';

    /** other names under which callers may ask for it */
    aliases?: string[];

    /** the provider where none is given */
    owned_by?: string;
    family?: string | null;

    /** such as active, deprecated or retired */
    status?: string;

    /** whether callers may use it; they see it listed all the same */
    enabled?: boolean;

    /** what the maker’s own API calls it */
    provider_model_id?: string | null;
    context_length?: number | null;
    max_input_tokens?: number | null;

    /** 0 where it answers with no tokens, as embeddings do */
    max_output_tokens?: number | null;

    /** input and output are given together (embeddings: input); 0 where it is free, {} where no price is known: such a model is charged by the price for unpriced models */
    pricing?: Schemas['Pricing'];
    modalities?: Schemas['Modalities'];

    /** what the model can do and which parameters it refuses */
    capabilities?: Record<string, unknown>;
    open_weights?: boolean;

    /** a day, month or year such as 2026-09 */
    release_date?: string | null;

    /** a day, month or year such as 2026-09 */
    knowledge_cutoff?: string | null;
    tokenizer_label?: string;
    notes?: string[];
    name?: string;
    provider?: string;

    /** the dialects in which callers may ask for it */
    dialects?: (
      'chat_completions' | 'anthropic_messages' | 'openai_responses' | 'gemini_generate_content' | 'embeddings'
    )[];
  };
  ChangeOrganizationBody: { name: string };
  ChangeRouteBody: {
    /** what the upstream calls the model */
    upstream_model?: string;

    /** lower is tried first */
    priority?: number;

    /** share among routes of the same priority */
    weight?: number;
  };
  ChangeUpstreamBody: {
    name?: string;

    /** another host needs the secret anew: a stored one is never sent elsewhere */
    base_url?: string;

    /** API key, access token, client secret, secret access key (with `:` and a session token), or a service account’s JSON key in base64; sealed, never shown again */
    secret?: string;

    /** OAuth client id (databricks) or access key id (bedrock); without one the secret is a token */
    client_id?: string | null;

    /** which of a caller’s `anthropic-beta` flags go on to it, such as `context-1m-2025-08-07`, `*` at the end for any rest; the others are withheld and named. null: all for anthropic and databricks, none for the other kinds */
    beta_flags?: string[] | null;
    enabled?: boolean;
  };
  ChangedBranch: {
    branch: Schemas['Branch'];

    /** finished all of them */
    operations: Schemas['Operation'][];
  };
  ChangedProject: { project: Schemas['Project']; operations: Schemas['Operation'][] };
  Configuration: {
    /** added or changed by their ids; what a row leaves out stays, and models that are not named stay */
    models?: Schemas['AddModelBody'][];

    /** all upstreams there shall be, by their names, each with all its routes; others are deleted */
    upstreams?: Schemas['ConfiguredUpstream'][];

    /** all limits there shall be in the own organization, by scope, kind and model; others are deleted, but not those that branches got when they were made */
    limits?: Schemas['PutLimitBody'][];
  };
  ConfigurationChange: {
    action: 'create' | 'update' | 'delete';
    kind: 'model' | 'upstream' | 'route' | 'limit';

    /** what the document knows it by */
    id: string;

    /** which fields become others; never their values */
    fields: string[];
  };
  ConfiguredUpstream: {
    /** unique; callers read it in x-bough-upstream */
    name: string;
    kind:
      'databricks' | 'openai' | 'azure-openai' | 'openai-compatible' | 'anthropic' | 'gemini' | 'vertex' | 'bedrock';

    /** https, or plain http for loopback */
    base_url: string;

    /** API key, access token, client secret, secret access key (with `:` and a session token), or a service account’s JSON key in base64; sealed, never shown again */
    secret?: string;

    /** OAuth client id (databricks) or access key id (bedrock); without one the secret is a token */
    client_id?: string | null;

    /** which of a caller’s `anthropic-beta` flags go on to it, such as `context-1m-2025-08-07`, `*` at the end for any rest; the others are withheld and named. null: all for anthropic and databricks, none for the other kinds */
    beta_flags?: string[] | null;
    enabled?: boolean;
    routes?: Schemas['NewRoute'][];

    /** the variable of the gateway’s environment that holds the secret, in the secret’s place */
    secret_env?: string;
  };
  ConnectionUri: { uri: string };
  CorrectPriceBody: {
    /** names the correction: to repeat it changes nothing */
    id?: string;

    /** what the requests should have cost; input must be given */
    pricing: Schemas['Pricing'];

    /** from this moment on; within the time that the ledger is kept */
    from: string;

    /** before this moment; up to now where none is given */
    to?: string;
    note: string;
  };
  CreateBranchBody: {
    branch?: Schemas['NewBranchFields'];

    /** accepted for compatibility, without effect: there are no computes */
    endpoints?: Record<string, unknown>[];

    /** texts kept with the branch */
    annotation_value?: Record<string, string>;
  };
  CreateCredentialBody: {
    name?: string;

    /** fixed once issued */
    scopes: ('storage:read' | 'storage:write' | 'ai_gateway:invoke' | 'functions:invoke')[];

    /** the other types are internal */
    principal_type: 'user';

    /** an extension: the credential is refused from then on */
    expires_at?: string | null;
  };
  CreateManagementKeyBody: {
    name: string;

    /** each may do what those before it may */
    role: 'viewer' | 'editor' | 'admin' | 'owner';

    /** the one project that the key is for; the whole organization where none is given */
    project_id?: string;
  };
  CreateProjectBody: { project?: Schemas['NewProject'] };
  CreatedBranch: {
    branch: Schemas['Branch'];

    /** finished all of them */
    operations: Schemas['Operation'][];
    endpoints: Record<string, unknown>[];
    roles: Record<string, unknown>[];
    databases: Record<string, unknown>[];
    connection_uris: Record<string, unknown>[];
  };
  CreatedProject: {
    project: Schemas['Project'];
    operations: Schemas['Operation'][];
    branch: Schemas['Branch'];
    connection_uris: Record<string, unknown>[];
    roles: Record<string, unknown>[];
    databases: Record<string, unknown>[];
    endpoints: Record<string, unknown>[];
  };
  Credential: {
    token_id: string;
    token_id_short: string;
    name?: string;
    scopes: ('storage:read' | 'storage:write' | 'ai_gateway:invoke' | 'functions:invoke')[];
    branch_id: string;
    principal_type: 'user';
    created_at: string;
    last_used_at?: string;
    revoked_at?: string;
    expires_at?: string;
  };
  CredentialList: { credentials: Schemas['Credential'][] };
  CredentialSecrets: {
    token_id: string;
    api_token: string;

    /** part of the published shape; Bough has no object storage */
    s3_secret_access_key: string;
  };
  Credit: {
    /** may be below zero: an answer is metered after it was given */
    balance_usd: string;

    /** at this balance requests are refused */
    minimum_balance_usd: string;

    /** oldest first */
    grants: Schemas['CreditGrant'][];

    /** false for an organization without any grant: then nothing is limited by credit */
    enforced: boolean;
  };
  CreditEntry: {
    id: string;

    /** an adjustment comes from a correction of prices */
    kind: 'grant' | 'spend-through' | 'adjustment' | 'expiry';

    /** what it added to the balance, or took */
    usd: string;

    /** after it */
    balance_usd: string;

    /** absent for spend that no grant covers */
    grant_id?: string;
    occurred_at: string;
  };
  CreditGrant: {
    id: string;

    /** whose it is */
    organization_id: string;

    /** US dollars that were given */
    usd: string;

    /** what is left of them */
    remaining_usd: string;
    note?: string;
    created_at: string;
    expires_at: string | null;

    /** whether its time is over */
    expired: boolean;
  };
  CreditHistory: {
    /** absent on the last page */
    pagination?: Schemas['Pagination'];

    /** newest first */
    entries: Schemas['CreditEntry'][];
  };
  CurrentUser: {
    /** the management key’s: keys are not bound to persons */
    id: string;

    /** no address: nothing can be sent to it */
    email: string;

    /** the name of the management key */
    login: string;

    /** the name of the management key */
    name: string;
    last_name: string;
    image: string;
    auth_accounts: Record<string, unknown>[];
    plan: string;
    projects_limit: number;
    branches_limit: number;

    /** 0: none */
    max_autoscaling_limit: number;

    /** 0: none */
    active_seconds_limit: number;
  };
  Database: {
    id: 0;
    branch_id: string;
    name: 'no-database';
    owner_name: 'no-database';
    created_at: string;
    updated_at: string;
  };
  DatabaseList: { databases: Schemas['Database'][] };
  Doomed: { kind: string; id: string };
  DryRun: {
    dry_run: true;

    /** null where nothing is left to delete */
    would_delete: Schemas['Doomed'] | null;

    /** served by nothing but the sandbox from then on */
    models_left_without_a_route?: string[];

    /** that go with it */
    routes?: number;

    /** that end with it; of a lineage source: that follow no longer */
    branches?: number;

    /** that open nothing from then on; of a lineage source: on its tree */
    credentials?: number;

    /** that open nothing from then on */
    management_keys?: number;

    /** that it served or that were made with it, by the full hour */
    requests_last_24h?: number;
  };
  EffectiveBlock: {
    id: string;
    scope_type: 'account' | 'project' | 'branch' | 'credential';
    scope_id: string;
    reason?: string;

    /** absent where it holds until it is lifted */
    until?: string;
    created_at: string;

    /** absent unless it was lifted */
    lifted_at?: string;
    scope_name?: string;

    /** whether it is set above the branch */
    inherited: boolean;
  };
  EffectiveLimit: {
    scope_type: 'account' | 'project' | 'branch' | 'credential';
    scope_id: string;
    scope_name?: string;

    /** absent for all models together */
    model?: string;
    kind:
      | 'requests_per_minute'
      | 'tokens_per_minute'
      | 'concurrent_requests'
      | 'spend_per_day'
      | 'spend_per_month'
      | 'spend_total';

    /** requests or tokens a minute, or requests at once */
    value?: number;

    /** US dollars, for spend */
    usd?: string;

    /** for tokens and spend: whether it is not passed at all */
    hard?: boolean;

    /** set by an administrator, by the configuration, by a default for new branches, or by credit */
    source: 'set' | 'default' | 'branch_default' | 'credit';

    /** of the stored limit */
    limit_id?: string;

    /** whether it is set above the branch */
    inherited: boolean;
    window: Schemas['EffectiveWindow'];

    /** in the present window; US dollars as a text for spend */
    used: number | string;

    /** held for requests that run, and by replicas for those to come */
    reserved: number | string;
    remaining: number | string;
  };
  EffectiveLimits: { limits: Schemas['EffectiveLimit'][]; blocks: Schemas['EffectiveBlock'][] };
  EffectiveWindow: {
    /** absent where the limit has no window */
    begins_at?: string;
    resets_at?: string;
  };
  EndpointList: {
    /** there are no computes */
    endpoints: Record<string, unknown>[];
  };
  Fees: {
    /** US dollars per thousand searches of the web */
    web_search?: number | null;

    /** US dollars per thousand requests in which the model searched the web */
    grounded_request?: number | null;

    /** US dollars per thousand searches of files */
    file_search?: number | null;

    /** US dollars per thousand containers in which code ran */
    code_container?: number | null;

    /** US dollars per million tokens of text that went into the image tool */
    image_text?: number | null;

    /** US dollars per million tokens of pictures that went into it */
    image_input?: number | null;

    /** US dollars per million tokens of pictures that it made */
    image_output?: number | null;
  };
  GrantCreditBody: {
    /** US dollars, 0.01 or more, with up to nine decimals */
    usd: string;

    /** one’s own where none is given */
    organization_id?: string;

    /** when what is left is gone; never, unless given */
    expires_at?: string | null;
    note?: string;
  };
  IssuedCredential: {
    token_id: string;

    /** may be logged */
    token_id_short: string;
    name?: string;

    /** the token for the gateway */
    api_token: string;

    /** part of the published shape; Bough has no object storage */
    s3_secret_access_key: string;
    scopes: ('storage:read' | 'storage:write' | 'ai_gateway:invoke' | 'functions:invoke')[];
    branch_id: string;
    created_at: string;
    expires_at?: string;
  };
  IssuedManagementKey: {
    id: string;
    name: string;
    role: 'viewer' | 'editor' | 'admin' | 'owner';

    /** absent for a key of the whole organization */
    project_id?: string;
    created_at: string;

    /** to the minute; absent where it was never used */
    last_used_at?: string;
    revoked_at?: string;

    /** the key itself; shown this once */
    key: string;
  };
  Limit: {
    id: string;
    scope_type: 'account' | 'project' | 'branch' | 'credential';
    scope_id: string;

    /** absent for all models together */
    model?: string;
    kind:
      | 'requests_per_minute'
      | 'tokens_per_minute'
      | 'concurrent_requests'
      | 'spend_per_day'
      | 'spend_per_month'
      | 'spend_total';

    /** requests or tokens a minute, or requests at once */
    value?: number;

    /** US dollars, for spend */
    usd?: string;

    /** for tokens and spend: whether it is not passed at all */
    hard?: boolean;
    created_at: string;
    updated_at: string;
  };
  LimitList: {
    /** absent on the last page */
    pagination?: Schemas['Pagination'];
    limits: Schemas['Limit'][];
  };
  LineageSource: {
    id: string;
    project_id: string;
    base_url: string;

    /** how often it is read; null: as the installation says */
    poll_seconds: number | null;

    /** how the last attempt ended */
    state: 'current' | 'failing';
    last_success_at: string | null;

    /** since the last success: so old the tree may be */
    stale_seconds: number | null;
    last_attempt_at: string | null;
    next_attempt_at: string;

    /** in a row */
    failures: number;
    last_error: string | null;
    created_at: string;
  };
  LineageSourceList: {
    /** absent on the last page */
    pagination?: Schemas['Pagination'];
    lineage_sources: Schemas['LineageSource'][];
  };
  ListedProject: {
    id: string;
    name: string;
    platform_id: string;
    region_id: string;
    org_id: string;

    /** the organization */
    owner_id: string;
    provisioner: string;
    creation_source: string;

    /** the host under which this installation is reached */
    proxy_host: string;

    /** kept and given back, without effect: Bough keeps no data */
    pg_version: number;

    /** kept and given back, without effect: Bough keeps no data */
    store_passwords: boolean;

    /** kept and given back, without effect: Bough keeps no data */
    history_retention_seconds?: number;

    /** kept and given back, without effect: Bough keeps no data */
    settings?: Record<string, unknown>;

    /** kept and given back, without effect: Bough keeps no data */
    default_endpoint_settings?: Record<string, unknown>;
    branch_logical_size_limit: 0;
    branch_logical_size_limit_bytes: 0;
    cpu_used_sec: 0;
    created_at: string;
    updated_at: string;
    active_time: 0;
    deleted_at?: string;
    recoverable_until?: string;
  };
  ManagementKey: {
    id: string;
    name: string;
    role: 'viewer' | 'editor' | 'admin' | 'owner';

    /** absent for a key of the whole organization */
    project_id?: string;
    created_at: string;

    /** to the minute; absent where it was never used */
    last_used_at?: string;
    revoked_at?: string;
  };
  ManagementKeyList: {
    /** absent on the last page */
    pagination?: Schemas['Pagination'];

    /** newest first, revoked ones included */
    management_keys: Schemas['ManagementKey'][];
  };
  MemberList: {
    /** management keys belong to an organization, not to persons */
    members: Record<string, unknown>[];
  };
  Modalities: {
    input: ('text' | 'image' | 'pdf' | 'audio' | 'video' | 'embedding')[];
    output: ('text' | 'image' | 'pdf' | 'audio' | 'video' | 'embedding')[];
  };
  Model: {
    id: string;
    name: string;
    type: 'chat' | 'embedding';
    provider: string;
    owned_by: string;
    family: string | null;
    status: string;
    enabled: boolean;
    dialects: (
      'chat_completions' | 'anthropic_messages' | 'openai_responses' | 'gemini_generate_content' | 'embeddings'
    )[];
    provider_model_id: string | null;
    context_length: number | null;
    max_input_tokens: number | null;
    max_output_tokens: number | null;

    /** US dollars per million tokens */
    pricing: Schemas['Pricing'];

    /** whether no price is known: it is charged by the price for unpriced models, and its usage is marked */
    unpriced: boolean;

    /** counts the prices that the model has had; 0 where none was written down yet */
    price_version: number;
    modalities: Schemas['Modalities'];

    /** what the model can do and which parameters it refuses */
    capabilities: Record<string, unknown>;
    open_weights: boolean;
    release_date: string | null;
    knowledge_cutoff: string | null;
    tokenizer_label: string;
    parameter_policy: 'reject' | 'adapt' | 'pass';
    aliases: string[];
    notes: string[];

    /** who brought the model: a release of Bough, or an administrator */
    source: 'seed' | 'admin';

    /** the columns an administrator has set: an upgrade leaves them alone */
    changed_fields: string[];
    created_at: string;
    updated_at: string;
  };
  ModelList: {
    /** absent on the last page */
    pagination?: Schemas['Pagination'];
    models: Schemas['Model'][];
  };
  NewBranchFields: {
    /** the project’s default branch where none is given */
    parent_id?: string;

    /** unique in the project; the id where none is given */
    name?: string;

    /** `schema-only` makes a new root */
    init_source?: 'parent-data' | 'schema-only';

    /** from then on the branch counts as deleted */
    expires_at?: string | null;

    /** a protected branch is neither deleted nor reset, nor is its project deleted */
    protected?: boolean;

    /** branches cannot be archived here: leave it out */
    archived?: false;

    /** accepted for compatibility, without effect: Bough keeps no data */
    parent_lsn?: string;

    /** accepted for compatibility, without effect: Bough keeps no data */
    parent_timestamp?: string;
  };
  NewOrganization: {
    organization: Schemas['AdminOrganization'];

    /** its first owner; the key is shown this once */
    management_key: Schemas['IssuedManagementKey'];
  };
  NewProject: {
    /** kept and given back, without effect: Bough keeps no data */
    settings?: Record<string, unknown>;

    /** kept and given back, without effect: Bough keeps no data */
    default_endpoint_settings?: Record<string, unknown>;

    /** kept and given back, without effect: Bough keeps no data */
    history_retention_seconds?: number;

    /** the id where none is given */
    name?: string;

    /** the installation’s first region where none is given */
    region_id?: string;

    /** the organization of the key; no other may be named */
    org_id?: string;

    /** kept and given back, without effect: Bough keeps no data */
    pg_version?: number;

    /** kept and given back, without effect: Bough keeps no data */
    store_passwords?: boolean;

    /** accepted for compatibility, without effect: Bough keeps no data */
    provisioner?: string;

    /** accepted for compatibility, without effect: Bough keeps no data */
    autoscaling_limit_min_cu?: number;

    /** accepted for compatibility, without effect: Bough keeps no data */
    autoscaling_limit_max_cu?: number;
    branch?: Schemas['NewProjectBranch'];
  };
  NewProjectBranch: {
    /** name of the project’s default branch */
    name?: string;

    /** accepted for compatibility, without effect: Bough keeps no data */
    role_name?: string;

    /** accepted for compatibility, without effect: Bough keeps no data */
    database_name?: string;

    /** texts kept with the branch */
    annotations?: Record<string, string>;
  };
  NewRoute: {
    /** an id of the catalog */
    model: string;

    /** what the upstream calls the model; where none is given, `databricks-<model>` for databricks, else the catalog’s `provider_model_id`, else the id. Bedrock’s must be given */
    upstream_model?: string;

    /** lower is tried first */
    priority?: number;

    /** share among routes of the same priority */
    weight?: number;
  };
  Operation: {
    id: string;
    project_id: string;
    branch_id?: string;
    action: 'create_timeline' | 'create_branch' | 'delete_timeline' | 'timeline_unarchive';

    /** it is done before it is told */
    status: 'finished';
    failures_count: 0;
    total_duration_ms: 0;
    created_at: string;
    updated_at: string;
  };
  OperationAnswer: { operation: Schemas['Operation'] };
  OperationList: {
    operations: Schemas['Operation'][];

    /** absent on the last page */
    pagination?: Schemas['Pagination'];
  };
  Organization: {
    id: string;
    name: string;

    /** the id */
    handle: string;
    plan: string;
    managed_by: string;
    created_at: string;
    updated_at: string;
  };
  OrganizationList: { organizations: Schemas['Organization'][] };
  Pagination: {
    /** send it as `cursor` for the next page */
    cursor: string;
  };
  PriceCorrectionAnswer: {
    id: string;
    model: string;
    pricing: Schemas['Pricing'];
    from: string;
    to: string;
    note: string;
    created_at: string;

    /** how many of the organization’s requests it adjusted */
    adjusted_requests: number;

    /** exact; below zero where the requests had cost too much */
    delta_nano_usd: string;

    /** exact */
    delta_usd: string;
  };
  PriceCorrectionList: {
    /** absent on the last page */
    pagination?: Schemas['Pagination'];

    /** newest first */
    price_corrections: Schemas['PriceCorrectionAnswer'][];
  };
  PriceModifier: {
    /** what the answer says of how it was served */
    field: 'service_tier' | 'speed' | 'inference_geo';

    /** as the provider’s answers name it */
    value: string;

    /** what the price of every token is multiplied by */
    multiplier: number;
  };
  PriceTier: {
    /** US dollars per million tokens */
    input?: number | null;

    /** US dollars per million tokens */
    output?: number | null;

    /** US dollars per million tokens */
    cache_read?: number | null;

    /** US dollars per million tokens */
    cache_write?: number | null;

    /** US dollars per million tokens */
    cache_write_1h?: number | null;

    /** US dollars per million tokens */
    input_audio?: number | null;

    /** US dollars per million tokens */
    output_audio?: number | null;

    /** the tier holds for a whole request whose input exceeds this many tokens */
    above_input_tokens: number;
  };
  PriceVersion: {
    /** counts the prices of the model; records of usage name it */
    version: number;
    pricing: Schemas['Pricing'];
    valid_from: string;
    note: string;

    /** whether requests are charged by it now */
    current: boolean;
  };
  PriceVersionList: {
    /** absent on the last page */
    pagination?: Schemas['Pagination'];

    /** newest first */
    prices: Schemas['PriceVersion'][];
  };
  Pricing: {
    /** US dollars per million tokens */
    input?: number | null;

    /** US dollars per million tokens */
    output?: number | null;

    /** US dollars per million tokens */
    cache_read?: number | null;

    /** US dollars per million tokens */
    cache_write?: number | null;

    /** US dollars per million tokens */
    cache_write_1h?: number | null;

    /** US dollars per million tokens */
    input_audio?: number | null;

    /** US dollars per million tokens */
    output_audio?: number | null;
    tiers?: Schemas['PriceTier'][];

    /** ways to serve that cost more, or less; the plain one is never named */
    modifiers?: Schemas['PriceModifier'][];
    fees?: Schemas['Fees'];
  };
  Project: {
    id: string;
    name: string;
    platform_id: string;
    region_id: string;
    org_id: string;

    /** the organization */
    owner_id: string;
    provisioner: string;
    creation_source: string;

    /** the host under which this installation is reached */
    proxy_host: string;

    /** kept and given back, without effect: Bough keeps no data */
    pg_version: number;

    /** kept and given back, without effect: Bough keeps no data */
    store_passwords: boolean;

    /** kept and given back, without effect: Bough keeps no data */
    history_retention_seconds?: number;

    /** kept and given back, without effect: Bough keeps no data */
    settings?: Record<string, unknown>;

    /** kept and given back, without effect: Bough keeps no data */
    default_endpoint_settings?: Record<string, unknown>;
    branch_logical_size_limit: 0;
    branch_logical_size_limit_bytes: 0;
    cpu_used_sec: 0;
    created_at: string;
    updated_at: string;
    active_time_seconds: 0;
    compute_time_seconds: 0;
    written_data_bytes: 0;
    data_transfer_bytes: 0;
    data_storage_bytes_hour: 0;

    /** the month in UTC */
    consumption_period_start: string;
    consumption_period_end: string;
  };
  ProjectAnswer: { project: Schemas['Project'] };
  ProjectChanges: {
    /** kept and given back, without effect: Bough keeps no data */
    settings?: Record<string, unknown>;

    /** kept and given back, without effect: Bough keeps no data */
    default_endpoint_settings?: Record<string, unknown>;

    /** kept and given back, without effect: Bough keeps no data */
    history_retention_seconds?: number;
    name?: string;
  };
  ProjectList: {
    projects: Schemas['ListedProject'][];

    /** absent on the last page */
    pagination?: Schemas['Pagination'];

    /** none are installed */
    applications: Record<string, unknown>;

    /** none are installed */
    integrations: Record<string, unknown>;
  };
  PutBranchDefaultBody: {
    project_id: string;

    /** matches whole names; `*` stands for any run of characters, `/` too */
    pattern: string;
    kind:
      | 'requests_per_minute'
      | 'tokens_per_minute'
      | 'concurrent_requests'
      | 'spend_per_day'
      | 'spend_per_month'
      | 'spend_total';

    /** an id of the catalog; all models together where none is given */
    model?: string;

    /** requests or tokens a minute, or requests at once; 0 lets nothing through */
    value?: number;

    /** for spend: US dollars such as 12.50, with up to nine decimals */
    usd?: string;

    /** for tokens and spend: a request reserves the most that it can take, not what is likely, so that the limit is not passed; false unless given */
    hard?: boolean;
  };
  PutLimitBody: {
    /** an account is an organization; a branch includes its descendants */
    scope_type: 'account' | 'project' | 'branch' | 'credential';
    scope_id: string;

    /** an id of the catalog; all models together where none is given */
    model?: string;

    /** minutes are calendar minutes, days and months are UTC; the others have no window */
    kind:
      | 'requests_per_minute'
      | 'tokens_per_minute'
      | 'concurrent_requests'
      | 'spend_per_day'
      | 'spend_per_month'
      | 'spend_total';

    /** requests or tokens a minute, or requests at once; 0 lets nothing through */
    value?: number;

    /** for spend: US dollars such as 12.50, with up to nine decimals */
    usd?: string;

    /** for tokens and spend: a request reserves the most that it can take, not what is likely, so that the limit is not passed; false unless given */
    hard?: boolean;
  };
  RecoveredBranch: { branch: Schemas['Branch']; endpoints: Record<string, unknown>[] };
  RecoveredProject: { project: Schemas['Project']; branches: Schemas['Branch'][] };
  Region: {
    region_id: string;
    name: string;

    /** whether a new project that names none gets it */
    default: boolean;

    /** unknown */
    geo_lat: string;

    /** unknown */
    geo_long: string;
  };
  RegionList: { regions: Schemas['Region'][] };
  ResealedSecrets: {
    secrets: Schemas['SealedSecretCount'][];

    /** the first 100 that no key opens */
    unreadable: Schemas['UnreadableSecret'][];

    /** how many were sealed anew just now */
    resealed: number;
  };
  RestoreBranchBody: {
    /** the branch whose state is taken; the parent’s for a reset */
    source_branch_id: string;

    /** a point in the source’s history; one is wanted where the source is the branch itself */
    source_lsn?: string;

    /** the same as a time */
    source_timestamp?: string;

    /** the former state goes on under this name, with all children; wanted where there are any */
    preserve_under_name?: string;
  };
  Role: {
    branch_id: string;
    name: 'no-database';
    protected: true;
    authentication_method: 'no_login';
    created_at: string;
    updated_at: string;
  };
  RoleList: { roles: Schemas['Role'][] };
  RotatedCredential: {
    token_id: string;

    /** may be logged */
    token_id_short: string;
    name?: string;

    /** the token for the gateway */
    api_token: string;

    /** part of the published shape; Bough has no object storage */
    s3_secret_access_key: string;
    scopes: ('storage:read' | 'storage:write' | 'ai_gateway:invoke' | 'functions:invoke')[];
    branch_id: string;
    created_at: string;
    expires_at?: string;
    principal_type: 'user';
  };
  Route: {
    id: string;
    model: string;
    upstream_id: string;
    upstream_model: string;
    priority: number;
    weight: number;
    created_at: string;
  };
  RouteList: {
    /** absent on the last page */
    pagination?: Schemas['Pagination'];
    routes: Schemas['Route'][];
  };
  SealedSecretCount: {
    /** what the secrets belong to */
    kind: 'upstream' | 'lineage_source' | 'credential' | 'kept_answer' | 'setting';

    /** sealed under BOUGH_MASTER_KEY */
    current: number;

    /** sealed under another key that is known here, or in a former form */
    older: number;

    /** that no key opens which is known here */
    unreadable: number;
  };
  SealedSecrets: {
    secrets: Schemas['SealedSecretCount'][];

    /** the first 100 that no key opens */
    unreadable: Schemas['UnreadableSecret'][];
  };
  SetBlockBody: {
    /** a branch includes its descendants */
    scope_type: 'account' | 'project' | 'branch' | 'credential';
    scope_id: string;

    /** when it ends; without an end it holds until it is lifted */
    until?: string | null;

    /** the same as a time from now, instead of `until` */
    for_seconds?: number;

    /** for operators; callers never see it */
    reason?: string;
  };
  SharedProjectList: {
    projects: Schemas['ListedProject'][];

    /** absent on the last page */
    pagination?: Schemas['Pagination'];
  };
  SnapshotList: {
    /** there are no snapshots */
    snapshots: Record<string, unknown>[];
  };
  SortedPagination: {
    /** send it as `cursor` for the next page */
    next: string;
    sort_by: 'name' | 'created_at' | 'updated_at';
    sort_order: 'asc' | 'desc';
  };
  UnreadableSecret: { kind: 'upstream' | 'lineage_source' | 'credential' | 'kept_answer' | 'setting'; id: string };
  UpdateBranchBody: { branch: Schemas['BranchUpdates'] };
  UpdateProjectBody: { project: Schemas['ProjectChanges'] };
  Upstream: {
    id: string;
    name: string;
    kind:
      'databricks' | 'openai' | 'azure-openai' | 'openai-compatible' | 'anthropic' | 'gemini' | 'vertex' | 'bedrock';
    base_url: string;

    /** OAuth client id (databricks) or access key id (bedrock); without one the secret is a token */
    client_id: string | null;

    /** which of a caller’s `anthropic-beta` flags go on to it, such as `context-1m-2025-08-07`, `*` at the end for any rest; the others are withheld and named. null: all for anthropic and databricks, none for the other kinds */
    beta_flags: string[] | null;
    enabled: boolean;
    routes: Schemas['Route'][];
    created_at: string;
    updated_at: string;
  };
  UpstreamList: {
    /** absent on the last page */
    pagination?: Schemas['Pagination'];
    upstreams: Schemas['Upstream'][];
  };
  UpstreamTest: {
    /** whether it was reached and took the stored secret */
    ok: boolean;

    /** of its answer; null where there was none */
    status: number | null;

    /** until the head of its answer, or the failure */
    latency_ms: number;

    /** never holds a secret */
    error?: string;
  };
  UsageReport: {
    /** absent on the last page */
    pagination?: Schemas['Pagination'];
    from: string;

    /** absent where the report goes up to now */
    to?: string;
    group_by: ('hour' | 'day' | 'project' | 'model' | 'branch' | 'credential')[];
    usage: Schemas['UsageSum'][];

    /** whether there are more groups than the 10000 of a page: the cursor leads to the next */
    truncated: boolean;
  };
  UsageSum: {
    /** the begin of a UTC hour */
    hour?: string;

    /** a UTC day */
    day?: string;

    /** a project id */
    project?: string;
    model?: string;

    /** a branch id */
    branch?: string;

    /** a token id */
    credential?: string;
    requests: number;

    /** how many of them were counted by a tokenizer, because the provider gave no usage */
    estimated_requests: number;

    /** the classes are disjoint: input is text that was neither read from nor written to a cache */
    input_tokens: number;
    cache_read_tokens: number;
    cache_write_tokens: number;

    /** written to a cache for an hour rather than five minutes */
    cache_write_1h_tokens: number;
    input_audio_tokens: number;

    /** reasoning included, audio not */
    output_tokens: number;
    reasoning_tokens: number;
    output_audio_tokens: number;

    /** exact, adjustments included */
    cost_nano_usd: string;

    /** exact */
    cost_usd: string;

    /** what corrections of prices added to the cost, or took from it */
    adjustments_nano_usd: string;

    /** searches of the web by tools of the providers’ own */
    web_searches: number;
    file_searches: number;

    /** containers in which a provider ran code */
    code_containers: number;

    /** tokens of the providers’ image tools: text that went in */
    image_text_tokens: number;
    image_input_tokens: number;
    image_output_tokens: number;

    /** how many of the requests had no price for something: their cost is an assumption */
    unpriced_requests: number;
  };
}

/** The control plane, a method an operation. */
export class ControlPlaneClient {
  constructor(private readonly options: ClientOptions) {}

  private async call<Reply extends Answer<number, unknown>>(method: string, path: string, sent: Sent): Promise<Reply> {
    const response = await this.send(method, path, sent);
    const text = await response.text();
    const { status, headers } = response;
    return { status, headers, body: text === '' ? undefined : (JSON.parse(text) as unknown) } as Reply;
  }

  private async send(
    method: string,
    template: string,
    { path = {}, query = {}, headers = {}, body }: Sent,
  ): Promise<Response> {
    const { baseUrl, key, fetch: send = fetch } = this.options;
    const fields = new Map<string, unknown>(Object.entries(path));
    const place = template.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(fields.get(name))));
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
    const response = await send(`${baseUrl}${place}${search.size === 0 ? '' : `?${search.toString()}`}`, {
      method,
      headers: {
        ...(headers as Record<string, string>),
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (response.ok) return response;
    const text = await response.text();
    throw new ApiFailure(response.status, response.headers, refusalOf(text));
  }

  /** Shows the management key as published clients expect a user. `GET /api/v2/users/me` */
  getCurrentUserInfo(): Promise<Answer<200, Schemas['CurrentUser']>> {
    return this.call('GET', '/api/v2/users/me', {});
  }

  /** Lists the one organization that the key belongs to. `GET /api/v2/users/me/organizations` */
  getCurrentUserOrganizations(): Promise<Answer<200, Schemas['OrganizationList']>> {
    return this.call('GET', '/api/v2/users/me/organizations', {});
  }

  /** Shows what the request was authenticated by. `GET /api/v2/auth` */
  getAuthDetails(): Promise<Answer<200, Schemas['AuthDetails']>> {
    return this.call('GET', '/api/v2/auth', {});
  }

  /** Lists the regions that branch hosts may name. `GET /api/v2/regions` */
  getActiveRegions(
    request: {
      query?: {
        /** the organization of the key; no other may be named */
        org_id?: string;
      };
    } = {},
  ): Promise<Answer<200, Schemas['RegionList']>> {
    return this.call('GET', '/api/v2/regions', request);
  }

  /** Shows the key’s organization. `GET /api/v2/organizations/{org_id}` */
  getOrganization(request: {
    path: {
      /** the id of the organization */
      org_id: string;
    };
  }): Promise<Answer<200, Schemas['Organization']>> {
    return this.call('GET', '/api/v2/organizations/{org_id}', request);
  }

  /** An empty list: keys are not bound to persons. `GET /api/v2/organizations/{org_id}/members` */
  getOrganizationMembers(request: {
    path: {
      /** the id of the organization */
      org_id: string;
    };
    query?: {
      /** accepted for compatibility: there is nothing to list */
      limit?: number;

      /** the same */
      cursor?: string;

      /** the same */
      sort_by?: 'email' | 'role' | 'joined_at';

      /** the same */
      sort_order?: 'asc' | 'desc';
    };
  }): Promise<Answer<200, Schemas['MemberList']>> {
    return this.call('GET', '/api/v2/organizations/{org_id}/members', request);
  }

  /** Lists projects, newest first. `GET /api/v2/projects` */
  listProjects(
    request: {
      query?: {
        /** how many, at most */
        limit?: number;

        /** the `pagination.cursor` of the page before */
        cursor?: string;

        /** a part of the name or of the id */
        search?: string;

        /** accepted for compatibility, without effect */
        timeout?: number;

        /** the organization of the key; no other may be named */
        org_id?: string;

        /** only deleted projects that can be recovered */
        recoverable?: boolean;
      };
    } = {},
  ): Promise<Answer<200, Schemas['ProjectList']>> {
    return this.call('GET', '/api/v2/projects', request);
  }

  /** Makes a project with its default branch. `POST /api/v2/projects` */
  createProject(request: {
    headers?: {
      /** the same key with the same request is answered as the first time, for 24 hours */
      'Idempotency-Key'?: string;
    };
    body: Schemas['CreateProjectBody'];
  }): Promise<Answer<201, Schemas['CreatedProject']>> {
    return this.call('POST', '/api/v2/projects', request);
  }

  /** An empty list: projects are not shared between organizations. `GET /api/v2/projects/shared` */
  listSharedProjects(
    request: {
      query?: {
        /** how many, at most */
        limit?: number;

        /** the `pagination.cursor` of the page before */
        cursor?: string;

        /** a part of the name or of the id */
        search?: string;

        /** accepted for compatibility, without effect */
        timeout?: number;
      };
    } = {},
  ): Promise<Answer<200, Schemas['SharedProjectList']>> {
    return this.call('GET', '/api/v2/projects/shared', request);
  }

  /** Shows a project. `GET /api/v2/projects/{project_id}` */
  getProject(request: {
    path: {
      /** the id of the project */
      project_id: string;
    };
  }): Promise<Answer<200, Schemas['ProjectAnswer']>> {
    return this.call('GET', '/api/v2/projects/{project_id}', request);
  }

  /** Renames a project, or keeps other settings for its clients. `PATCH /api/v2/projects/{project_id}` */
  updateProject(request: {
    path: {
      /** the id of the project */
      project_id: string;
    };
    body: Schemas['UpdateProjectBody'];
  }): Promise<Answer<200, Schemas['ChangedProject']>> {
    return this.call('PATCH', '/api/v2/projects/{project_id}', request);
  }

  /** Ends a project with all its branches and credentials. `DELETE /api/v2/projects/{project_id}` */
  deleteProject(request: {
    path: {
      /** the id of the project */
      project_id: string;
    };
    query?: {
      /** changes nothing: 200 says what the deletion would do, and refusals are the same */
      dry_run?: boolean;
    };
  }): Promise<Answer<200, Schemas['ProjectAnswer'] | Schemas['DryRun']>> {
    return this.call('DELETE', '/api/v2/projects/{project_id}', request);
  }

  /** Undoes the deletion of a project within seven days. `POST /api/v2/projects/{project_id}/recover` */
  recoverProject(request: {
    path: {
      /** the id of the project */
      project_id: string;
    };
    headers?: {
      /** the same key with the same request is answered as the first time, for 24 hours */
      'Idempotency-Key'?: string;
    };
  }): Promise<Answer<200, Schemas['RecoveredProject']>> {
    return this.call('POST', '/api/v2/projects/{project_id}/recover', request);
  }

  /** Lists what was done to a project’s tree, newest first. `GET /api/v2/projects/{project_id}/operations` */
  listProjectOperations(request: {
    path: {
      /** the id of the project */
      project_id: string;
    };
    query?: {
      /** how many, at most */
      limit?: number;

      /** the `pagination.cursor` of the page before */
      cursor?: string;
    };
  }): Promise<Answer<200, Schemas['OperationList']>> {
    return this.call('GET', '/api/v2/projects/{project_id}/operations', request);
  }

  /** Shows an operation. `GET /api/v2/projects/{project_id}/operations/{operation_id}` */
  getProjectOperation(request: {
    path: {
      /** the id of the project */
      project_id: string;

      /** the id of the operation */
      operation_id: string;
    };
  }): Promise<Answer<200, Schemas['OperationAnswer']>> {
    return this.call('GET', '/api/v2/projects/{project_id}/operations/{operation_id}', request);
  }

  /** Lists a project’s branches, the last changed first unless told otherwise. `GET /api/v2/projects/{project_id}/branches` */
  listProjectBranches(request: {
    path: {
      /** the id of the project */
      project_id: string;
    };
    query?: {
      /** a part of the name or of the id */
      search?: string;

      /** how many, at most */
      limit?: number;

      /** the `pagination.next` of the page before */
      cursor?: string;

      /** by what */
      sort_by?: 'name' | 'created_at' | 'updated_at';

      /** up or down */
      sort_order?: 'asc' | 'desc';

      /** deleted branches that can be recovered too */
      include_deleted?: boolean;
    };
  }): Promise<Answer<200, Schemas['BranchList']>> {
    return this.call('GET', '/api/v2/projects/{project_id}/branches', request);
  }

  /** Makes a branch. `POST /api/v2/projects/{project_id}/branches` */
  createProjectBranch(request: {
    path: {
      /** the id of the project */
      project_id: string;
    };
    headers?: {
      /** the same key with the same request is answered as the first time, for 24 hours */
      'Idempotency-Key'?: string;
    };
    body: Schemas['CreateBranchBody'];
  }): Promise<Answer<201, Schemas['CreatedBranch']>> {
    return this.call('POST', '/api/v2/projects/{project_id}/branches', request);
  }

  /** Counts a project’s branches. `GET /api/v2/projects/{project_id}/branches/count` */
  countProjectBranches(request: {
    path: {
      /** the id of the project */
      project_id: string;
    };
    query?: {
      /** a part of the name or of the id */
      search?: string;
    };
  }): Promise<Answer<200, Schemas['BranchCount']>> {
    return this.call('GET', '/api/v2/projects/{project_id}/branches/count', request);
  }

  /** Shows a branch. `GET /api/v2/projects/{project_id}/branches/{branch_id}` */
  getProjectBranch(request: {
    path: {
      /** the id of the project */
      project_id: string;

      /** the id of the branch */
      branch_id: string;
    };
  }): Promise<Answer<200, Schemas['BranchAnswer']>> {
    return this.call('GET', '/api/v2/projects/{project_id}/branches/{branch_id}', request);
  }

  /** Renames a branch, protects it, or sets when it ends. `PATCH /api/v2/projects/{project_id}/branches/{branch_id}` */
  updateProjectBranch(request: {
    path: {
      /** the id of the project */
      project_id: string;

      /** the id of the branch */
      branch_id: string;
    };
    body: Schemas['UpdateBranchBody'];
  }): Promise<Answer<200, Schemas['ChangedBranch']>> {
    return this.call('PATCH', '/api/v2/projects/{project_id}/branches/{branch_id}', request);
  }

  /** Ends a branch, its gateway address and the credentials anchored on it. `DELETE /api/v2/projects/{project_id}/branches/{branch_id}` */
  deleteProjectBranch(request: {
    path: {
      /** the id of the project */
      project_id: string;

      /** the id of the branch */
      branch_id: string;
    };
    query?: {
      /** at once and for good: it cannot be recovered */
      hard_delete?: boolean;

      /** changes nothing: 200 says what the deletion would do, and refusals are the same */
      dry_run?: boolean;
    };
  }): Promise<Answer<200, Schemas['ChangedBranch'] | Schemas['DryRun']> | Answer<204, undefined>> {
    return this.call('DELETE', '/api/v2/projects/{project_id}/branches/{branch_id}', request);
  }

  /** Where the gateway answers for a branch. `GET /api/v2/projects/{project_id}/branches/{branch_id}/ai_gateway` */
  getProjectBranchAiGateway(request: {
    path: {
      /** the id of the project */
      project_id: string;

      /** the id of the branch */
      branch_id: string;
    };
  }): Promise<Answer<200, Schemas['AiGateway']>> {
    return this.call('GET', '/api/v2/projects/{project_id}/branches/{branch_id}/ai_gateway', request);
  }

  /** Makes a branch the one from which new branches grow when they name no parent. `POST /api/v2/projects/{project_id}/branches/{branch_id}/set_as_default` */
  setDefaultProjectBranch(request: {
    path: {
      /** the id of the project */
      project_id: string;

      /** the id of the branch */
      branch_id: string;
    };
    headers?: {
      /** the same key with the same request is answered as the first time, for 24 hours */
      'Idempotency-Key'?: string;
    };
  }): Promise<Answer<200, Schemas['ChangedBranch']>> {
    return this.call('POST', '/api/v2/projects/{project_id}/branches/{branch_id}/set_as_default', request);
  }

  /** Gives a branch the state of its parent, of another branch, or its own of earlier. `POST /api/v2/projects/{project_id}/branches/{branch_id}/restore` */
  restoreProjectBranch(request: {
    path: {
      /** the id of the project */
      project_id: string;

      /** the id of the branch */
      branch_id: string;
    };
    headers?: {
      /** the same key with the same request is answered as the first time, for 24 hours */
      'Idempotency-Key'?: string;
    };
    body: Schemas['RestoreBranchBody'];
  }): Promise<Answer<200, Schemas['ChangedBranch']>> {
    return this.call('POST', '/api/v2/projects/{project_id}/branches/{branch_id}/restore', request);
  }

  /** Undoes the deletion of a branch within seven days. `POST /api/v2/projects/{project_id}/branches/{branch_id}/recover` */
  recoverProjectBranch(request: {
    path: {
      /** the id of the project */
      project_id: string;

      /** the id of the branch */
      branch_id: string;
    };
    headers?: {
      /** the same key with the same request is answered as the first time, for 24 hours */
      'Idempotency-Key'?: string;
    };
  }): Promise<Answer<200, Schemas['RecoveredBranch']>> {
    return this.call('POST', '/api/v2/projects/{project_id}/branches/{branch_id}/recover', request);
  }

  /** Lists a branch’s own credentials, newest first, revoked ones included; never a secret. `GET /api/v2/projects/{project_id}/branches/{branch_id}/credentials` */
  listCredentials(request: {
    path: {
      /** the id of the project */
      project_id: string;

      /** the id of the branch */
      branch_id: string;
    };
  }): Promise<Answer<200, Schemas['CredentialList']>> {
    return this.call('GET', '/api/v2/projects/{project_id}/branches/{branch_id}/credentials', request);
  }

  /** Issues a credential anchored on a branch. `POST /api/v2/projects/{project_id}/branches/{branch_id}/credentials` */
  createCredential(request: {
    path: {
      /** the id of the project */
      project_id: string;

      /** the id of the branch */
      branch_id: string;
    };
    headers?: {
      /** the same key with the same request is answered as the first time, for 24 hours */
      'Idempotency-Key'?: string;
    };
    body: Schemas['CreateCredentialBody'];
  }): Promise<Answer<201, Schemas['IssuedCredential']>> {
    return this.call('POST', '/api/v2/projects/{project_id}/branches/{branch_id}/credentials', request);
  }

  /** Revokes a credential. `DELETE /api/v2/projects/{project_id}/branches/{branch_id}/credentials/{token_id}` */
  revokeCredential(request: {
    path: {
      /** the id of the project */
      project_id: string;

      /** the id of the branch */
      branch_id: string;

      /** the id of the credential */
      token_id: string;
    };
    query?: {
      /** changes nothing: 200 says what the deletion would do, and refusals are the same */
      dry_run?: boolean;
    };
  }): Promise<Answer<200, Schemas['DryRun']> | Answer<204, undefined>> {
    return this.call('DELETE', '/api/v2/projects/{project_id}/branches/{branch_id}/credentials/{token_id}', request);
  }

  /** Shows the secrets of a valid credential again. `POST /api/v2/projects/{project_id}/branches/{branch_id}/credentials/{token_id}/reveal` */
  revealCredential(request: {
    path: {
      /** the id of the project */
      project_id: string;

      /** the id of the branch */
      branch_id: string;

      /** the id of the credential */
      token_id: string;
    };
    headers?: {
      /** the same key with the same request is answered as the first time, for 24 hours */
      'Idempotency-Key'?: string;
    };
  }): Promise<Answer<200, Schemas['CredentialSecrets']>> {
    return this.call(
      'POST',
      '/api/v2/projects/{project_id}/branches/{branch_id}/credentials/{token_id}/reveal',
      request,
    );
  }

  /** Gives a credential new secrets under the same id; the old ones are refused at once. `POST /api/v2/projects/{project_id}/branches/{branch_id}/credentials/{token_id}/rotate` */
  rotateCredential(request: {
    path: {
      /** the id of the project */
      project_id: string;

      /** the id of the branch */
      branch_id: string;

      /** the id of the credential */
      token_id: string;
    };
    headers?: {
      /** the same key with the same request is answered as the first time, for 24 hours */
      'Idempotency-Key'?: string;
    };
  }): Promise<Answer<200, Schemas['RotatedCredential']>> {
    return this.call(
      'POST',
      '/api/v2/projects/{project_id}/branches/{branch_id}/credentials/{token_id}/rotate',
      request,
    );
  }

  /** An empty list: there are no computes. `GET /api/v2/projects/{project_id}/endpoints` */
  listProjectEndpoints(request: {
    path: {
      /** the id of the project */
      project_id: string;
    };
  }): Promise<Answer<200, Schemas['EndpointList']>> {
    return this.call('GET', '/api/v2/projects/{project_id}/endpoints', request);
  }

  /** An empty list: there are no snapshots. `GET /api/v2/projects/{project_id}/snapshots` */
  listSnapshots(request: {
    path: {
      /** the id of the project */
      project_id: string;
    };
  }): Promise<Answer<200, Schemas['SnapshotList']>> {
    return this.call('GET', '/api/v2/projects/{project_id}/snapshots', request);
  }

  /** An empty list: there are no computes. `GET /api/v2/projects/{project_id}/branches/{branch_id}/endpoints` */
  listProjectBranchEndpoints(request: {
    path: {
      /** the id of the project */
      project_id: string;

      /** the id of the branch */
      branch_id: string;
    };
  }): Promise<Answer<200, Schemas['EndpointList']>> {
    return this.call('GET', '/api/v2/projects/{project_id}/branches/{branch_id}/endpoints', request);
  }

  /** A stand-in: the published CLI asks for a role before it derives the gateway’s host. `GET /api/v2/projects/{project_id}/branches/{branch_id}/roles` */
  listProjectBranchRoles(request: {
    path: {
      /** the id of the project */
      project_id: string;

      /** the id of the branch */
      branch_id: string;
    };
  }): Promise<Answer<200, Schemas['RoleList']>> {
    return this.call('GET', '/api/v2/projects/{project_id}/branches/{branch_id}/roles', request);
  }

  /** A stand-in: the published CLI asks for a database before it derives the gateway’s host. `GET /api/v2/projects/{project_id}/branches/{branch_id}/databases` */
  listProjectBranchDatabases(request: {
    path: {
      /** the id of the project */
      project_id: string;

      /** the id of the branch */
      branch_id: string;
    };
  }): Promise<Answer<200, Schemas['DatabaseList']>> {
    return this.call('GET', '/api/v2/projects/{project_id}/branches/{branch_id}/databases', request);
  }

  /** The host that the published CLI derives a branch’s gateway from; no database answers there. `GET /api/v2/projects/{project_id}/connection_uri` */
  getConnectionURI(request: {
    path: {
      /** the id of the project */
      project_id: string;
    };
    query: {
      /** the project’s default branch where none is given */
      branch_id?: string;

      /** accepted for compatibility, without effect */
      endpoint_id?: string;

      /** the one that is listed */
      database_name: 'no-database';

      /** the one that is listed */
      role_name: 'no-database';

      /** a pooled connection is not available */
      pooled?: false;
    };
  }): Promise<Answer<200, Schemas['ConnectionUri']>> {
    return this.call('GET', '/api/v2/projects/{project_id}/connection_uri', request);
  }

  /** Lists the catalog, in the order of the ids. `GET /admin/models` */
  listModels(
    request: {
      query?: {
        /** how many, at most; such as 100 */
        limit?: number;

        /** the cursor of an earlier page of this list */
        cursor?: string;

        /** such as openai */
        provider?: string;

        /** what it makes */
        type?: 'chat' | 'embedding';

        /** a dialect in which callers may ask for it */
        dialect?:
          'chat_completions' | 'anthropic_messages' | 'openai_responses' | 'gemini_generate_content' | 'embeddings';

        /** such as active */
        status?: string;

        /** whether callers may use it */
        enabled?: boolean;

        /** who brought it: a release of Bough, or an administrator */
        source?: 'seed' | 'admin';

        /** a part of the id or of the name */
        search?: string;
      };
    } = {},
  ): Promise<Answer<200, Schemas['ModelList']>> {
    return this.call('GET', '/admin/models', request);
  }

  /** Adds a model to the catalog. `POST /admin/models` */
  addModel(request: {
    headers?: {
      /** the same key with the same request is answered as the first time, for 24 hours */
      'Idempotency-Key'?: string;
    };
    body: Schemas['AddModelBody'];
  }): Promise<Answer<201, Schemas['Model']>> {
    return this.call('POST', '/admin/models', request);
  }

  /** Shows a model. `GET /admin/models/{model_id}` */
  getModel(request: {
    path: {
      /** the id of the model */
      model_id: string;
    };
  }): Promise<Answer<200, Schemas['Model']>> {
    return this.call('GET', '/admin/models/{model_id}', request);
  }

  /** Changes columns of a model; later releases leave these alone. `PATCH /admin/models/{model_id}` */
  changeModel(request: {
    path: {
      /** the id of the model */
      model_id: string;
    };
    body: Schemas['ChangeModelBody'];
  }): Promise<Answer<200, Schemas['Model']>> {
    return this.call('PATCH', '/admin/models/{model_id}', request);
  }

  /** Lists every price that a model has had, newest first. `GET /admin/models/{model_id}/prices` */
  listModelPrices(request: {
    path: {
      /** the id of the model */
      model_id: string;
    };
    query?: {
      /** how many, at most; such as 100 */
      limit?: number;

      /** the cursor of an earlier page of this list */
      cursor?: string;
    };
  }): Promise<Answer<200, Schemas['PriceVersionList']>> {
    return this.call('GET', '/admin/models/{model_id}/prices', request);
  }

  /** Lists the corrections of a model’s prices, with what each did to the organization. `GET /admin/models/{model_id}/price-corrections` */
  listPriceCorrections(request: {
    path: {
      /** the id of the model */
      model_id: string;
    };
    query?: {
      /** how many, at most; such as 100 */
      limit?: number;

      /** the cursor of an earlier page of this list */
      cursor?: string;
    };
  }): Promise<Answer<200, Schemas['PriceCorrectionList']>> {
    return this.call('GET', '/admin/models/{model_id}/price-corrections', request);
  }

  /** Adjusts what requests of the past cost, without rewriting their records. `POST /admin/models/{model_id}/price-corrections` */
  correctPrice(request: {
    path: {
      /** the id of the model */
      model_id: string;
    };
    headers?: {
      /** the same key with the same request is answered as the first time, for 24 hours */
      'Idempotency-Key'?: string;
    };
    body: Schemas['CorrectPriceBody'];
  }): Promise<Answer<201, Schemas['PriceCorrectionAnswer']>> {
    return this.call('POST', '/admin/models/{model_id}/price-corrections', request);
  }

  /** Lists the stored upstreams with their routes; never a secret. `GET /admin/upstreams` */
  listUpstreams(
    request: {
      query?: {
        /** how many, at most; such as 100 */
        limit?: number;

        /** the cursor of an earlier page of this list */
        cursor?: string;

        /** whose API it speaks */
        kind?:
          | 'databricks'
          | 'openai'
          | 'azure-openai'
          | 'openai-compatible'
          | 'anthropic'
          | 'gemini'
          | 'vertex'
          | 'bedrock';

        /** whether it is used */
        enabled?: boolean;

        /** only those with a route for this model; such as gpt-5-mini */
        model?: string;

        /** a part of the name */
        search?: string;
      };
    } = {},
  ): Promise<Answer<200, Schemas['UpstreamList']>> {
    return this.call('GET', '/admin/upstreams', request);
  }

  /** Adds an upstream, with routes if wanted. `POST /admin/upstreams` */
  addUpstream(request: {
    headers?: {
      /** the same key with the same request is answered as the first time, for 24 hours */
      'Idempotency-Key'?: string;
    };
    body: Schemas['AddUpstreamBody'];
  }): Promise<Answer<201, Schemas['Upstream']>> {
    return this.call('POST', '/admin/upstreams', request);
  }

  /** Shows a stored upstream with its routes; never its secret. `GET /admin/upstreams/{upstream_id}` */
  getUpstream(request: {
    path: {
      /** the id of the upstream */
      upstream_id: string;
    };
  }): Promise<Answer<200, Schemas['Upstream']>> {
    return this.call('GET', '/admin/upstreams/{upstream_id}', request);
  }

  /** Changes an upstream. `PATCH /admin/upstreams/{upstream_id}` */
  changeUpstream(request: {
    path: {
      /** the id of the upstream */
      upstream_id: string;
    };
    body: Schemas['ChangeUpstreamBody'];
  }): Promise<Answer<200, Schemas['Upstream']>> {
    return this.call('PATCH', '/admin/upstreams/{upstream_id}', request);
  }

  /** Removes an upstream with its routes. `DELETE /admin/upstreams/{upstream_id}` */
  deleteUpstream(request: {
    path: {
      /** the id of the upstream */
      upstream_id: string;
    };
    query?: {
      /** changes nothing: 200 says what the deletion would do, and refusals are the same */
      dry_run?: boolean;
    };
  }): Promise<Answer<200, Schemas['DryRun']> | Answer<204, undefined>> {
    return this.call('DELETE', '/admin/upstreams/{upstream_id}', request);
  }

  /** Calls an upstream with its stored secret; nobody’s usage. `POST /admin/upstreams/{upstream_id}/test` */
  testUpstream(request: {
    path: {
      /** the id of the upstream */
      upstream_id: string;
    };
    headers?: {
      /** the same key with the same request is answered as the first time, for 24 hours */
      'Idempotency-Key'?: string;
    };
  }): Promise<Answer<200, Schemas['UpstreamTest']>> {
    return this.call('POST', '/admin/upstreams/{upstream_id}/test', request);
  }

  /** Lists routes. `GET /admin/routes` */
  listRoutes(
    request: {
      query?: {
        /** how many, at most; such as 100 */
        limit?: number;

        /** the cursor of an earlier page of this list */
        cursor?: string;

        /** an id of the catalog; such as gpt-5-mini */
        model?: string;

        /** a stored upstream; such as up_0123456789abcdefghij */
        upstream_id?: string;
      };
    } = {},
  ): Promise<Answer<200, Schemas['RouteList']>> {
    return this.call('GET', '/admin/routes', request);
  }

  /** Sends a model to an upstream. `POST /admin/routes` */
  addRoute(request: {
    headers?: {
      /** the same key with the same request is answered as the first time, for 24 hours */
      'Idempotency-Key'?: string;
    };
    body: Schemas['AddRouteBody'];
  }): Promise<Answer<201, Schemas['Route']>> {
    return this.call('POST', '/admin/routes', request);
  }

  /** Shows a route. `GET /admin/routes/{route_id}` */
  getRoute(request: {
    path: {
      /** the id of the route */
      route_id: string;
    };
  }): Promise<Answer<200, Schemas['Route']>> {
    return this.call('GET', '/admin/routes/{route_id}', request);
  }

  /** Changes when a route is tried, its share, or what the upstream calls the model. `PATCH /admin/routes/{route_id}` */
  changeRoute(request: {
    path: {
      /** the id of the route */
      route_id: string;
    };
    body: Schemas['ChangeRouteBody'];
  }): Promise<Answer<200, Schemas['Route']>> {
    return this.call('PATCH', '/admin/routes/{route_id}', request);
  }

  /** Removes a route. `DELETE /admin/routes/{route_id}` */
  deleteRoute(request: {
    path: {
      /** the id of the route */
      route_id: string;
    };
    query?: {
      /** changes nothing: 200 says what the deletion would do, and refusals are the same */
      dry_run?: boolean;
    };
  }): Promise<Answer<200, Schemas['DryRun']> | Answer<204, undefined>> {
    return this.call('DELETE', '/admin/routes/{route_id}', request);
  }

  /** Lists the limits of the organization and of what it has. `GET /admin/limits` */
  listLimits(
    request: {
      query?: {
        /** how many, at most; such as 100 */
        limit?: number;

        /** the cursor of an earlier page of this list */
        cursor?: string;

        /** limits of accounts, of projects, of branches or of credentials */
        scope_type?: 'account' | 'project' | 'branch' | 'credential';

        /** such as br-quiet-oak-a1b2c3d4 */
        scope_id?: string;

        /** what is limited */
        kind?:
          | 'requests_per_minute'
          | 'tokens_per_minute'
          | 'concurrent_requests'
          | 'spend_per_day'
          | 'spend_per_month'
          | 'spend_total';

        /** an id of the catalog; such as gpt-5-mini */
        model?: string;
      };
    } = {},
  ): Promise<Answer<200, Schemas['LimitList']>> {
    return this.call('GET', '/admin/limits', request);
  }

  /** Sets the limit of a scope, model and kind. `PUT /admin/limits` */
  putLimit(request: { body: Schemas['PutLimitBody'] }): Promise<Answer<200, Schemas['Limit']>> {
    return this.call('PUT', '/admin/limits', request);
  }

  /** Lists every limit and block in force for requests on a branch, and what is left. `GET /admin/limits/effective` */
  listEffectiveLimits(request: {
    query: {
      branch: string;

      /** a token’s `token_id`: its own limits too */
      credential?: string;

      /** an id of the catalog; the limits of every model where none is given */
      model?: string;
    };
  }): Promise<Answer<200, Schemas['EffectiveLimits']>> {
    return this.call('GET', '/admin/limits/effective', request);
  }

  /** Shows a limit. `GET /admin/limits/{limit_id}` */
  getLimit(request: {
    path: {
      /** the id of the limit */
      limit_id: string;
    };
  }): Promise<Answer<200, Schemas['Limit']>> {
    return this.call('GET', '/admin/limits/{limit_id}', request);
  }

  /** Gives a limit another value. `PATCH /admin/limits/{limit_id}` */
  changeLimit(request: {
    path: {
      /** the id of the limit */
      limit_id: string;
    };
    body: Schemas['ChangeLimitBody'];
  }): Promise<Answer<200, Schemas['Limit']>> {
    return this.call('PATCH', '/admin/limits/{limit_id}', request);
  }

  /** Removes a limit; an account’s default holds again. `DELETE /admin/limits/{limit_id}` */
  deleteLimit(request: {
    path: {
      /** the id of the limit */
      limit_id: string;
    };
  }): Promise<Answer<204, undefined>> {
    return this.call('DELETE', '/admin/limits/{limit_id}', request);
  }

  /** Lists the limits that new branches of a project get. `GET /admin/branch-defaults` */
  listBranchDefaults(request: {
    query: {
      /** how many, at most; such as 100 */
      limit?: number;

      /** the cursor of an earlier page of this list */
      cursor?: string;
      project_id: string;

      /** the whole pattern, as it was given; such as preview/* */
      pattern?: string;

      /** what is limited */
      kind?:
        | 'requests_per_minute'
        | 'tokens_per_minute'
        | 'concurrent_requests'
        | 'spend_per_day'
        | 'spend_per_month'
        | 'spend_total';

      /** an id of the catalog; such as gpt-5-mini */
      model?: string;
    };
  }): Promise<Answer<200, Schemas['BranchDefaultList']>> {
    return this.call('GET', '/admin/branch-defaults', request);
  }

  /** Gives new branches of a project a limit, by the pattern of their names. `PUT /admin/branch-defaults` */
  putBranchDefault(request: { body: Schemas['PutBranchDefaultBody'] }): Promise<Answer<200, Schemas['BranchDefault']>> {
    return this.call('PUT', '/admin/branch-defaults', request);
  }

  /** Shows a default. `GET /admin/branch-defaults/{default_id}` */
  getBranchDefault(request: {
    path: {
      /** the id of the default for new branches */
      default_id: string;
    };
  }): Promise<Answer<200, Schemas['BranchDefault']>> {
    return this.call('GET', '/admin/branch-defaults/{default_id}', request);
  }

  /** Gives a default another value; branches keep the limits that it gave them. `PATCH /admin/branch-defaults/{default_id}` */
  changeBranchDefault(request: {
    path: {
      /** the id of the default for new branches */
      default_id: string;
    };
    body: Schemas['ChangeLimitBody'];
  }): Promise<Answer<200, Schemas['BranchDefault']>> {
    return this.call('PATCH', '/admin/branch-defaults/{default_id}', request);
  }

  /** Removes a default; branches keep the limits that it gave them. `DELETE /admin/branch-defaults/{default_id}` */
  deleteBranchDefault(request: {
    path: {
      /** the id of the default for new branches */
      default_id: string;
    };
  }): Promise<Answer<204, undefined>> {
    return this.call('DELETE', '/admin/branch-defaults/{default_id}', request);
  }

  /** Shows the balance at this moment, and every grant. `GET /admin/credits` */
  getCredit(
    request: {
      query?: {
        /** one’s own where none is given; such as org-0123456789ab */
        organization_id?: string;
      };
    } = {},
  ): Promise<Answer<200, Schemas['Credit']>> {
    return this.call('GET', '/admin/credits', request);
  }

  /** Gives an organization credit; from the first grant on its spend is charged against it. `POST /admin/credits` */
  grantCredit(request: {
    headers?: {
      /** the same key with the same request is answered as the first time, for 24 hours */
      'Idempotency-Key'?: string;
    };
    body: Schemas['GrantCreditBody'];
  }): Promise<Answer<201, Schemas['CreditGrant']>> {
    return this.call('POST', '/admin/credits', request);
  }

  /** Lists what changed the balance, newest first. `GET /admin/credits/history` */
  listCreditHistory(
    request: {
      query?: {
        /** how many, at most; such as 100 */
        limit?: number;

        /** the cursor of an earlier page of this list */
        cursor?: string;

        /** one’s own where none is given; such as org-0123456789ab */
        organization_id?: string;

        /** what changed the balance */
        kind?: 'grant' | 'spend-through' | 'adjustment' | 'expiry';

        /** only what a grant gave, and what was taken from it */
        grant_id?: string;
      };
    } = {},
  ): Promise<Answer<200, Schemas['CreditHistory']>> {
    return this.call('GET', '/admin/credits/history', request);
  }

  /** Lists the blocks that hold now, or those of the past. `GET /admin/blocks` */
  listBlocks(
    request: {
      query?: {
        /** how many, at most; such as 100 */
        limit?: number;

        /** the cursor of an earlier page of this list */
        cursor?: string;

        /** blocks of accounts, of projects, of branches or of credentials */
        scope_type?: 'account' | 'project' | 'branch' | 'credential';

        /** such as br-quiet-oak-a1b2c3d4 */
        scope_id?: string;

        /** true: those that were lifted; false: those that hold or ended by themselves */
        lifted?: boolean;
      };
    } = {},
  ): Promise<Answer<200, Schemas['BlockList']>> {
    return this.call('GET', '/admin/blocks', request);
  }

  /** Stops an account, project, branch or credential. `POST /admin/blocks` */
  setBlock(request: {
    headers?: {
      /** the same key with the same request is answered as the first time, for 24 hours */
      'Idempotency-Key'?: string;
    };
    body: Schemas['SetBlockBody'];
  }): Promise<Answer<201, Schemas['Block']>> {
    return this.call('POST', '/admin/blocks', request);
  }

  /** Shows a block, also one that is over. `GET /admin/blocks/{block_id}` */
  getBlock(request: {
    path: {
      /** the id of the block */
      block_id: string;
    };
  }): Promise<Answer<200, Schemas['Block']>> {
    return this.call('GET', '/admin/blocks/{block_id}', request);
  }

  /** Changes when a block ends, or its reason. `PATCH /admin/blocks/{block_id}` */
  changeBlock(request: {
    path: {
      /** the id of the block */
      block_id: string;
    };
    body: Schemas['ChangeBlockBody'];
  }): Promise<Answer<200, Schemas['Block']>> {
    return this.call('PATCH', '/admin/blocks/{block_id}', request);
  }

  /** Lifts a block. `DELETE /admin/blocks/{block_id}` */
  liftBlock(request: {
    path: {
      /** the id of the block */
      block_id: string;
    };
  }): Promise<Answer<204, undefined>> {
    return this.call('DELETE', '/admin/blocks/{block_id}', request);
  }

  /** Lists the sources and how stale their copies are; never a key. `GET /admin/lineage-sources` */
  listLineageSources(
    request: {
      query?: {
        /** how many, at most; such as 100 */
        limit?: number;

        /** the cursor of an earlier page of this list */
        cursor?: string;

        /** such as winter-boat-259881 */
        project_id?: string;

        /** how the last attempt ended */
        state?: 'current' | 'failing';
      };
    } = {},
  ): Promise<Answer<200, Schemas['LineageSourceList']>> {
    return this.call('GET', '/admin/lineage-sources', request);
  }

  /** Copies the branches of a project elsewhere, and follows them from then on. `POST /admin/lineage-sources` */
  addLineageSource(request: {
    headers?: {
      /** the same key with the same request is answered as the first time, for 24 hours */
      'Idempotency-Key'?: string;
    };
    body: Schemas['AddLineageSourceBody'];
  }): Promise<Answer<201, Schemas['LineageSource']>> {
    return this.call('POST', '/admin/lineage-sources', request);
  }

  /** Shows a source and how stale its copy is; never its key. `GET /admin/lineage-sources/{source_id}` */
  getLineageSource(request: {
    path: {
      /** the id of the lineage source */
      source_id: string;
    };
  }): Promise<Answer<200, Schemas['LineageSource']>> {
    return this.call('GET', '/admin/lineage-sources/{source_id}', request);
  }

  /** Gives a source another key, or another interval; it is read again at once. `PATCH /admin/lineage-sources/{source_id}` */
  changeLineageSource(request: {
    path: {
      /** the id of the lineage source */
      source_id: string;
    };
    body: Schemas['ChangeLineageSourceBody'];
  }): Promise<Answer<200, Schemas['LineageSource']>> {
    return this.call('PATCH', '/admin/lineage-sources/{source_id}', request);
  }

  /** Follows no longer: the tree stays as it is and may be changed here. `DELETE /admin/lineage-sources/{source_id}` */
  deleteLineageSource(request: {
    path: {
      /** the id of the lineage source */
      source_id: string;
    };
    query?: {
      /** changes nothing: 200 says what the deletion would do, and refusals are the same */
      dry_run?: boolean;
    };
  }): Promise<Answer<200, Schemas['DryRun']> | Answer<204, undefined>> {
    return this.call('DELETE', '/admin/lineage-sources/{source_id}', request);
  }

  /** Adds up requests, tokens and cost. `GET /admin/usage` */
  getUsage(
    request: {
      query?: {
        /** from this moment on; 30 days ago where none is given; such as 2026-11-01 */
        from?: string;

        /** before this moment; up to now where none is given; such as 2026-12-01 */
        to?: string;

        /** any of hour, day, project, model, branch, credential; such as day,model */
        group_by?: string;

        /** a branch id */
        branch?: string;

        /** what grew from the branch too, deleted or not */
        descendants?: boolean;

        /** a project id */
        project?: string;

        /** a model of the catalog */
        model?: string;

        /** a token id */
        credential?: string;

        /** the cursor of an earlier page of the same report, which JSON has */
        cursor?: string;

        /** csv is whole, however many groups there are */
        format?: 'json' | 'csv';
      };
    } = {},
  ): Promise<Answer<200, Schemas['UsageReport']>> {
    return this.call('GET', '/admin/usage', request);
  }

  /** Usage records as they are settled on this replica, as server-sent events. `GET /admin/usage/live` */
  watchUsage(): Promise<Response> {
    return this.send('GET', '/admin/usage/live', {});
  }

  /** Lists the organizations of the installation. `GET /admin/organizations` */
  listOrganizations(
    request: {
      query?: {
        /** how many, at most; such as 100 */
        limit?: number;

        /** the cursor of an earlier page of this list */
        cursor?: string;

        /** a part of the id or of the name; such as acme */
        search?: string;
      };
    } = {},
  ): Promise<Answer<200, Schemas['AdminOrganizationList']>> {
    return this.call('GET', '/admin/organizations', request);
  }

  /** Makes an organization with its first owner, whose key is shown this once. `POST /admin/organizations` */
  addOrganization(request: {
    headers?: {
      /** the same key with the same request is answered as the first time, for 24 hours */
      'Idempotency-Key'?: string;
    };
    body: Schemas['AddOrganizationBody'];
  }): Promise<Answer<201, Schemas['NewOrganization']>> {
    return this.call('POST', '/admin/organizations', request);
  }

  /** Shows an organization. `GET /admin/organizations/{organization_id}` */
  getOrganizationAtAdminOrganizationsOrganizationId(request: {
    path: {
      /** the id of the organization */
      organization_id: string;
    };
  }): Promise<Answer<200, Schemas['AdminOrganization']>> {
    return this.call('GET', '/admin/organizations/{organization_id}', request);
  }

  /** Renames an organization. `PATCH /admin/organizations/{organization_id}` */
  renameOrganization(request: {
    path: {
      /** the id of the organization */
      organization_id: string;
    };
    body: Schemas['ChangeOrganizationBody'];
  }): Promise<Answer<200, Schemas['AdminOrganization']>> {
    return this.call('PATCH', '/admin/organizations/{organization_id}', request);
  }

  /** Ends an organization without projects, and all its keys; never the home organization. `DELETE /admin/organizations/{organization_id}` */
  deleteOrganization(request: {
    path: {
      /** the id of the organization */
      organization_id: string;
    };
  }): Promise<Answer<204, undefined>> {
    return this.call('DELETE', '/admin/organizations/{organization_id}', request);
  }

  /** Counts what is sealed under the master key, under another one, and under none that is known. `GET /admin/secrets` */
  countSecrets(): Promise<Answer<200, Schemas['SealedSecrets']>> {
    return this.call('GET', '/admin/secrets', {});
  }

  /** Seals under the master key what another key sealed, so that this one can be given up. `POST /admin/secrets/reseal` */
  resealSecrets(
    request: {
      headers?: {
        /** the same key with the same request is answered as the first time, for 24 hours */
        'Idempotency-Key'?: string;
      };
    } = {},
  ): Promise<Answer<200, Schemas['ResealedSecrets']>> {
    return this.call('POST', '/admin/secrets/reseal', request);
  }

  /** Shows catalog, upstreams, routes and limits as one document, without secrets. `GET /admin/config` */
  getConfiguration(): Promise<Answer<200, Schemas['Configuration']>> {
    return this.call('GET', '/admin/config', {});
  }

  /** Makes catalog, upstreams, routes and limits what a document says: all of it, or nothing. `PUT /admin/config` */
  putConfiguration(request: {
    query?: {
      /** changes nothing, and says what would be changed or refused */
      dry_run?: boolean;
    };
    headers?: {
      /** the ETag of the version that the document was made of */
      'if-match'?: string;
    };
    body: Schemas['Configuration'];
  }): Promise<Answer<200, Schemas['AppliedConfiguration']>> {
    return this.call('PUT', '/admin/config', request);
  }

  /** Lists the management keys; never a secret. `GET /admin/management-keys` */
  listManagementKeys(
    request: {
      query?: {
        /** how many, at most; such as 100 */
        limit?: number;

        /** the cursor of an earlier page of this list */
        cursor?: string;

        /** only the keys of this role */
        role?: 'viewer' | 'editor' | 'admin' | 'owner';

        /** only the keys of this project */
        project_id?: string;

        /** without it both */
        revoked?: boolean;
      };
    } = {},
  ): Promise<Answer<200, Schemas['ManagementKeyList']>> {
    return this.call('GET', '/admin/management-keys', request);
  }

  /** Makes a management key, of the organization or of one project; it is shown this once. `POST /admin/management-keys` */
  createManagementKey(request: {
    headers?: {
      /** the same key with the same request is answered as the first time, for 24 hours */
      'Idempotency-Key'?: string;
    };
    body: Schemas['CreateManagementKeyBody'];
  }): Promise<Answer<201, Schemas['IssuedManagementKey']>> {
    return this.call('POST', '/admin/management-keys', request);
  }

  /** Shows a management key. `GET /admin/management-keys/{key_id}` */
  getManagementKey(request: {
    path: {
      /** the id of the management key */
      key_id: string;
    };
  }): Promise<Answer<200, Schemas['ManagementKey']>> {
    return this.call('GET', '/admin/management-keys/{key_id}', request);
  }

  /** Renames a management key, or gives it another role. `PATCH /admin/management-keys/{key_id}` */
  changeManagementKey(request: {
    path: {
      /** the id of the management key */
      key_id: string;
    };
    body: Schemas['ChangeManagementKeyBody'];
  }): Promise<Answer<200, Schemas['ManagementKey']>> {
    return this.call('PATCH', '/admin/management-keys/{key_id}', request);
  }

  /** Revokes a management key; the organization’s last owner stays. `DELETE /admin/management-keys/{key_id}` */
  revokeManagementKey(request: {
    path: {
      /** the id of the management key */
      key_id: string;
    };
    query?: {
      /** changes nothing: 200 says what the deletion would do, and refusals are the same */
      dry_run?: boolean;
    };
  }): Promise<Answer<200, Schemas['DryRun']> | Answer<204, undefined>> {
    return this.call('DELETE', '/admin/management-keys/{key_id}', request);
  }

  /** Lists who changed what, newest first. `GET /admin/audit` */
  listAuditEntries(
    request: {
      query?: {
        /** how many, at most; such as 100 */
        limit?: number;

        /** the cursor of an earlier page of this list */
        cursor?: string;

        /** from this moment on; such as 2026-11-01 */
        from?: string;

        /** before this moment; such as 2026-12-01 */
        to?: string;

        /** the id of a management key, or `oidc:` and a subject */
        actor?: string;

        /** method and path pattern, as entries show it; such as PUT /admin/limits */
        action?: string;

        /** the id of an object */
        object?: string;

        /** such as limit */
        object_kind?: string;

        /** a project id */
        project?: string;

        /** how it ended */
        outcome?: 'done' | 'refused' | 'failed';

        /** csv is whole, however many entries there are */
        format?: 'json' | 'csv';
      };
    } = {},
  ): Promise<Answer<200, Schemas['AuditPage']>> {
    return this.call('GET', '/admin/audit', request);
  }
}

/** What stands between here and the gateway may answer with anything. */
function refusalOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
