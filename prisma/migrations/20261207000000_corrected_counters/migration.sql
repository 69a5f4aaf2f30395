-- Whether a limit may not be passed at all: requests reserve the most that they can take, not what is likely
-- (docs/decisions/0019-what-a-reservation-holds.md).
ALTER TABLE "limits" ADD COLUMN "hard" BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE "branch_limit_defaults" ADD COLUMN "hard" BOOLEAN NOT NULL DEFAULT false;

-- Adds what a price correction did to every counter of spend whose window holds the corrected requests: of the account,
-- the project, the branch with its ancestors, and the credential, for their model and for all models. Part of the
-- correction's transaction, so it happens once or not at all. A counter that is made later begins with the hourly sums,
-- which hold the correction.
CREATE FUNCTION "bough_correct_counters"(p_correction TEXT) RETURNS VOID
LANGUAGE plpgsql SET lock_timeout = '200ms' AS $$
DECLARE
  v_keys TEXT[];
  v_wins BIGINT[];
  v_deltas NUMERIC[];
  tries INT := 0;
BEGIN
  WITH RECURSIVE given AS (
    SELECT day, organization_id, project_id, branch_id, credential_id, model_id, sum(delta_nano_usd) AS delta
    FROM usage_adjustments WHERE correction_id = p_correction GROUP BY 1, 2, 3, 4, 5, 6
  ), lineage AS (
    SELECT branch_id, branch_id AS id FROM given
    UNION
    SELECT l.branch_id, b.parent_id FROM lineage l JOIN branches b ON b.id = l.id WHERE b.parent_id IS NOT NULL
  ), scoped AS (
    SELECT 'account ' || organization_id AS scope, model_id, day, delta FROM given
    UNION ALL SELECT 'project ' || project_id, model_id, day, delta FROM given
    UNION ALL SELECT 'branch ' || l.id, g.model_id, g.day, g.delta FROM given g JOIN lineage l USING (branch_id)
    UNION ALL SELECT 'credential ' || credential_id, model_id, day, delta FROM given
  ), keyed AS (
    SELECT w.kind || ' ' || scope || ' ' || m.model AS key, w.win, sum(delta) AS delta
    FROM scoped
    CROSS JOIN LATERAL (VALUES
      ('spend_per_day', extract(epoch FROM day::timestamp)::BIGINT * 1000),
      ('spend_per_month', extract(epoch FROM date_trunc('month', day::timestamp))::BIGINT * 1000),
      ('spend_total', 0)) AS w (kind, win)
    CROSS JOIN LATERAL (VALUES (''), (model_id)) AS m (model)
    GROUP BY 1, 2 HAVING sum(delta) <> 0
  )
  SELECT array_agg(key), array_agg(win), array_agg(delta) INTO v_keys, v_wins, v_deltas FROM keyed;
  IF v_keys IS NULL THEN RETURN; END IF;

  -- A counter that is being made has read the hourly sums without this correction. Once nobody writes counters, all of
  -- those are seen here, and whoever comes later reads the sums with it. Waiting in short steps lets leases pass.
  LOOP
    BEGIN
      LOCK TABLE quota_counters IN EXCLUSIVE MODE;
      EXIT;
    EXCEPTION WHEN lock_not_available THEN
      tries := tries + 1;
      IF tries >= 100 THEN RAISE; END IF;
      PERFORM pg_sleep(0.1);
    END;
  END LOOP;
  UPDATE quota_counters c SET
    used = greatest(-4e18, least(c.used + d.delta, 4e18))::BIGINT,
    adjusted = CASE WHEN c.key LIKE 'spend_total account %'
      THEN greatest(-4e18, least(c.adjusted + d.delta, 4e18))::BIGINT ELSE c.adjusted END
  FROM unnest(v_keys, v_wins, v_deltas) AS d (key, win, delta)
  WHERE c.key = d.key AND c.win = d.win;
END $$;

-- A correction may come before a replica has reported what it corrects: until then that is part of the lease, and the
-- counter stands below zero by as much. With no lease left nothing is to come, and a counter is not below zero.
CREATE FUNCTION "bough_counter_floor"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW."key" LIKE 'spend_total account %' THEN NEW."adjusted" := NEW."adjusted" - NEW."used"; END IF;
  NEW."used" := 0;
  RETURN NEW;
END $$;
CREATE TRIGGER "quota_counters_floor" BEFORE UPDATE ON "quota_counters"
  FOR EACH ROW WHEN (NEW."used" < 0 AND NEW."leased" <= 0) EXECUTE FUNCTION "bough_counter_floor"();
