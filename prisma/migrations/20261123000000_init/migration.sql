-- The first schema. Names and rules are what Prisma would give prisma/schema.prisma; what Prisma cannot say stands at the end.

CREATE TABLE "organizations" (
  "id" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

  CONSTRAINT "organizations_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "projects" (
  "id" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "organization_id" TEXT NOT NULL,
  "region_id" TEXT NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "deleted_at" TIMESTAMPTZ(3),

  CONSTRAINT "projects_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "branches" (
  "id" TEXT NOT NULL,
  "project_id" TEXT NOT NULL,
  "parent_id" TEXT,
  "name" TEXT NOT NULL,
  "is_default" BOOLEAN NOT NULL DEFAULT false,
  "protected" BOOLEAN NOT NULL DEFAULT false,
  "init_source" TEXT NOT NULL DEFAULT 'parent-data',
  "expires_at" TIMESTAMPTZ(3),
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "deleted_at" TIMESTAMPTZ(3),

  CONSTRAINT "branches_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "credentials" (
  "id" TEXT NOT NULL,
  "short_id" TEXT NOT NULL,
  "branch_id" TEXT NOT NULL,
  "name" TEXT,
  "scopes" TEXT[],
  "principal_type" TEXT NOT NULL DEFAULT 'user',
  "secret_hash" BYTEA NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "expires_at" TIMESTAMPTZ(3),
  "revoked_at" TIMESTAMPTZ(3),
  "last_used_at" TIMESTAMPTZ(3),

  CONSTRAINT "credentials_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "management_keys" (
  "id" TEXT NOT NULL,
  "organization_id" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "role" TEXT NOT NULL DEFAULT 'admin',
  "key_hash" BYTEA NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "revoked_at" TIMESTAMPTZ(3),

  CONSTRAINT "management_keys_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "models" (
  "id" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "type" TEXT NOT NULL,
  "provider" TEXT NOT NULL,
  "owned_by" TEXT NOT NULL,
  "family" TEXT,
  "status" TEXT NOT NULL,
  "enabled" BOOLEAN NOT NULL DEFAULT true,
  "dialects" TEXT[],
  "provider_model_id" TEXT,
  "context_length" INTEGER,
  "max_input_tokens" INTEGER,
  "max_output_tokens" INTEGER,
  "pricing" JSONB NOT NULL,
  "modalities" JSONB NOT NULL,
  "capabilities" JSONB NOT NULL,
  "open_weights" BOOLEAN NOT NULL DEFAULT false,
  "release_date" TEXT,
  "knowledge_cutoff" TEXT,
  "tokenizer_label" TEXT NOT NULL DEFAULT '',
  "notes" TEXT[],
  "source" TEXT NOT NULL DEFAULT 'seed',
  "changed_fields" TEXT[] DEFAULT ARRAY[]::TEXT[],
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

  CONSTRAINT "models_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "upstreams" (
  "id" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "kind" TEXT NOT NULL,
  "base_url" TEXT NOT NULL,
  "sealed_secret" BYTEA NOT NULL,
  "client_id" TEXT,
  "enabled" BOOLEAN NOT NULL DEFAULT true,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

  CONSTRAINT "upstreams_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "routes" (
  "id" TEXT NOT NULL,
  "model_id" TEXT NOT NULL,
  "upstream_id" TEXT NOT NULL,
  "upstream_model" TEXT NOT NULL,
  "priority" INTEGER NOT NULL DEFAULT 100,
  "weight" INTEGER NOT NULL DEFAULT 1,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

  CONSTRAINT "routes_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "limits" (
  "id" TEXT NOT NULL,
  "scope_type" TEXT NOT NULL,
  "scope_id" TEXT NOT NULL,
  "model_id" TEXT NOT NULL DEFAULT '',
  "kind" TEXT NOT NULL,
  "value" BIGINT NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

  CONSTRAINT "limits_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "blocks" (
  "id" TEXT NOT NULL,
  "scope_type" TEXT NOT NULL,
  "scope_id" TEXT NOT NULL,
  "reason" TEXT,
  "until" TIMESTAMPTZ(3),
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "lifted_at" TIMESTAMPTZ(3),

  CONSTRAINT "blocks_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "usage_records" (
  "request_id" TEXT NOT NULL,
  "occurred_at" TIMESTAMPTZ(3) NOT NULL,
  "day" DATE NOT NULL,
  "organization_id" TEXT NOT NULL,
  "project_id" TEXT NOT NULL,
  "branch_id" TEXT NOT NULL,
  "credential_id" TEXT NOT NULL,
  "model_id" TEXT NOT NULL,
  "dialect" TEXT NOT NULL,
  "upstream" TEXT NOT NULL,
  "upstream_model" TEXT NOT NULL,
  "stream" BOOLEAN NOT NULL,
  "status" TEXT NOT NULL,
  "http_status" INTEGER NOT NULL,
  "input_tokens" BIGINT NOT NULL,
  "cache_read_tokens" BIGINT NOT NULL,
  "cache_write_tokens" BIGINT NOT NULL,
  "output_tokens" BIGINT NOT NULL,
  "reasoning_tokens" BIGINT NOT NULL,
  "estimated" BOOLEAN NOT NULL,
  "cost_nano_usd" BIGINT NOT NULL,
  "duration_ms" INTEGER NOT NULL,
  "first_token_ms" INTEGER,

  CONSTRAINT "usage_records_pkey" PRIMARY KEY ("request_id")
);

