-- What is append-only cannot be rewritten by anybody but the tables' owner, who would have to take the triggers away first.
-- The gateway connects as another role, which owns nothing (src/platform/prisma/application-role.ts).
CREATE TRIGGER "usage_records_append_only" BEFORE UPDATE OR DELETE ON "usage_records"
  FOR EACH ROW EXECUTE FUNCTION "refuse_rewriting"();
CREATE TRIGGER "model_prices_append_only" BEFORE UPDATE OR DELETE ON "model_prices"
  FOR EACH ROW EXECUTE FUNCTION "refuse_rewriting"();
CREATE TRIGGER "price_corrections_append_only" BEFORE UPDATE OR DELETE ON "price_corrections"
  FOR EACH ROW EXECUTE FUNCTION "refuse_rewriting"();
CREATE TRIGGER "usage_adjustments_never_emptied" BEFORE TRUNCATE ON "usage_adjustments"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_rewriting"();
CREATE TRIGGER "credit_entries_never_emptied" BEFORE TRUNCATE ON "credit_entries"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_rewriting"();

-- Making and dropping the ledger's partitions asks for ownership. These two functions run as the owner and do nothing else.
-- At start the owner replaces this number by what BOUGH_USAGE_RETENTION_DAYS says.
CREATE FUNCTION "bough_retention_days"() RETURNS INTEGER LANGUAGE sql IMMUTABLE AS 'SELECT 1';

CREATE FUNCTION "bough_ledger_partition"(day DATE) RETURNS TEXT LANGUAGE sql IMMUTABLE AS $$
  SELECT 'usage_records_' || to_char(day, 'YYYYMMDD')
$$;

-- The partition of a day, made apart and attached, which lets every other write go on. Nothing where it is there already.
CREATE FUNCTION "bough_add_ledger_day"(day DATE) RETURNS VOID LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  name TEXT := bough_ledger_partition(day);
BEGIN
  PERFORM pg_advisory_xact_lock(7261002);
  IF EXISTS (SELECT FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'usage_records'::regclass AND c.relname = name) THEN
    RETURN;
  END IF;
  EXECUTE format('CREATE TABLE %I (LIKE usage_records INCLUDING DEFAULTS)', name);
  EXECUTE format('ALTER TABLE usage_records ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', name, day, day + 1);
END $$;

-- Drops the partitions of days before this one, the oldest first, and tells their names. None while another replica is at
-- it, and none of the days that are to be kept. Only names of our own making: an operator's tables are left alone.
CREATE FUNCTION "bough_drop_ledger_days"(before DATE, at_most INTEGER) RETURNS SETOF TEXT
LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  kept_from DATE := (statement_timestamp() AT TIME ZONE 'UTC')::DATE - bough_retention_days();
  oldest TEXT[];
BEGIN
  IF NOT pg_try_advisory_xact_lock(7261002) THEN
    RETURN;
  END IF;
  SELECT array_agg(name) INTO oldest FROM (
    SELECT c.relname::TEXT AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'usage_records'::regclass AND c.relname ~ '^usage_records_[0-9]{8}$'
      AND c.relname < bough_ledger_partition(least(before, kept_from))
    ORDER BY 1 LIMIT at_most) AS old;
  IF oldest IS NULL THEN
    RETURN;
  END IF;
  EXECUTE 'DROP TABLE ' || (SELECT string_agg(quote_ident(name), ', ') FROM unnest(oldest) AS name);
  RETURN QUERY SELECT unnest(oldest);
END $$;

-- Nobody leads a function of the owner to other tables by a search path or a temporary table.
DO $$
BEGIN
  EXECUTE format('ALTER FUNCTION bough_add_ledger_day(DATE) SET search_path = %I, pg_temp', current_schema());
  EXECUTE format('ALTER FUNCTION bough_drop_ledger_days(DATE, INTEGER) SET search_path = %I, pg_temp', current_schema());
END $$;
REVOKE ALL ON FUNCTION "bough_add_ledger_day"(DATE) FROM PUBLIC;
REVOKE ALL ON FUNCTION "bough_drop_ledger_days"(DATE, INTEGER) FROM PUBLIC;
