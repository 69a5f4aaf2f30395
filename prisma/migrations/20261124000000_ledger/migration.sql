-- The ledger becomes a table with a partition for each UTC day, so that old days go whole. Its rows stay.
ALTER TABLE "usage_records" RENAME TO "usage_records_before";
ALTER TABLE "usage_records_before" RENAME CONSTRAINT "usage_records_pkey" TO "usage_records_before_pkey";
DROP INDEX "usage_records_day_organization_id_idx";
DROP INDEX "usage_records_branch_id_day_idx";

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
  "cache_write_1h_tokens" BIGINT NOT NULL DEFAULT 0,
  "input_audio_tokens" BIGINT NOT NULL DEFAULT 0,
  "output_tokens" BIGINT NOT NULL,
  "reasoning_tokens" BIGINT NOT NULL,
  "output_audio_tokens" BIGINT NOT NULL DEFAULT 0,
  "estimated" BOOLEAN NOT NULL,
  "cost_nano_usd" BIGINT NOT NULL,
  "price_version" INTEGER,
  "duration_ms" INTEGER NOT NULL,
  "first_token_ms" INTEGER,

  CONSTRAINT "usage_records_pkey" PRIMARY KEY ("request_id", "day")
) PARTITION BY RANGE ("day");

CREATE INDEX "usage_records_day_organization_id_idx" ON "usage_records"("day", "organization_id");
CREATE INDEX "usage_records_branch_id_day_idx" ON "usage_records"("branch_id", "day");

DO $$
DECLARE
  of_day DATE;
BEGIN
  FOR of_day IN SELECT DISTINCT "day" FROM "usage_records_before" LOOP
    EXECUTE format(
      'CREATE TABLE %I PARTITION OF usage_records FOR VALUES FROM (%L) TO (%L)',
      'usage_records_' || to_char(of_day, 'YYYYMMDD'), of_day, of_day + 1
    );
  END LOOP;
END $$;

INSERT INTO "usage_records" (
  "request_id", "occurred_at", "day", "organization_id", "project_id", "branch_id", "credential_id", "model_id",
  "dialect", "upstream", "upstream_model", "stream", "status", "http_status", "input_tokens", "cache_read_tokens",
  "cache_write_tokens", "output_tokens", "reasoning_tokens", "estimated", "cost_nano_usd", "duration_ms",
  "first_token_ms"
)
SELECT
  "request_id", "occurred_at", "day", "organization_id", "project_id", "branch_id", "credential_id", "model_id",
  "dialect", "upstream", "upstream_model", "stream", "status", "http_status", "input_tokens", "cache_read_tokens",
  "cache_write_tokens", "output_tokens", "reasoning_tokens", "estimated", "cost_nano_usd", "duration_ms",
  "first_token_ms"
FROM "usage_records_before";

DROP TABLE "usage_records_before";

-- Sums of the ledger by the hour. NUMERIC, because a sum of bigints may be none.
CREATE TABLE "usage_hourly" (
  "hour" TIMESTAMPTZ(3) NOT NULL,
  "organization_id" TEXT NOT NULL,
  "project_id" TEXT NOT NULL,
  "branch_id" TEXT NOT NULL,
  "model_id" TEXT NOT NULL,
  "credential_id" TEXT NOT NULL,
  "requests" BIGINT NOT NULL DEFAULT 0,
  "estimated_requests" BIGINT NOT NULL DEFAULT 0,
  "input_tokens" DECIMAL(38,0) NOT NULL DEFAULT 0,
  "cache_read_tokens" DECIMAL(38,0) NOT NULL DEFAULT 0,
  "cache_write_tokens" DECIMAL(38,0) NOT NULL DEFAULT 0,
  "cache_write_1h_tokens" DECIMAL(38,0) NOT NULL DEFAULT 0,
  "input_audio_tokens" DECIMAL(38,0) NOT NULL DEFAULT 0,
  "output_tokens" DECIMAL(38,0) NOT NULL DEFAULT 0,
  "reasoning_tokens" DECIMAL(38,0) NOT NULL DEFAULT 0,
  "output_audio_tokens" DECIMAL(38,0) NOT NULL DEFAULT 0,
  "cost_nano_usd" DECIMAL(38,0) NOT NULL DEFAULT 0,
  "adjustments_nano_usd" DECIMAL(38,0) NOT NULL DEFAULT 0,

  CONSTRAINT "usage_hourly_pkey" PRIMARY KEY ("organization_id", "hour", "project_id", "branch_id", "model_id", "credential_id")
);

