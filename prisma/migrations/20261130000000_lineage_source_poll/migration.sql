-- How often one source is read, where that is not what the installation says.
ALTER TABLE "lineage_sources" ADD COLUMN "poll_seconds" INTEGER;
