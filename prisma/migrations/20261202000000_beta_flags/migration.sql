-- Which `anthropic-beta` flags go on to an upstream, separated by commas; null where its kind's own rule holds.
ALTER TABLE "upstreams" ADD COLUMN "beta_flags" TEXT;