CREATE TABLE "settings" (
  "key" TEXT NOT NULL,
  "value" JSONB NOT NULL,

  CONSTRAINT "settings_pkey" PRIMARY KEY ("key")
);

ALTER TABLE "projects" ADD CONSTRAINT "projects_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organizations"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "branches" ADD CONSTRAINT "branches_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "projects"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "branches" ADD CONSTRAINT "branches_parent_id_fkey" FOREIGN KEY ("parent_id") REFERENCES "branches"("id") ON DELETE SET NULL ON UPDATE CASCADE;
ALTER TABLE "credentials" ADD CONSTRAINT "credentials_branch_id_fkey" FOREIGN KEY ("branch_id") REFERENCES "branches"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "management_keys" ADD CONSTRAINT "management_keys_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organizations"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "routes" ADD CONSTRAINT "routes_model_id_fkey" FOREIGN KEY ("model_id") REFERENCES "models"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "routes" ADD CONSTRAINT "routes_upstream_id_fkey" FOREIGN KEY ("upstream_id") REFERENCES "upstreams"("id") ON DELETE CASCADE ON UPDATE CASCADE;
CREATE INDEX "projects_organization_id_idx" ON "projects"("organization_id");
CREATE INDEX "branches_project_id_idx" ON "branches"("project_id");
CREATE INDEX "branches_parent_id_idx" ON "branches"("parent_id");
CREATE UNIQUE INDEX "credentials_short_id_key" ON "credentials"("short_id");
CREATE INDEX "credentials_branch_id_idx" ON "credentials"("branch_id");
CREATE UNIQUE INDEX "management_keys_key_hash_key" ON "management_keys"("key_hash");
CREATE UNIQUE INDEX "upstreams_name_key" ON "upstreams"("name");
CREATE UNIQUE INDEX "routes_model_id_upstream_id_upstream_model_key" ON "routes"("model_id", "upstream_id", "upstream_model");
CREATE UNIQUE INDEX "limits_scope_type_scope_id_model_id_kind_key" ON "limits"("scope_type", "scope_id", "model_id", "kind");
CREATE INDEX "blocks_scope_type_scope_id_idx" ON "blocks"("scope_type", "scope_id");
CREATE INDEX "usage_records_day_organization_id_idx" ON "usage_records"("day", "organization_id");
CREATE INDEX "usage_records_branch_id_day_idx" ON "usage_records"("branch_id", "day");

-- A name belongs to one living branch of a project; a deleted branch gives its name back.
CREATE UNIQUE INDEX "branches_living_name_key" ON "branches"("project_id", "name") WHERE "deleted_at" IS NULL;

-- A project has at most one living default branch.
CREATE UNIQUE INDEX "branches_living_default_key" ON "branches"("project_id") WHERE "is_default" AND "deleted_at" IS NULL;

-- The shortest cycle; longer ones are refused by the program and harmless to its lineage query.
ALTER TABLE "branches" ADD CONSTRAINT "branches_not_own_parent" CHECK ("parent_id" IS NULL OR "parent_id" <> "id");

ALTER TABLE "limits" ADD CONSTRAINT "limits_value_not_negative" CHECK ("value" >= 0);
ALTER TABLE "routes" ADD CONSTRAINT "routes_weight_positive" CHECK ("weight" > 0);

-- Blocks that hold now are asked for at every reload; the lifted ones are history.
CREATE INDEX "blocks_holding_idx" ON "blocks"("scope_type", "scope_id") WHERE "lifted_at" IS NULL;
