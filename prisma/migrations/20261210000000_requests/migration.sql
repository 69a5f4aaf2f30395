-- What became of each request besides what it used, refused ones included, and how many ended how, hour by hour.
ALTER TABLE "usage_records" ADD COLUMN "code" TEXT;
ALTER TABLE "usage_records" ADD COLUMN "detail" JSONB;
ALTER TABLE "usage_records" ADD COLUMN "repeats" INTEGER NOT NULL DEFAULT 0;

-- Newest first within an organization; a report by days is pruned to its partitions and needs no day in the index.
CREATE INDEX "usage_records_organization_id_occurred_at_idx"
  ON "usage_records"("organization_id", "occurred_at");
DROP INDEX "usage_records_day_organization_id_idx";

CREATE TABLE "request_outcomes_hourly" (
  "organization_id" TEXT NOT NULL,
  "hour" TIMESTAMPTZ(3) NOT NULL,
  "project_id" TEXT NOT NULL,
  "branch_id" TEXT NOT NULL,
  "model_id" TEXT NOT NULL,
  "upstream" TEXT NOT NULL,
  "code" TEXT NOT NULL,
  "duration_bucket" INTEGER NOT NULL,
  "requests" BIGINT NOT NULL DEFAULT 0,

  CONSTRAINT "request_outcomes_hourly_pkey"
    PRIMARY KEY ("organization_id", "hour", "project_id", "branch_id", "model_id", "upstream", "code", "duration_bucket")
);
