-- What a provider's own tools used, how an answer was served, and whether a price was missing: what a correction of prices
-- needs to price a request again.
ALTER TABLE "usage_records"
  ADD COLUMN "web_searches" BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN "file_searches" BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN "code_containers" BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN "image_text_tokens" BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN "image_input_tokens" BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN "image_output_tokens" BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN "served" JSONB,
  ADD COLUMN "unpriced" BOOLEAN NOT NULL DEFAULT false;

ALTER TABLE "usage_hourly"
  ADD COLUMN "web_searches" DECIMAL(38,0) NOT NULL DEFAULT 0,
  ADD COLUMN "file_searches" DECIMAL(38,0) NOT NULL DEFAULT 0,
  ADD COLUMN "code_containers" DECIMAL(38,0) NOT NULL DEFAULT 0,
  ADD COLUMN "image_text_tokens" DECIMAL(38,0) NOT NULL DEFAULT 0,
  ADD COLUMN "image_input_tokens" DECIMAL(38,0) NOT NULL DEFAULT 0,
  ADD COLUMN "image_output_tokens" DECIMAL(38,0) NOT NULL DEFAULT 0,
  ADD COLUMN "unpriced_requests" BIGINT NOT NULL DEFAULT 0;
