-- An outage of the database is ridden out (docs/decisions/0018-an-outage-is-ridden-out.md): bough_lease grants what a steady
-- replica would need in one, and bough_reap does not take for dead whoever could not speak in one.

CREATE TABLE quota_upkeep (
  id INT NOT NULL DEFAULT 1,
  -- when the leases of dead replicas were looked for last
  looked_at TIMESTAMPTZ(3) NOT NULL,
  -- until then none is taken for dead
  quiet_until TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT quota_upkeep_pkey PRIMARY KEY (id)
);

-- p_counters: sorted by (k, w), each {k, w, e: end in ms or null, u: settled since the last report, a: what the replica
--   goes on holding, c: the cap or null where no request asks, x: what it would like at hand, y: what more it
--   would need at hand for an outage (absent from an older program), b: whether one request may
--   exceed an untouched window, s: [scope type, scope id, model] where the ledger knows the beginning}.
-- p_requests: each [[index of a counter, amount], …] in the order in which a refusal is to be told.
-- Returns {g: granted for each counter, r: for each request -1 or the index of the counter that refused it, h: what is
--   left of each counter, n: the clock in ms}. All rows are locked in the order of their keys, so that no two calls wait for each other.
CREATE OR REPLACE FUNCTION bough_lease(
  p_replica TEXT, p_seq BIGINT, p_attempt BIGINT, p_ttl_ms INT, p_counters JSONB, p_requests JSONB
) RETURNS JSONB
LANGUAGE plpgsql SET lock_timeout = '2s' AS $$
DECLARE
  fresh BOOLEAN;
  late BOOLEAN;
  size INT := jsonb_array_length(p_counters);
  v_used BIGINT[] := array_fill(0::BIGINT, ARRAY[size]);
  v_leased BIGINT[] := array_fill(0::BIGINT, ARRAY[size]);
  v_held BIGINT[] := array_fill(0::BIGINT, ARRAY[size]);
  v_held_before BIGINT[] := array_fill(0::BIGINT, ARRAY[size]);
  v_granted BIGINT[] := array_fill(0::BIGINT, ARRAY[size]);
  v_present BOOLEAN[] := array_fill(false, ARRAY[size]);
  v_refused INT[] := '{}';
  row_used BIGINT;
  row_leased BIGINT;
  row_held BIGINT;
  counter JSONB;
  request JSONB;
  part JSONB;
  place INT;
  need BIGINT;
  cap BIGINT;
  free BIGINT;
  horizon BIGINT;
  verdict INT;
