-- Limits that a project's new branches are born with.
CREATE TABLE "branch_limit_defaults" (
  "id" TEXT NOT NULL,
  "project_id" TEXT NOT NULL,
  "pattern" TEXT NOT NULL,
  "kind" TEXT NOT NULL,
  "model_id" TEXT NOT NULL DEFAULT '',
  "value" BIGINT NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

  CONSTRAINT "branch_limit_defaults_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "branch_limit_defaults_project_id_pattern_kind_model_id_key" ON "branch_limit_defaults"("project_id", "pattern", "kind", "model_id");
ALTER TABLE "branch_limit_defaults" ADD CONSTRAINT "branch_limit_defaults_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "projects"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- Where a limit came from. No foreign key: it outlives the default.
ALTER TABLE "limits" ADD COLUMN "default_id" TEXT;

-- Credits (docs/decisions/0013-credits.md). Money is nano-dollars.
CREATE TABLE "credit_accounts" (
  "organization_id" TEXT NOT NULL,
  -- what of the ledger was charged against the grants so far
  "charged_cost_nano_usd" DECIMAL(38,0) NOT NULL,
  "charged_adjustments_nano_usd" DECIMAL(38,0) NOT NULL,
  -- spend that no grant covers (below zero), or refunds that fit into no grant (above)
  "uncovered_nano_usd" BIGINT NOT NULL DEFAULT 0,
  "balance_nano_usd" BIGINT NOT NULL DEFAULT 0,
  -- the number of entries
  "entries" BIGINT NOT NULL DEFAULT 0,
  "charged_at" TIMESTAMPTZ(3) NOT NULL,

  CONSTRAINT "credit_accounts_pkey" PRIMARY KEY ("organization_id")
);
ALTER TABLE "credit_accounts" ADD CONSTRAINT "credit_accounts_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organizations"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

CREATE TABLE "credit_grants" (
  "id" TEXT NOT NULL,
  "organization_id" TEXT NOT NULL,
  "amount_nano_usd" BIGINT NOT NULL,
  "remaining_nano_usd" BIGINT NOT NULL,
  "note" TEXT,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "expires_at" TIMESTAMPTZ(3),
  -- when its rest was taken back
  "expired_at" TIMESTAMPTZ(3),

  CONSTRAINT "credit_grants_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "credit_grants_organization_id_idx" ON "credit_grants"("organization_id");
CREATE INDEX "credit_grants_expires_at_idx" ON "credit_grants"("expires_at");
ALTER TABLE "credit_grants" ADD CONSTRAINT "credit_grants_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organizations"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

CREATE TABLE "credit_entries" (
  "id" TEXT NOT NULL,
  "organization_id" TEXT NOT NULL,
  -- 1, 2, 3 … in each organization
  "sequence" BIGINT NOT NULL,
  "kind" TEXT NOT NULL,
  "amount_nano_usd" BIGINT NOT NULL,
  "balance_nano_usd" BIGINT NOT NULL,
  "grant_id" TEXT,
  "occurred_at" TIMESTAMPTZ(3) NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

  CONSTRAINT "credit_entries_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "credit_entries_organization_id_sequence_key" ON "credit_entries"("organization_id", "sequence");
ALTER TABLE "credit_entries" ADD CONSTRAINT "credit_entries_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organizations"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "credit_entries" ADD CONSTRAINT "credit_entries_grant_id_fkey" FOREIGN KEY ("grant_id") REFERENCES "credit_grants"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
CREATE TRIGGER "credit_entries_append_only" BEFORE UPDATE OR DELETE ON "credit_entries"
  FOR EACH ROW EXECUTE FUNCTION "refuse_rewriting"();

-- A counter of an account's whole spend begins with what the ledger says, corrections included, and later ones do not
-- reach it. Which it began with is kept, so that a cap in terms of the ledger can be told in terms of the counter.
ALTER TABLE "quota_counters" ADD COLUMN "adjusted" BIGINT NOT NULL DEFAULT 0;
UPDATE "quota_counters" SET "adjusted" = (
  SELECT coalesce(sum("adjustments_nano_usd"), 0)::BIGINT FROM "usage_hourly"
  WHERE "organization_id" = split_part("key", ' ', 3))
WHERE "key" LIKE 'spend_total account %';

-- STABLE, so that it sees the very snapshot in which bough_spent summed the counter's beginning.
CREATE FUNCTION "bough_counter_adjusted"() RETURNS trigger LANGUAGE plpgsql STABLE AS $$
BEGIN
  SELECT coalesce(sum("adjustments_nano_usd"), 0)::BIGINT INTO NEW."adjusted" FROM "usage_hourly"
    WHERE "organization_id" = split_part(NEW."key", ' ', 3);
  RETURN NEW;
END $$;
CREATE TRIGGER "quota_counters_adjusted" BEFORE INSERT ON "quota_counters"
  FOR EACH ROW WHEN (NEW."key" LIKE 'spend_total account %') EXECUTE FUNCTION "bough_counter_adjusted"();
