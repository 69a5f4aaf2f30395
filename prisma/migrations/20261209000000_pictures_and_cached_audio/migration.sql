-- Pictures that a model draws, and audio that was read from a cache: both have prices of their own.
ALTER TABLE "usage_records" ADD COLUMN "cache_read_audio_tokens" BIGINT NOT NULL DEFAULT 0;
ALTER TABLE "usage_records" ADD COLUMN "output_image_tokens" BIGINT NOT NULL DEFAULT 0;
ALTER TABLE "usage_hourly" ADD COLUMN "cache_read_audio_tokens" DECIMAL(38, 0) NOT NULL DEFAULT 0;
ALTER TABLE "usage_hourly" ADD COLUMN "output_image_tokens" DECIMAL(38, 0) NOT NULL DEFAULT 0;