BEGIN
  INSERT INTO quota_replicas AS replica (id, expires_at)
    VALUES (p_replica, clock_timestamp() + p_ttl_ms * INTERVAL '1 millisecond')
    ON CONFLICT (id) DO UPDATE SET expires_at = excluded.expires_at
    RETURNING replica.seq < p_seq, replica.attempt >= p_attempt INTO fresh, late;
  IF late THEN RAISE EXCEPTION 'a later call was answered already'; END IF;

  FOR i IN 1..size LOOP
    counter := p_counters -> (i - 1);
    LOOP
      SELECT c.used, c.leased INTO row_used, row_leased FROM quota_counters c
        WHERE c.key = counter ->> 'k' AND c.win = (counter ->> 'w')::BIGINT FOR UPDATE;
      v_present[i] := FOUND;
      EXIT WHEN v_present[i] OR counter ->> 'c' IS NULL;
      INSERT INTO quota_counters (key, win, ends_at, used) VALUES (
        counter ->> 'k',
        (counter ->> 'w')::BIGINT,
        to_timestamp((counter ->> 'e')::DOUBLE PRECISION / 1000),
        CASE WHEN counter ? 's' THEN bough_spent(
          counter -> 's' ->> 0, counter -> 's' ->> 1, counter -> 's' ->> 2,
          to_timestamp((counter ->> 'w')::DOUBLE PRECISION / 1000)) ELSE 0 END
      ) ON CONFLICT (key, win) DO NOTHING;
      -- Leases of a counter that was deleted are void.
      IF FOUND THEN
        DELETE FROM quota_leases l WHERE l.key = counter ->> 'k' AND l.win = (counter ->> 'w')::BIGINT;
      END IF;
    END LOOP;
    CONTINUE WHEN NOT v_present[i];
    v_used[i] := row_used;
    v_leased[i] := row_leased;
    SELECT l.amount INTO row_held FROM quota_leases l
      WHERE l.replica_id = p_replica AND l.key = counter ->> 'k' AND l.win = (counter ->> 'w')::BIGINT;
    v_held[i] := coalesce(row_held, 0);
    v_held_before[i] := v_held[i];
    IF fresh THEN
      -- A figure of a provider may be absurd; it must not stop the counting.
      v_used[i] := least(v_used[i]::NUMERIC + (counter ->> 'u')::NUMERIC, 4e18)::BIGINT;
      v_leased[i] := v_leased[i] + (counter ->> 'a')::BIGINT - v_held[i];
      v_held[i] := (counter ->> 'a')::BIGINT;
    END IF;
  END LOOP;

  FOR request IN SELECT value FROM jsonb_array_elements(p_requests) LOOP
    verdict := -1;
    FOR part IN SELECT value FROM jsonb_array_elements(request) LOOP
      place := (part ->> 0)::INT + 1;
      need := (part ->> 1)::BIGINT;
      cap := (p_counters -> (place - 1) ->> 'c')::BIGINT;
      IF v_used[place] + v_leased[place] + need > cap
        AND NOT (coalesce((p_counters -> (place - 1) ->> 'b')::BOOLEAN, false) AND v_used[place] + v_leased[place] = 0 AND cap > 0) THEN
        verdict := place - 1;
        EXIT;
      END IF;
    END LOOP;
    IF verdict = -1 THEN
      FOR part IN SELECT value FROM jsonb_array_elements(request) LOOP
        place := (part ->> 0)::INT + 1;
        need := (part ->> 1)::BIGINT;
        v_leased[place] := v_leased[place] + need;
        v_granted[place] := v_granted[place] + need;
      END LOOP;
    END IF;
    v_refused := v_refused || verdict;
  END LOOP;

  FOR i IN 1..size LOOP
    CONTINUE WHEN NOT v_present[i];
    counter := p_counters -> (i - 1);
    IF counter ->> 'c' IS NOT NULL THEN
      -- A block at hand saves calls. It shrinks with what is left, down to nothing: then each request is asked for by itself.
      free := (counter ->> 'c')::BIGINT - v_used[i] - v_leased[i];
      -- What an outage would need is granted where a multiple of it is left, a quarter of what is left at most.
      horizon := coalesce((counter ->> 'y')::BIGINT, 0);
      free := greatest(
        CASE WHEN free < 64 THEN 0 ELSE least(free / 16, (counter ->> 'x')::BIGINT) END,
        CASE WHEN horizon * (CASE WHEN free < 64 THEN 4 ELSE 2 END) > free THEN 0 ELSE least(free / 4, horizon) END);
      v_leased[i] := v_leased[i] + free;
      v_granted[i] := v_granted[i] + free;
    END IF;
    v_held[i] := v_held[i] + v_granted[i];
    UPDATE quota_counters c SET used = v_used[i], leased = v_leased[i]
      WHERE c.key = counter ->> 'k' AND c.win = (counter ->> 'w')::BIGINT
        AND (c.used <> v_used[i] OR c.leased <> v_leased[i]);
    IF v_held[i] <> v_held_before[i] THEN
      INSERT INTO quota_leases (replica_id, key, win, amount)
        VALUES (p_replica, counter ->> 'k', (counter ->> 'w')::BIGINT, v_held[i])
        ON CONFLICT (replica_id, key, win) DO UPDATE SET amount = excluded.amount;
    END IF;
  END LOOP;
  UPDATE quota_replicas SET seq = greatest(seq, p_seq), attempt = p_attempt WHERE id = p_replica;

  RETURN jsonb_build_object('n', extract(epoch FROM clock_timestamp()) * 1000,
    'g', to_jsonb(v_granted), 'r', to_jsonb(v_refused), 'h', (
    SELECT coalesce(jsonb_agg((p_counters -> (n - 1) ->> 'c')::BIGINT - v_used[n] - v_leased[n] ORDER BY n), '[]')
    FROM generate_series(1, size) n));
