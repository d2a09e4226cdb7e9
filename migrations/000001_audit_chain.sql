-- The audit chain, version 1: audit_events, its head, and the rules that keep them.
--
-- Every `:schema` stands for the quoted name of the schema that the chain lives in. The runner applies this file in one
-- transaction with search_path = pg_catalog, pg_temp, so that nothing in it can be resolved to an object of another role.
-- PostgreSQL 14 to 18, encoding UTF8, no extension.
--
-- SQLSTATEs of the rules (class CU is custody's):
--   CU001  audit_events may not be changed this way
--   CU002  an action that only custody's own functions may write
--   CU003  the head is missing, or was left between two events: nothing is appended
--   CU004  rows that arrived already hashed do not fit: none of them goes in
--   CU005  a redaction and its event, or a pruning and its event, do not fit each other
-- Limits are raised as 23514 by the trigger that every row passes: a CHECK constraint would be compiled again for the link of
-- every event, which is an UPDATE of its own.

CREATE TABLE :schema.audit_chain_head (
  id         integer     NOT NULL DEFAULT 1,
  row_hash   text        NOT NULL DEFAULT '',
  seq        bigint      NOT NULL DEFAULT 0,
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  chain_id   uuid        NOT NULL DEFAULT gen_random_uuid(),
  CONSTRAINT audit_chain_head_pkey PRIMARY KEY (id)
) WITH (fillfactor = 10);

INSERT INTO :schema.audit_chain_head DEFAULT VALUES;

-- What the chain stands on once its beginning was pruned: one row for each cut, the newest is the one that counts.
CREATE TABLE :schema.audit_chain_pruned (
  size           bigint      NOT NULL,
  row_hash       bytea       NOT NULL,
  frontier       bytea[]     NOT NULL,
  archive_sha256 bytea       NOT NULL,
  event_id       text        NOT NULL,
  pruned_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT audit_chain_pruned_pkey PRIMARY KEY (size),
  CONSTRAINT audit_chain_pruned_size CHECK (size > 0),
  CONSTRAINT audit_chain_pruned_hashes CHECK (octet_length(row_hash) = 32 AND octet_length(archive_sha256) = 32)
);

CREATE TABLE :schema.audit_events (
  -- In the order of its bytes, which no upgrade of the system's locales changes.
  id             text        COLLATE "C" NOT NULL DEFAULT gen_random_uuid()::text,
  actor          text        NOT NULL,
  actor_type     text        NOT NULL,
  action         text        NOT NULL,
  resource_type  text        NOT NULL,
  resource_id    text        NOT NULL,
  details        jsonb,
  "timestamp"    timestamptz NOT NULL DEFAULT clock_timestamp(),
  event_category text        NOT NULL DEFAULT 'general',
  recorded_at    timestamptz NOT NULL,
  recorded_by    text        NOT NULL,
  details_salt   bytea,
  details_hash   bytea       NOT NULL,
  seq            bigint,
  prev_hash      bytea,
  row_hash       bytea,
  CONSTRAINT audit_events_pkey PRIMARY KEY (id),
  CONSTRAINT audit_events_seq_key UNIQUE (seq)
);

-- One redaction for one event, found without reading the chain. An event is its id and its seq: a writer may give the id of a
-- pruned event to a new one, and that one must be erasable, too. In the order of ids, or none would find it.
CREATE UNIQUE INDEX audit_events_redaction_key ON :schema.audit_events (resource_id COLLATE "C", (details -> 'seq'))
  WHERE action = 'audit.redacted';

CREATE FUNCTION :schema.audit_chain_version() RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN 1;

-- Canonical bytes: each field is its length in four bytes, big-endian, and its bytes, or the length -1 for NULL; as COPY …
-- (FORMAT binary) has them, and as array_send has the elements of a bytea[] after its own 20 bytes.
CREATE FUNCTION :schema.audit_chain_fields(fields bytea[]) RETURNS bytea
LANGUAGE sql STABLE PARALLEL SAFE
RETURN substr(array_send(fields), 21);

-- SHA-256( field('custody.chain.v1') field(chain_id) ): the prev_hash of the first row.
CREATE FUNCTION :schema.audit_chain_genesis(chain_id uuid) RETURNS bytea
LANGUAGE sql STABLE PARALLEL SAFE
RETURN sha256(:schema.audit_chain_fields(ARRAY['custody.chain.v1'::bytea, uuid_send(chain_id)]));

-- SHA-256( field('custody.details.v1') field(salt) field(details::text) )
CREATE FUNCTION :schema.audit_events_details_hash(salt bytea, details_text bytea) RETURNS bytea
LANGUAGE sql STABLE PARALLEL SAFE
RETURN sha256(:schema.audit_chain_fields(ARRAY['custody.details.v1'::bytea, salt, details_text]));

-- SHA-256( field('custody.audit.v1') field(prev_hash) field(seq) … field(details_hash) )
CREATE FUNCTION :schema.audit_events_row_hash(
  prev_hash bytea, seq bigint, id text, "timestamp" timestamptz, actor text, actor_type text, action text,
  resource_type text, resource_id text, event_category text, recorded_at timestamptz, recorded_by text,
  details_hash bytea
) RETURNS bytea
LANGUAGE sql STABLE PARALLEL SAFE
RETURN sha256(:schema.audit_chain_fields(ARRAY[
  'custody.audit.v1'::bytea, prev_hash, int8send(seq), convert_to(id, 'UTF8'), timestamptz_send("timestamp"),
  convert_to(actor, 'UTF8'), convert_to(actor_type, 'UTF8'), convert_to(action, 'UTF8'),
  convert_to(resource_type, 'UTF8'), convert_to(resource_id, 'UTF8'), convert_to(event_category, 'UTF8'),
  timestamptz_send(recorded_at), convert_to(recorded_by, 'UTF8'), details_hash
]));

-- Whether an event's details say that the row with these facts was redacted, and why.
CREATE FUNCTION :schema.audit_events_redaction_fits(details jsonb, seq bigint, row_hash bytea, details_hash bytea)
RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
RETURN jsonb_typeof(details -> 'reason') = 'string' AND
  CASE jsonb_typeof(details) WHEN 'object' THEN details - 'reason' END
    = jsonb_build_object('seq', seq, 'row_hash', encode(row_hash, 'hex'), 'details_hash', encode(details_hash, 'hex'));

-- What the details of `audit.pruned` say.
CREATE FUNCTION :schema.audit_chain_pruning_facts(size bigint, row_hash bytea, frontier bytea[], archive_sha256 bytea)
RETURNS jsonb
LANGUAGE sql STABLE PARALLEL SAFE
RETURN jsonb_build_object('size', size, 'row_hash', encode(row_hash, 'hex'),
  'frontier', (SELECT coalesce(jsonb_agg(encode(node, 'hex') ORDER BY place), '[]'::jsonb)
               FROM unnest(frontier) WITH ORDINALITY AS nodes (node, place)),
  'archive_sha256', encode(archive_sha256, 'hex'));

-- The newest row: of the table, else what the last pruning left, else nothing (seq 0).
CREATE FUNCTION :schema.audit_chain_tail(OUT seq bigint, OUT row_hash bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off
AS $custody$
BEGIN
  SELECT e.seq, e.row_hash INTO seq, row_hash
    FROM ONLY :schema.audit_events e WHERE e.seq IS NOT NULL ORDER BY e.seq DESC LIMIT 1;
  IF FOUND THEN RETURN; END IF;
  SELECT p.size, p.row_hash INTO seq, row_hash FROM ONLY :schema.audit_chain_pruned p ORDER BY p.size DESC LIMIT 1;
  IF NOT FOUND THEN seq := 0; END IF;
END
$custody$;

-- BEFORE INSERT. Every event is held by the limits. A new event gets everything that its writer may not choose. An event that arrives already hashed
-- (a data-only restore) must come from the chain's owner, lie beyond the head, and give its own hashes.
CREATE FUNCTION :schema.audit_events_arrive() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $custody$
DECLARE
  details_text bytea;
  head_seq bigint;
BEGIN
  IF octet_length(NEW.id) > 255 OR octet_length(NEW.actor) > 8192 OR octet_length(NEW.actor_type) > 8192
     OR octet_length(NEW.action) > 8192 OR octet_length(NEW.resource_type) > 8192
     OR octet_length(NEW.resource_id) > 8192 OR octet_length(NEW.event_category) > 8192 THEN
    RAISE EXCEPTION 'event % is too large: id holds at most 255 bytes, every other text 8192', left(NEW.id, 40)
      USING ERRCODE = 'check_violation', CONSTRAINT = 'audit_events_text_size',
            SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME;
  END IF;
  details_text := convert_to(NEW.details::text, 'UTF8');
  IF octet_length(details_text) > 1048576 THEN
    RAISE EXCEPTION 'details of event % are % bytes as text: at most 1048576', NEW.id, octet_length(details_text)
      USING ERRCODE = 'check_violation', CONSTRAINT = 'audit_events_details_size',
            SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME;
  END IF;

  IF NEW.seq IS NULL AND NEW.prev_hash IS NULL AND NEW.row_hash IS NULL
     AND NEW.details_salt IS NULL AND NEW.details_hash IS NULL THEN
    IF starts_with(NEW.action, 'audit.') THEN
      -- These two are compared at commit with what they say was done, whoever the owner lets write them.
      IF NEW.action NOT IN ('audit.redacted', 'audit.pruned')
         OR NOT pg_has_role(current_user, (SELECT c.relowner FROM pg_class c WHERE c.oid = TG_RELID), 'USAGE') THEN
        RAISE EXCEPTION 'action % is reserved: audit.* events are written by the chain''s own functions', NEW.action
          USING ERRCODE = 'CU002';
      END IF;
    END IF;
    IF details_text IS NULL OR NEW.id IS NULL OR NEW.event_category IS NULL THEN
      NEW.details := coalesce(NEW.details, 'null'::jsonb);
      details_text := coalesce(details_text, 'null'::bytea);
      NEW.id := coalesce(NEW.id, gen_random_uuid()::text);
      NEW.event_category := coalesce(NEW.event_category, 'general');
    END IF;
    NEW.recorded_at := clock_timestamp();
    NEW.recorded_by := session_user::text;
    NEW.details_salt := substr(sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())), 1, 16);
    NEW.details_hash := :schema.audit_events_details_hash(NEW.details_salt, details_text);
    RETURN NEW;
  END IF;

  IF NOT pg_has_role(current_user, (SELECT c.relowner FROM pg_class c WHERE c.oid = TG_RELID), 'USAGE') THEN
    RAISE EXCEPTION 'event % arrived already hashed: only the chain''s owner may restore events', NEW.id
      USING ERRCODE = 'CU004';
  END IF;
  SELECT h.seq INTO head_seq FROM ONLY :schema.audit_chain_head h WHERE h.id = 1;
  IF NEW.seq IS NULL OR NEW.seq <= head_seq THEN
    RAISE EXCEPTION 'event % arrived already hashed with seq %, which is not beyond the head (seq %)',
      NEW.id, coalesce(NEW.seq::text, 'NULL'), coalesce(head_seq::text, 'missing')
      USING ERRCODE = 'CU004';
  END IF;
  IF NEW.details IS NULL AND NEW.details_salt IS NULL THEN
    IF starts_with(NEW.action, 'audit.') OR starts_with(NEW.action, 'drop.') THEN
      RAISE EXCEPTION 'event % (%) arrived redacted: such events cannot be', NEW.id, NEW.action USING ERRCODE = 'CU004';
    END IF;
  ELSIF details_text IS NULL OR octet_length(NEW.details_salt) IS DISTINCT FROM 16
        OR NEW.details_hash IS DISTINCT FROM :schema.audit_events_details_hash(NEW.details_salt, details_text) THEN
    RAISE EXCEPTION 'event % arrived with details that do not give its details_hash', NEW.id USING ERRCODE = 'CU004';
  END IF;
  IF NEW.row_hash IS DISTINCT FROM :schema.audit_events_row_hash(
       NEW.prev_hash, NEW.seq, NEW.id, NEW."timestamp", NEW.actor, NEW.actor_type, NEW.action, NEW.resource_type,
       NEW.resource_id, NEW.event_category, NEW.recorded_at, NEW.recorded_by, NEW.details_hash) THEN
    RAISE EXCEPTION 'event % arrived with content that does not give its row_hash', NEW.id USING ERRCODE = 'CU004';
  END IF;
  RETURN NEW;
