-- Keys of the control plane: of a whole organization, or of one project of it.
ALTER TABLE "management_keys" ADD COLUMN "project_id" TEXT;
ALTER TABLE "management_keys" ADD COLUMN "last_used_at" TIMESTAMPTZ(3);
-- RESTRICT: a key whose project were forgotten would become one of the whole organization.
ALTER TABLE "management_keys" ADD CONSTRAINT "management_keys_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "projects"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
-- NOT VALID: a role that was written by hand opens nothing, and must not keep the gateway from starting.
ALTER TABLE "management_keys" ADD CONSTRAINT "management_keys_role_known" CHECK ("role" IN ('viewer', 'editor', 'admin', 'owner')) NOT VALID;
CREATE INDEX "management_keys_organization_id_idx" ON "management_keys"("organization_id");

-- Who changed what. No foreign keys: an entry outlives what it tells of.
CREATE TABLE "audit_entries" (
  -- a UUID of version 7 behind a prefix: its order is that of time
  "id" TEXT NOT NULL,
  "occurred_at" TIMESTAMPTZ(3) NOT NULL,
  "organization_id" TEXT NOT NULL,
  "project_id" TEXT,
  "actor_id" TEXT NOT NULL,
  "actor_name" TEXT NOT NULL,
  "actor_role" TEXT NOT NULL,
  "action" TEXT NOT NULL,
  "object_kind" TEXT NOT NULL,
  "object_id" TEXT,
  "before" JSONB,
  "after" JSONB,
  "request_id" TEXT NOT NULL,
  "client_address" TEXT NOT NULL,
  "outcome" TEXT NOT NULL,
  "status" INTEGER NOT NULL,

  CONSTRAINT "audit_entries_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "audit_entries_organization_id_id_idx" ON "audit_entries"("organization_id", "id");
CREATE TRIGGER "audit_entries_append_only" BEFORE UPDATE OR DELETE ON "audit_entries"
  FOR EACH ROW EXECUTE FUNCTION "refuse_rewriting"();
CREATE TRIGGER "audit_entries_never_emptied" BEFORE TRUNCATE ON "audit_entries"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_rewriting"();

-- First answers to requests with an Idempotency-Key, sealed with the master key. Without an answer one is being made.
CREATE TABLE "idempotency_keys" (
  "actor_id" TEXT NOT NULL,
  "key" TEXT NOT NULL,
  -- keyed digest of what was asked for
  "fingerprint" BYTEA NOT NULL,
  "status" INTEGER,
  "sealed_answer" BYTEA,
  "created_at" TIMESTAMPTZ(3) NOT NULL,
  "expires_at" TIMESTAMPTZ(3) NOT NULL,

  CONSTRAINT "idempotency_keys_pkey" PRIMARY KEY ("actor_id", "key")
);
CREATE INDEX "idempotency_keys_expires_at_idx" ON "idempotency_keys"("expires_at");