INSERT INTO "usage_hourly"
SELECT
  date_trunc('hour', "occurred_at", 'UTC'), "organization_id", "project_id", "branch_id", "model_id", "credential_id",
  count(*), count(*) FILTER (WHERE "estimated"),
  sum("input_tokens"), sum("cache_read_tokens"), sum("cache_write_tokens"), sum("cache_write_1h_tokens"),
  sum("input_audio_tokens"), sum("output_tokens"), sum("reasoning_tokens"), sum("output_audio_tokens"),
  sum("cost_nano_usd"), 0
FROM "usage_records"
GROUP BY 1, 2, 3, 4, 5, 6;

-- Every price a model ever had here; the models row keeps the one that holds.
ALTER TABLE "models" ADD COLUMN "price_version" INTEGER NOT NULL DEFAULT 0;

CREATE TABLE "model_prices" (
  "model_id" TEXT NOT NULL,
  "version" INTEGER NOT NULL,
  "pricing" JSONB NOT NULL,
  "valid_from" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "note" TEXT NOT NULL DEFAULT '',

  CONSTRAINT "model_prices_pkey" PRIMARY KEY ("model_id", "version")
);
ALTER TABLE "model_prices" ADD CONSTRAINT "model_prices_model_id_fkey" FOREIGN KEY ("model_id") REFERENCES "models"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

UPDATE "models" SET "price_version" = 1;
INSERT INTO "model_prices" ("model_id", "version", "pricing", "valid_from", "note")
SELECT "id", 1, "pricing", "created_at", 'the price when versions began' FROM "models";

-- Corrections of prices, and what each of them adds to or takes from a request. The ledger itself is never rewritten.
CREATE TABLE "price_corrections" (
  "id" TEXT NOT NULL,
  "model_id" TEXT NOT NULL,
  "pricing" JSONB NOT NULL,
  "from" TIMESTAMPTZ(3) NOT NULL,
  "to" TIMESTAMPTZ(3) NOT NULL,
  "note" TEXT NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

  CONSTRAINT "price_corrections_pkey" PRIMARY KEY ("id")
);
ALTER TABLE "price_corrections" ADD CONSTRAINT "price_corrections_model_id_fkey" FOREIGN KEY ("model_id") REFERENCES "models"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

CREATE TABLE "usage_adjustments" (
  "request_id" TEXT NOT NULL,
  "correction_id" TEXT NOT NULL,
  "occurred_at" TIMESTAMPTZ(3) NOT NULL,
  "day" DATE NOT NULL,
  "organization_id" TEXT NOT NULL,
  "project_id" TEXT NOT NULL,
  "branch_id" TEXT NOT NULL,
  "credential_id" TEXT NOT NULL,
  "model_id" TEXT NOT NULL,
  "delta_nano_usd" BIGINT NOT NULL,
  "reason" TEXT NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

  CONSTRAINT "usage_adjustments_pkey" PRIMARY KEY ("request_id", "day", "correction_id")
);
ALTER TABLE "usage_adjustments" ADD CONSTRAINT "usage_adjustments_correction_id_fkey" FOREIGN KEY ("correction_id") REFERENCES "price_corrections"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
CREATE INDEX "usage_adjustments_day_organization_id_idx" ON "usage_adjustments"("day", "organization_id");
CREATE INDEX "usage_adjustments_correction_id_idx" ON "usage_adjustments"("correction_id");

-- Append-only: a wrong correction is corrected by another.
CREATE FUNCTION "refuse_rewriting"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
END $$;
CREATE TRIGGER "usage_adjustments_append_only" BEFORE UPDATE OR DELETE ON "usage_adjustments"
  FOR EACH ROW EXECUTE FUNCTION "refuse_rewriting"();