END $$;

-- Frees what dead replicas held. Running requests died with them, so their places are free when the lease is over; money
-- and tokens may have been spent without a word, so those stay taken for as long as `p_grace_ms` more. Nobody looks while the database is away, and nobody can speak either: behind such a
-- gap all that live get half of `p_ttl_ms` to say so, before any is taken for dead.
CREATE FUNCTION bough_reap(p_grace_ms INT, p_ttl_ms INT) RETURNS INT LANGUAGE plpgsql AS $$
DECLARE
  dead TEXT[];
  lease RECORD;
  freed BIGINT;
  reaped INT := 0;
  quiet BOOLEAN;
BEGIN
  IF NOT pg_try_advisory_xact_lock(727070002) THEN RETURN 0; END IF;
  INSERT INTO quota_upkeep AS upkeep (id, looked_at, quiet_until) VALUES (1, now(), to_timestamp(0))
    ON CONFLICT (id) DO UPDATE SET looked_at = now(), quiet_until = CASE
      WHEN now() - upkeep.looked_at > p_ttl_ms / 2 * INTERVAL '1 millisecond'
      THEN now() + p_ttl_ms / 2 * INTERVAL '1 millisecond' ELSE upkeep.quiet_until END
    RETURNING quiet_until > now() INTO quiet;
  IF quiet THEN RETURN 0; END IF;
  -- One that comes back in this moment holds its row, and is left alone.
  dead := ARRAY(SELECT id FROM quota_replicas WHERE expires_at < now() FOR UPDATE SKIP LOCKED);
  FOR lease IN
    SELECT l.replica_id, l.key, l.win FROM quota_leases l JOIN quota_replicas r ON r.id = l.replica_id
    WHERE r.id = ANY (dead) AND r.expires_at < now() - (CASE WHEN l.key LIKE 'concurrent_requests %' THEN 0 ELSE p_grace_ms END)
      * INTERVAL '1 millisecond'
    ORDER BY l.key COLLATE "C", l.win
  LOOP
    -- The counter first, as everywhere; what the lease holds is only known for sure once it is gone.
    PERFORM 1 FROM quota_counters WHERE key = lease.key AND win = lease.win FOR UPDATE;
    DELETE FROM quota_leases WHERE replica_id = lease.replica_id AND key = lease.key AND win = lease.win
      RETURNING amount INTO freed;
    IF FOUND THEN
      UPDATE quota_counters SET leased = leased - freed WHERE key = lease.key AND win = lease.win;
      reaped := reaped + 1;
    END IF;
  END LOOP;
  -- Its number is what tells a repeated report from a new one, so the row outlives any repetition.
  DELETE FROM quota_replicas r WHERE r.id = ANY (dead) AND expires_at < now() - INTERVAL '40 days'
    AND NOT EXISTS (SELECT 1 FROM quota_leases l WHERE l.replica_id = r.id);
  -- Two days: a replica whose clock is behind still counts in windows that are over for others.
  DELETE FROM quota_counters WHERE (key, win) IN (
    SELECT key, win FROM quota_counters WHERE ends_at < now() - INTERVAL '2 days' FOR UPDATE SKIP LOCKED);
  DELETE FROM quota_leases l WHERE NOT EXISTS (SELECT 1 FROM quota_counters c WHERE c.key = l.key AND c.win = l.win)
    AND l.win < (extract(epoch FROM now()) * 1000)::BIGINT - 172800000 AND l.win > 0;
  RETURN reaped;
END $$;

-- As programs of an older release call it.
CREATE OR REPLACE FUNCTION bough_reap(p_grace_ms INT) RETURNS INT LANGUAGE sql AS $$ SELECT bough_reap(p_grace_ms, 30000) $$;
