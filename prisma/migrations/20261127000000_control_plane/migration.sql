-- What published clients set on a project and Bough has no use for, given back as it was.
ALTER TABLE "projects" ADD COLUMN "client_settings" JSONB;

ALTER TABLE "branches" ADD COLUMN "last_reset_at" TIMESTAMPTZ(3);
-- The time that `expires_at` was set for, which a reset sets anew.
ALTER TABLE "branches" ADD COLUMN "ttl_seconds" INTEGER;
-- Who ended a deleted branch: user, ttl or source. NULL, as for branches deleted before, means that it cannot be recovered.
ALTER TABLE "branches" ADD COLUMN "deleted_by" TEXT;
ALTER TABLE "branches" ADD COLUMN "annotation" JSONB;
-- The sweep asks for branches whose time is over.
CREATE INDEX "branches_expires_at_idx" ON "branches"("expires_at");

-- The token and the S3 secret, sealed with the master key, so that they can be shown again. NULL where only hashes are kept.
ALTER TABLE "credentials" ADD COLUMN "sealed_secrets" BYTEA;
ALTER TABLE "credentials" ADD COLUMN "rotated_at" TIMESTAMPTZ(3);

-- What was done to a project's tree. Every operation is finished by the time it is written.
CREATE TABLE "operations" (
  "id" TEXT NOT NULL,
  "project_id" TEXT NOT NULL,
  "branch_id" TEXT,
  "action" TEXT NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

  CONSTRAINT "operations_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "operations_project_id_created_at_idx" ON "operations"("project_id", "created_at");
CREATE INDEX "operations_created_at_idx" ON "operations"("created_at");
ALTER TABLE "operations" ADD CONSTRAINT "operations_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "projects"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- Projects whose tree follows a project elsewhere.
CREATE TABLE "lineage_sources" (
  "id" TEXT NOT NULL,
  "project_id" TEXT NOT NULL,
  "base_url" TEXT NOT NULL,
  "sealed_key" BYTEA NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "next_sync_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "last_attempt_at" TIMESTAMPTZ(3),
  "last_success_at" TIMESTAMPTZ(3),
  "failures" INTEGER NOT NULL DEFAULT 0,
  "last_error" TEXT,

  CONSTRAINT "lineage_sources_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "lineage_sources_project_id_key" ON "lineage_sources"("project_id");
CREATE INDEX "lineage_sources_next_sync_at_idx" ON "lineage_sources"("next_sync_at");
ALTER TABLE "lineage_sources" ADD CONSTRAINT "lineage_sources_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "projects"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