END
$custody$;

-- Waits for the head, but not for ever: a forgotten prepared transaction holds it.
CREATE FUNCTION :schema.audit_chain_wait_for_head() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET lock_timeout = '60s'
AS $custody$
BEGIN
  PERFORM FROM ONLY :schema.audit_chain_head h WHERE h.id = 1 FOR UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'the head of the audit chain is missing' USING ERRCODE = 'CU003',
      HINT = 'Nothing is appended until it is restored; run: custody chain verify';
  END IF;
END
$custody$;

-- BEFORE UPDATE of seq, prev_hash, row_hash: an event is linked once, by a trigger. Whoever may update and does so from a
-- trigger of its own fails at its commit, where audit_events_commit finds the event changed.
CREATE FUNCTION :schema.audit_events_link() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $custody$
BEGIN
  IF OLD.seq IS NULL AND pg_trigger_depth() > 1 THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'audit_events is append-only: event % cannot be updated', OLD.id USING ERRCODE = 'CU001';
END
$custody$;

-- Where the chain's first event goes, or a transaction's second. The head is marked (seq = minus the transaction's id, which
-- nobody else can see) for all events that are still to come: they go after the newest one, and a deferred trigger moves
-- the head when all are linked. A head row with one dead version for each event would make the cost of an event grow.
CREATE FUNCTION :schema.audit_chain_next(OUT seq bigint, OUT prev_hash bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off
AS $custody$
DECLARE
  head record;
BEGIN
  PERFORM :schema.audit_chain_wait_for_head();
  SELECT h.seq, h.row_hash, h.chain_id INTO head FROM ONLY :schema.audit_chain_head h WHERE h.id = 1;
  IF head.seq < 0 THEN
    RAISE EXCEPTION 'the head of the audit chain was left between two events' USING ERRCODE = 'CU003',
      HINT = 'A transaction switched the triggers off before its commit; run: custody chain verify';
  END IF;
  seq := head.seq + 1;
  prev_hash := CASE head.row_hash WHEN '' THEN :schema.audit_chain_genesis(head.chain_id)
                                  ELSE decode(head.row_hash, 'hex') END;
  PERFORM :schema.audit_chain_mark_head();
END
$custody$;

-- Marks the head, so that it moves once for all events that are still to come. Naming id is what
-- queues the trigger that moves it.
CREATE FUNCTION :schema.audit_chain_mark_head() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off
AS $custody$
DECLARE
  mark bigint := -(pg_current_xact_id()::text::bigint);
BEGIN
  UPDATE ONLY :schema.audit_chain_head SET id = 1, seq = mark WHERE id = 1;
  PERFORM FROM ONLY :schema.audit_chain_head h WHERE h.id = 1 AND h.seq = mark;
  IF NOT FOUND THEN
    -- The writer said SET CONSTRAINTS ALL IMMEDIATE, and the head has just moved back to the event before this one.
    SET CONSTRAINTS :schema.audit_chain_head_move DEFERRED;
    UPDATE ONLY :schema.audit_chain_head SET id = 1, seq = mark WHERE id = 1;
  END IF;
END
$custody$;

-- At commit, after the links: the head becomes the newest event.
CREATE FUNCTION :schema.audit_chain_head_move() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off
AS $custody$
BEGIN
  UPDATE ONLY :schema.audit_chain_head h
    SET seq = t.seq, row_hash = coalesce(encode(t.row_hash, 'hex'), ''), updated_at = clock_timestamp()
    FROM :schema.audit_chain_tail() t WHERE h.id = 1 AND h.seq < 0;
  RETURN NULL;
END
$custody$;

-- Once for all events that arrived already hashed, at commit: seq, links, redactions and prunings of everything beyond
-- the head; then the head is derived. What a concurrent or later event could hide is not possible: the head is locked.
CREATE FUNCTION :schema.audit_events_accept() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off
AS $custody$
DECLARE
  head record;
  base record;
  bad record;
BEGIN
  PERFORM :schema.audit_chain_wait_for_head();
  SELECT h.seq, h.row_hash, h.chain_id INTO head FROM ONLY :schema.audit_chain_head h WHERE h.id = 1;
  IF head.seq < 0 THEN
    RAISE EXCEPTION 'events that arrive already hashed and new events need transactions of their own'
      USING ERRCODE = 'CU004';
  END IF;

  base := head;
  base.row_hash := coalesce(nullif(head.row_hash, ''), encode(:schema.audit_chain_genesis(head.chain_id), 'hex'));
  IF head.seq = 0 THEN
    SELECT p.size AS seq, encode(p.row_hash, 'hex') AS row_hash INTO bad
      FROM ONLY :schema.audit_chain_pruned p ORDER BY p.size DESC LIMIT 1;
    IF FOUND THEN
      base.seq := bad.seq;
      base.row_hash := bad.row_hash;
    END IF;
  END IF;

  SELECT w.id, w.seq, w.due INTO bad FROM (
    SELECT e.id, e.seq, e.prev_hash,
           base.seq + row_number() OVER in_order AS due,
           lag(e.row_hash, 1, decode(base.row_hash, 'hex')) OVER in_order AS due_hash
      FROM ONLY :schema.audit_events e WHERE e.seq > head.seq
      WINDOW in_order AS (ORDER BY e.seq)
  ) w WHERE w.seq <> w.due OR w.prev_hash IS DISTINCT FROM w.due_hash ORDER BY w.seq LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'restored event % (seq %) does not continue the chain where seq % is due', bad.id, bad.seq, bad.due
      USING ERRCODE = 'CU004', HINT = 'Restore a whole chain, audit_chain_head before audit_events, in one transaction.';
  END IF;

  SELECT e.id INTO bad FROM ONLY :schema.audit_events e
    WHERE e.seq > head.seq AND e.details_salt IS NULL AND NOT EXISTS (
      SELECT FROM ONLY :schema.audit_events r
        WHERE r.action = 'audit.redacted' AND r.resource_id = e.id AND r.resource_type = 'audit_event' AND r.seq > e.seq
          AND :schema.audit_events_redaction_fits(r.details, e.seq, e.row_hash, e.details_hash))
    LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'restored event % is redacted, and no event says so', bad.id USING ERRCODE = 'CU004';
  END IF;
  SELECT r.id INTO bad FROM ONLY :schema.audit_events r
    WHERE r.action = 'audit.redacted' AND r.seq > head.seq AND NOT EXISTS (
      SELECT FROM ONLY :schema.audit_events e
        WHERE e.id = r.resource_id AND e.details IS NULL AND e.details_salt IS NULL AND e.seq < r.seq
          AND :schema.audit_events_redaction_fits(r.details, e.seq, e.row_hash, e.details_hash))
      AND (CASE jsonb_typeof(r.details -> 'seq') WHEN 'number' THEN (r.details ->> 'seq')::numeric <= base.seq END)
          IS NOT TRUE
    LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'restored event % says that an event was redacted which is not', bad.id USING ERRCODE = 'CU004';
  END IF;
  IF head.seq = 0 AND base.seq > 0 THEN
    PERFORM FROM ONLY :schema.audit_chain_pruned p JOIN ONLY :schema.audit_events e ON e.id = p.event_id
      WHERE p.size = base.seq AND e.action = 'audit.pruned'
        AND e.details = :schema.audit_chain_pruning_facts(p.size, p.row_hash, p.frontier, p.archive_sha256);
    IF NOT FOUND THEN
      RAISE EXCEPTION 'the restored chain begins at seq %, and no event says that it was pruned there', base.seq + 1
        USING ERRCODE = 'CU004';
    END IF;
  END IF;

  UPDATE ONLY :schema.audit_chain_head h
    SET seq = t.seq, row_hash = encode(t.row_hash, 'hex'), updated_at = clock_timestamp()
    FROM :schema.audit_chain_tail() t WHERE h.id = 1;
END
$custody$;

-- At commit, for each event that was inserted. A new one is linked, which needs an UPDATE that its writer may not do, and
-- is compared with what it says was done to the chain. Of those that arrived already hashed the first one speaks for all.
--
-- The head is locked here and stays locked until the transaction ends. It is the authority for what comes next: where rows
-- were cut off behind its back the gap stays for every verifier to see. Almost every transaction has one event: then a
-- single UPDATE waits for the head, hashes the event and moves the head. It is written to be cheap where it runs once in
-- a transaction: every node of an expression is prepared anew in each.
CREATE FUNCTION :schema.audit_events_commit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET lock_timeout = '60s'
AS $custody$
DECLARE
  is_linked boolean;
  link_seq bigint;
  link_prev_hash bytea;
  link_row_hash bytea;
BEGIN
  IF NEW.row_hash IS NOT NULL THEN
    PERFORM FROM ONLY :schema.audit_chain_head h WHERE h.id = 1 AND NEW.seq <= h.seq;
    IF NOT FOUND THEN
      PERFORM :schema.audit_events_accept();
    END IF;
    RETURN NULL;
  END IF;
  -- By its place (ctid), which no plan can miss and no index is read for. Nobody else sees the row, and nobody may change it.
  -- The setting only says where to look first: wherever somebody else set it, both ways end alike.
  is_linked := false;
  IF current_setting('custody.events', true) IS DISTINCT FROM 'many' THEN
    UPDATE ONLY :schema.audit_events e
      SET seq = o.seq + 1, prev_hash = o.row_hash,
          row_hash = :schema.audit_events_row_hash(
            o.row_hash, o.seq + 1, NEW.id, NEW."timestamp", NEW.actor, NEW.actor_type, NEW.action, NEW.resource_type,
            NEW.resource_id, NEW.event_category, NEW.recorded_at, NEW.recorded_by, NEW.details_hash)
      FROM (SELECT h.seq, decode(h.row_hash, 'hex') AS row_hash FROM ONLY :schema.audit_chain_head h
             WHERE h.id = 1 AND h.seq > 0 AND h.xmin <> pg_current_xact_id()::xid FOR UPDATE) o
      WHERE e.ctid = NEW.ctid
      RETURNING e.seq, e.row_hash INTO link_seq, link_row_hash;
    is_linked := FOUND;
  END IF;
  IF is_linked THEN
    UPDATE ONLY :schema.audit_chain_head h
      SET seq = link_seq, row_hash = encode(link_row_hash, 'hex'), updated_at = clock_timestamp() WHERE h.id = 1;
  ELSE
    SELECT newest.seq + 1, newest.row_hash INTO link_seq, link_prev_hash
      FROM ONLY :schema.audit_chain_head h, LATERAL (
        SELECT e.seq, e.row_hash FROM ONLY :schema.audit_events e WHERE e.seq IS NOT NULL ORDER BY e.seq DESC LIMIT 1
      ) newest WHERE h.id = 1 AND h.seq = -(pg_current_xact_id()::text::bigint);
    IF NOT FOUND THEN
      SELECT n.seq, n.prev_hash INTO link_seq, link_prev_hash FROM :schema.audit_chain_next() n;
      PERFORM set_config('custody.events', 'many', true);
    END IF;
    UPDATE ONLY :schema.audit_events e
      SET seq = link_seq, prev_hash = link_prev_hash,
          row_hash = :schema.audit_events_row_hash(
            link_prev_hash, link_seq, NEW.id, NEW."timestamp", NEW.actor, NEW.actor_type, NEW.action, NEW.resource_type,
            NEW.resource_id, NEW.event_category, NEW.recorded_at, NEW.recorded_by, NEW.details_hash)
      WHERE e.ctid = NEW.ctid;
    IF NOT FOUND THEN
      RAISE EXCEPTION 'event % was changed before it was linked', NEW.id USING ERRCODE = 'CU001';
    END IF;
  END IF;
  IF NOT starts_with(NEW.action, 'audit.') THEN
    RETURN NULL;
  ELSIF NEW.action = 'audit.redacted' THEN
    PERFORM FROM ONLY :schema.audit_events e
      WHERE e.id = NEW.resource_id AND NEW.resource_type = 'audit_event' AND e.seq IS NOT NULL
        AND e.details IS NULL AND e.details_salt IS NULL
        AND :schema.audit_events_redaction_fits(NEW.details, e.seq, e.row_hash, e.details_hash);
    IF NOT FOUND THEN
      RAISE EXCEPTION 'audit.redacted names event %, which it did not redact', NEW.resource_id USING ERRCODE = 'CU005';
    END IF;
  ELSIF NEW.action = 'audit.pruned' THEN
    PERFORM FROM ONLY :schema.audit_chain_pruned p
      WHERE p.event_id = NEW.id
        AND NEW.details = :schema.audit_chain_pruning_facts(p.size, p.row_hash, p.frontier, p.archive_sha256);
    IF NOT FOUND THEN
      RAISE EXCEPTION 'audit.pruned (event %) records no pruning', NEW.id USING ERRCODE = 'CU005';
    END IF;
  END IF;
  RETURN NULL;
END
$custody$;

-- BEFORE UPDATE of any other column: a redaction erases details and details_salt, both, and touches nothing else.
CREATE FUNCTION :schema.audit_events_keep() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $custody$
BEGIN
  IF OLD.seq IS NULL OR OLD.details_salt IS NULL OR NEW.details_salt IS NOT NULL OR NEW.details IS NOT NULL
     OR (NEW.id, NEW.actor, NEW.actor_type, NEW.action, NEW.resource_type, NEW.resource_id, NEW."timestamp",
         NEW.event_category, NEW.recorded_at, NEW.recorded_by, NEW.details_hash, NEW.seq, NEW.prev_hash, NEW.row_hash)
        IS DISTINCT FROM
        (OLD.id, OLD.actor, OLD.actor_type, OLD.action, OLD.resource_type, OLD.resource_id, OLD."timestamp",
         OLD.event_category, OLD.recorded_at, OLD.recorded_by, OLD.details_hash, OLD.seq, OLD.prev_hash, OLD.row_hash)
  THEN
    RAISE EXCEPTION 'audit_events is append-only: event % cannot be updated', OLD.id USING ERRCODE = 'CU001',
      HINT = 'Personal data in details can be erased: custody chain redact';
  END IF;
  IF starts_with(OLD.action, 'audit.') OR starts_with(OLD.action, 'drop.') THEN
    RAISE EXCEPTION 'event % (%) cannot be redacted', OLD.id, OLD.action USING ERRCODE = 'CU001';
  END IF;
  RETURN NEW;
END
$custody$;

-- BEFORE DELETE: only what a recorded pruning has cut off.
CREATE FUNCTION :schema.audit_events_stay() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off
AS $custody$
BEGIN
  PERFORM FROM ONLY :schema.audit_chain_pruned p WHERE p.size >= OLD.seq LIMIT 1;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'audit_events is append-only: event % cannot be deleted', OLD.id USING ERRCODE = 'CU001',
      HINT = 'A verified and exported beginning of the chain can be removed: custody chain prune';
  END IF;
  RETURN OLD;
END
$custody$;

-- At commit, for a redacted event: the event that says so.
CREATE FUNCTION :schema.audit_events_redaction_recorded() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off
AS $custody$
BEGIN
  PERFORM FROM ONLY :schema.audit_events r
    WHERE r.action = 'audit.redacted' AND r.resource_id = NEW.id AND r.resource_type = 'audit_event'
      AND (r.seq IS NULL OR r.seq > NEW.seq)
      AND :schema.audit_events_redaction_fits(r.details, NEW.seq, NEW.row_hash, NEW.details_hash);
  IF NOT FOUND THEN
    RAISE EXCEPTION 'event % was redacted, and no audit.redacted event says so', NEW.id USING ERRCODE = 'CU005';
  END IF;
  RETURN NULL;
END
$custody$;

-- BEFORE INSERT on the prunings: a new cut lies within the chain and stands on its own last event. Into a chain that
-- holds nothing yet a restore may bring any: its events are checked against it when they come.
CREATE FUNCTION :schema.audit_chain_pruned_arrive() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off
AS $custody$
DECLARE
  head record;
BEGIN
  PERFORM :schema.audit_chain_wait_for_head();
  SELECT h.seq, h.row_hash INTO head FROM ONLY :schema.audit_chain_head h WHERE h.id = 1;
  IF cardinality(NEW.frontier) <> length(replace(ltrim(NEW.size::bit(64)::text, '0'), '0', ''))
     OR EXISTS (SELECT FROM unnest(NEW.frontier) AS nodes (node) WHERE octet_length(node) IS DISTINCT FROM 32) THEN
    RAISE EXCEPTION 'a pruning at size % has no frontier of % hashes', NEW.size, cardinality(NEW.frontier)
      USING ERRCODE = 'CU005';
  END IF;
  IF head.seq = 0 AND NOT EXISTS (SELECT FROM ONLY :schema.audit_events) THEN
    RETURN NEW;
  END IF;
  PERFORM FROM ONLY :schema.audit_events e WHERE e.seq = NEW.size AND e.row_hash = NEW.row_hash;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'a pruning at size % does not end at an event of the chain', NEW.size USING ERRCODE = 'CU005';
  END IF;
  RETURN NEW;
END
$custody$;

-- At commit, for a new pruning: its events are gone, and an event says so.
CREATE FUNCTION :schema.audit_chain_pruned_recorded() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off
AS $custody$
BEGIN
  PERFORM FROM ONLY :schema.audit_chain_head h WHERE h.id = 1 AND h.seq = 0;
  IF FOUND THEN RETURN NULL; END IF;
  PERFORM FROM ONLY :schema.audit_events e
    WHERE e.id = NEW.event_id AND e.action = 'audit.pruned'
      AND e.details = :schema.audit_chain_pruning_facts(NEW.size, NEW.row_hash, NEW.frontier, NEW.archive_sha256);
  IF NOT FOUND OR EXISTS (SELECT FROM ONLY :schema.audit_events e WHERE e.seq <= NEW.size) THEN
    RAISE EXCEPTION 'a pruning at size % left events behind, or no audit.pruned event says so', NEW.size
      USING ERRCODE = 'CU005';
  END IF;
  RETURN NULL;
END
$custody$;

-- UPDATE, DELETE and TRUNCATE where nothing may be changed.
CREATE FUNCTION :schema.audit_chain_refuse() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $custody$
BEGIN
  RAISE EXCEPTION '% on % is refused: the audit chain is append-only', TG_OP, TG_TABLE_NAME USING ERRCODE = 'CU001';
END
$custody$;

-- BEFORE UPDATE on the head: only the chain's own triggers move it.
CREATE FUNCTION :schema.audit_chain_head_update() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $custody$
BEGIN
  IF pg_trigger_depth() > 1 THEN
    RETURN NULL;
  END IF;
  RAISE EXCEPTION 'UPDATE on % is refused: the audit chain is append-only', TG_TABLE_NAME USING ERRCODE = 'CU001';
END
$custody$;

-- BEFORE INSERT on the head: there is one, and it is derived. A dumped one is ignored, but for the chain's name, which an
-- empty chain takes over so that the events that follow find their first row's prev_hash. Only where there is no event
-- either (a schema restored without its data) does a missing head come back.
CREATE FUNCTION :schema.audit_chain_head_arrive() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET lock_timeout = '60s'
AS $custody$
DECLARE
  head record;
  is_empty boolean := NOT EXISTS (SELECT FROM ONLY :schema.audit_events)
                      AND NOT EXISTS (SELECT FROM ONLY :schema.audit_chain_pruned);
BEGIN
  SELECT h.seq INTO head FROM ONLY :schema.audit_chain_head h WHERE h.id = 1 FOR UPDATE;
  IF FOUND THEN
    IF head.seq = 0 AND is_empty THEN
      UPDATE ONLY :schema.audit_chain_head h SET chain_id = NEW.chain_id WHERE h.id = 1;
    END IF;
    RETURN NULL;
  END IF;
  IF NOT is_empty THEN
    RAISE EXCEPTION 'the head of the audit chain is missing, and there are events: it cannot be inserted'
      USING ERRCODE = 'CU003', HINT = 'Run: custody chain verify';
  END IF;
  NEW.id := 1;
  NEW.seq := 0;
  NEW.row_hash := '';
  NEW.updated_at := clock_timestamp();
  RETURN NEW;
END
$custody$;

-- Verification inside the database, for programs that know only SQL: NULL and -1 when the chain is clean. It stands
-- inside the trust boundary; `custody chain verify` does not. Positions count from 0, pruned events included.
CREATE FUNCTION :schema.audit_events_verify_chain()
RETURNS TABLE (first_break_id text, first_break_pos integer, row_count integer)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $custody$
DECLARE
  start_seq bigint := 0;
  start_hash bytea;
  head record;
  walk record;
BEGIN
  SELECT h.seq, h.row_hash, :schema.audit_chain_genesis(h.chain_id) AS genesis INTO head
    FROM ONLY :schema.audit_chain_head h WHERE h.id = 1;
  start_hash := head.genesis;
  SELECT p.size, p.row_hash INTO walk FROM ONLY :schema.audit_chain_pruned p ORDER BY p.size DESC LIMIT 1;
  IF FOUND THEN
    start_seq := walk.size;
    start_hash := walk.row_hash;
  END IF;
  SELECT count(*) AS rows, min(r.place) FILTER (WHERE r.broken) AS break, max(r.place) AS last,
         (array_agg(r.id ORDER BY r.place) FILTER (WHERE r.broken))[1] AS break_id,
         coalesce((array_agg(r.row_hash ORDER BY r.place DESC) FILTER (WHERE r.is_last))[1], start_hash) AS last_hash,
         (array_agg(r.id) FILTER (WHERE r.is_last))[1] AS last_id
    INTO walk
    FROM (
      SELECT e.id, e.row_hash, row_number() OVER in_order AS place,
             lead(e.id) OVER in_order IS NULL AS is_last,
             e.seq IS DISTINCT FROM start_seq + row_number() OVER in_order
             OR e.prev_hash IS DISTINCT FROM lag(e.row_hash, 1, start_hash) OVER in_order
             OR (e.details_hash = :schema.audit_events_details_hash(e.details_salt, convert_to(e.details::text, 'UTF8')))
                IS NOT TRUE AND NOT (e.details IS NULL AND e.details_salt IS NULL)
             OR (e.row_hash = :schema.audit_events_row_hash(
                   e.prev_hash, e.seq, e.id, e."timestamp", e.actor, e.actor_type, e.action, e.resource_type,
                   e.resource_id, e.event_category, e.recorded_at, e.recorded_by, e.details_hash)) IS NOT TRUE
             AS broken
        FROM ONLY :schema.audit_events e
        WINDOW in_order AS (ORDER BY e.seq NULLS LAST, e.id)
    ) r;
  row_count := least(start_seq + walk.rows, 2147483647);
  IF walk.break IS NOT NULL THEN
    first_break_id := walk.break_id;
    first_break_pos := least(start_seq + walk.break - 1, 2147483647);
  ELSIF head.seq IS DISTINCT FROM start_seq + walk.rows
        OR head.row_hash IS DISTINCT FROM
           (CASE WHEN start_seq + walk.rows = 0 THEN '' ELSE encode(walk.last_hash, 'hex') END) THEN
    first_break_id := coalesce(walk.last_id, '');
    first_break_pos := greatest(row_count - 1, 0);
  ELSE
    first_break_pos := -1;
  END IF;
  RETURN NEXT;
END
$custody$;

-- Erases the details of one event and appends the event that says so; returns the id of the latter.
CREATE FUNCTION :schema.audit_events_redact(event_id text, reason text, actor text DEFAULT session_user)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off
AS $custody$
DECLARE
  target record;
  recorded text;
BEGIN
  IF coalesce(reason, '') = '' THEN
    RAISE EXCEPTION 'a redaction needs a reason' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  SET CONSTRAINTS :schema.audit_events_commit, :schema.audit_events_redaction_recorded DEFERRED;
  UPDATE ONLY :schema.audit_events e SET details = NULL, details_salt = NULL WHERE e.id = event_id
    RETURNING e.seq, e.row_hash, e.details_hash INTO target;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'there is no event %', event_id USING ERRCODE = 'no_data_found';
  END IF;
  INSERT INTO :schema.audit_events (actor, actor_type, action, resource_type, resource_id, details, event_category)
    VALUES (coalesce(actor, session_user), 'User', 'audit.redacted', 'audit_event', event_id,
            jsonb_build_object('seq', target.seq, 'row_hash', encode(target.row_hash, 'hex'),
                               'details_hash', encode(target.details_hash, 'hex'), 'reason', reason), 'audit')
    RETURNING id INTO recorded;
  RETURN recorded;
END
$custody$;

-- Removes the first `size` events, which the caller has verified and exported, and appends the event that says so;
-- returns the id of the latter. `frontier` is the RFC 6962 frontier at `size`, largest subtree first.
CREATE FUNCTION :schema.audit_chain_prune(
  size bigint, frontier bytea[], archive_sha256 bytea, actor text DEFAULT session_user
) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off
AS $custody$
DECLARE
  recorded text := gen_random_uuid()::text;
  cut record;
BEGIN
  SELECT e.row_hash, (SELECT h.chain_id FROM ONLY :schema.audit_chain_head h WHERE h.id = 1) AS chain_id INTO cut
    FROM ONLY :schema.audit_events e WHERE e.seq = audit_chain_prune.size;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'there is no event with seq %', size USING ERRCODE = 'no_data_found';
  END IF;
  SET CONSTRAINTS :schema.audit_events_commit, :schema.audit_chain_pruned_recorded DEFERRED;
  INSERT INTO :schema.audit_chain_pruned (size, row_hash, frontier, archive_sha256, event_id)
    VALUES (audit_chain_prune.size, cut.row_hash, audit_chain_prune.frontier, audit_chain_prune.archive_sha256, recorded);
  DELETE FROM ONLY :schema.audit_events e WHERE e.seq <= audit_chain_prune.size;
  INSERT INTO :schema.audit_events (id, actor, actor_type, action, resource_type, resource_id, details, event_category)
    VALUES (recorded, coalesce(actor, session_user), 'User', 'audit.pruned', 'audit_chain', cut.chain_id::text,
            :schema.audit_chain_pruning_facts(audit_chain_prune.size, cut.row_hash, audit_chain_prune.frontier,
                                              audit_chain_prune.archive_sha256), 'audit');
  RETURN recorded;
END
$custody$;

CREATE TRIGGER audit_events_arrive BEFORE INSERT ON :schema.audit_events
  FOR EACH ROW EXECUTE FUNCTION :schema.audit_events_arrive();
CREATE TRIGGER audit_events_keep
  BEFORE UPDATE OF id, actor, actor_type, action, resource_type, resource_id, details, "timestamp", event_category,
                   recorded_at, recorded_by, details_salt, details_hash ON :schema.audit_events
  FOR EACH ROW EXECUTE FUNCTION :schema.audit_events_keep();
CREATE TRIGGER audit_events_link BEFORE UPDATE OF seq, prev_hash, row_hash ON :schema.audit_events
  FOR EACH ROW EXECUTE FUNCTION :schema.audit_events_link();
CREATE TRIGGER audit_events_stay BEFORE DELETE ON :schema.audit_events
  FOR EACH ROW EXECUTE FUNCTION :schema.audit_events_stay();
CREATE TRIGGER audit_events_truncate BEFORE TRUNCATE ON :schema.audit_events
  FOR EACH STATEMENT EXECUTE FUNCTION :schema.audit_chain_refuse();
CREATE CONSTRAINT TRIGGER audit_events_commit AFTER INSERT ON :schema.audit_events
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION :schema.audit_events_commit();
CREATE CONSTRAINT TRIGGER audit_events_redaction_recorded AFTER UPDATE OF details_salt ON :schema.audit_events
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION :schema.audit_events_redaction_recorded();

CREATE TRIGGER audit_chain_head_arrive BEFORE INSERT ON :schema.audit_chain_head
  FOR EACH ROW EXECUTE FUNCTION :schema.audit_chain_head_arrive();
CREATE TRIGGER audit_chain_head_update BEFORE UPDATE ON :schema.audit_chain_head
  FOR EACH STATEMENT EXECUTE FUNCTION :schema.audit_chain_head_update();
CREATE TRIGGER audit_chain_head_delete BEFORE DELETE OR TRUNCATE ON :schema.audit_chain_head
  FOR EACH STATEMENT EXECUTE FUNCTION :schema.audit_chain_refuse();
CREATE CONSTRAINT TRIGGER audit_chain_head_move AFTER UPDATE OF id ON :schema.audit_chain_head
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION :schema.audit_chain_head_move();

CREATE TRIGGER audit_chain_pruned_arrive BEFORE INSERT ON :schema.audit_chain_pruned
  FOR EACH ROW EXECUTE FUNCTION :schema.audit_chain_pruned_arrive();
CREATE TRIGGER audit_chain_pruned_keep BEFORE UPDATE OR DELETE OR TRUNCATE ON :schema.audit_chain_pruned
  FOR EACH STATEMENT EXECUTE FUNCTION :schema.audit_chain_refuse();
CREATE CONSTRAINT TRIGGER audit_chain_pruned_recorded AFTER INSERT ON :schema.audit_chain_pruned
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION :schema.audit_chain_pruned_recorded();

-- Nobody but the owner, whatever ALTER DEFAULT PRIVILEGES gave; then the pure functions to all (an insert calls them with
-- its writer's rights). An appender is granted INSERT on the columns that a writer gives, and nothing else.
DO $custody$
DECLARE
  chain_schema oid := (SELECT c.relnamespace FROM pg_class c WHERE c.oid = (SELECT tableoid FROM :schema.audit_chain_head));
  granted record;
BEGIN
  FOR granted IN
    SELECT c.oid::regclass::text AS object, 'TABLE' AS kind, a.grantee
      FROM pg_class c, aclexplode(c.relacl) a
      WHERE c.relnamespace = chain_schema AND c.relname IN ('audit_events', 'audit_chain_head', 'audit_chain_pruned')
        AND a.grantee <> c.relowner
    UNION
    SELECT p.oid::regprocedure::text, 'FUNCTION', a.grantee
      FROM pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
      WHERE p.pronamespace = chain_schema AND p.proname ~ '^audit_(events|chain)_' AND a.grantee <> p.proowner
  LOOP
    EXECUTE format('REVOKE ALL ON %s %s FROM %s CASCADE', granted.kind, granted.object,
                   CASE granted.grantee WHEN 0 THEN 'PUBLIC' ELSE granted.grantee::regrole::text END);
  END LOOP;
END
$custody$;

GRANT EXECUTE ON FUNCTION
  :schema.audit_chain_version(), :schema.audit_chain_fields(bytea[]), :schema.audit_chain_genesis(uuid), :schema.audit_events_details_hash(bytea, bytea),
  :schema.audit_events_row_hash(bytea, bigint, text, timestamptz, text, text, text, text, text, text, timestamptz, text,
                                bytea),
  :schema.audit_events_redaction_fits(jsonb, bigint, bytea, bytea),
  :schema.audit_chain_pruning_facts(bigint, bytea, bytea[], bytea)
TO PUBLIC;
