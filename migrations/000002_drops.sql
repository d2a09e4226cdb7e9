-- Drops, version 1: the state of every drop beside the chain that tells of it, in the same schema.
--
-- Every `:schema` stands for the quoted name of that schema; search_path is pg_catalog, pg_temp while this runs. PostgreSQL 14 to 18.
-- A row moves only together with its event: one statement updates custody_drops and inserts into audit_events.

CREATE FUNCTION :schema.custody_drops_version() RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN 1;

-- One row for each custody that ever opened this ledger. While it lives it holds the session-level advisory lock
-- (1129464644, id); `server_started_at` says under which start of the server, for a restart takes all such locks away.
CREATE TABLE :schema.custody_instances (
  id                integer     GENERATED ALWAYS AS IDENTITY,
  name              text        NOT NULL,
  server_started_at timestamptz NOT NULL,
  opened_at         timestamptz NOT NULL DEFAULT clock_timestamp(),
  closed_at         timestamptz,
  pinged_at         timestamptz,
  CONSTRAINT custody_instances_pkey PRIMARY KEY (id)
);

CREATE TABLE :schema.custody_drops (
  drop_id              text COLLATE "C" NOT NULL,
  request_id           text COLLATE "C" NOT NULL,
  -- SHA-256 of the request's content: the same request_id with another is a conflict.
  request_hash         text        NOT NULL,
  target               text        NOT NULL,
  resource_type        text        NOT NULL,
  -- The part of the resource that provider_resource_id names.
  main_part            text        NOT NULL,
  provider_resource_id text        NOT NULL,
  token                text        NOT NULL,
  placement            text        NOT NULL,
  caller               text        NOT NULL,
  person               text,
  peer                 text        NOT NULL,
  protocol             text        NOT NULL,
  intent               jsonb       NOT NULL,
  state                text        NOT NULL,
  outcome              text,
  refusal              jsonb,
  error                text,
  plan                 jsonb,
  identity             jsonb,
  tombstone            jsonb,
  hold                 jsonb,
  approvals            jsonb       NOT NULL,
  purges               text COLLATE "C",
  undone_as            text,
  undo_from            text,
  requested_at         timestamptz NOT NULL,
  started_at           timestamptz,
  fenced_at            timestamptz,
  finished_at          timestamptz,
  purge_at             timestamptz,
  tombstone_until      timestamptz,
  hold_expires_at      timestamptz,
  attempts             integer     NOT NULL,
  -- Grows with every takeover: whoever acts with an older one acts no more.
  epoch                integer     NOT NULL,
  -- The instance that holds it; NULL: nobody. The lease is renewed often and stands in no index.
  owner                integer,
  lease_until          timestamptz,
  -- Grows with every step; step_id names the last one, so that a commit whose answer was lost can be looked up.
  version              bigint      NOT NULL DEFAULT 1,
  step_id              text        NOT NULL,
  updated_at           timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT custody_drops_pkey PRIMARY KEY (drop_id),
  CONSTRAINT custody_drops_request_key UNIQUE (request_id),
  CONSTRAINT custody_drops_owner_fkey FOREIGN KEY (owner) REFERENCES :schema.custody_instances (id),
  -- Ids of events are made of it, a dot, and more.
  CONSTRAINT custody_drops_id CHECK (drop_id ~ '^[A-Za-z0-9_-]{1,128}$'),
  CONSTRAINT custody_drops_placement CHECK (placement IN ('shared', 'dedicated')),
  CONSTRAINT custody_drops_state CHECK (state IN (
    'requested', 'refused', 'noop', 'held', 'approved', 'denied', 'expired', 'cancelled', 'started', 'fenced', 'tombstoned',
    'proved', 'completed', 'failed', 'unproved', 'unknown', 'undo_started', 'undone', 'undo_failed', 'purge_started', 'purged')),
  CONSTRAINT custody_drops_outcome CHECK (outcome IN (
    'ok', 'noop', 'error', 'breaker_open', 'refused', 'denied', 'rolled_back', 'unknown')),
  CONSTRAINT custody_drops_undo_from CHECK (undo_from IN ('fence', 'tombstone')),
  CONSTRAINT custody_drops_held CHECK (state <> 'held' OR hold_expires_at IS NOT NULL),
  CONSTRAINT custody_drops_epoch CHECK (epoch >= 1 AND version >= 1 AND attempts >= 0)
) WITH (fillfactor = 60);

-- What waits for somebody.
CREATE INDEX custody_drops_open ON :schema.custody_drops (requested_at) WHERE state IN (
  'requested', 'approved', 'started', 'fenced', 'tombstoned', 'proved', 'unknown', 'undo_started', 'purge_started');
CREATE INDEX custody_drops_held_until ON :schema.custody_drops (hold_expires_at) WHERE state = 'held';
CREATE INDEX custody_drops_purge_at ON :schema.custody_drops (purge_at) WHERE state = 'completed' AND purge_at IS NOT NULL;
CREATE INDEX custody_drops_tombstone_until ON :schema.custody_drops (tombstone_until)
  WHERE state IN ('purged', 'undone') AND tombstone IS NOT NULL AND tombstone_until IS NOT NULL;
-- The window of the volume breaker.
CREATE INDEX custody_drops_started ON :schema.custody_drops (target, started_at) WHERE started_at IS NOT NULL;
-- Lists, newest first.
CREATE INDEX custody_drops_requested ON :schema.custody_drops (requested_at, drop_id);
CREATE INDEX custody_drops_target ON :schema.custody_drops (target, requested_at, drop_id);
CREATE INDEX custody_drops_caller ON :schema.custody_drops (caller, requested_at, drop_id);
CREATE INDEX custody_drops_token ON :schema.custody_drops (token, requested_at) WHERE token <> '';
CREATE INDEX custody_drops_resource ON :schema.custody_drops (provider_resource_id, requested_at);
CREATE INDEX custody_drops_owner ON :schema.custody_drops (owner) WHERE owner IS NOT NULL;
-- Who was not notified finds what moved.
CREATE INDEX custody_drops_updated ON :schema.custody_drops (updated_at);

-- What a drop keeps of its resource until it is gone or back: of two drops of one oid only one starts.
CREATE TABLE :schema.custody_drop_identities (
  target  text             NOT NULL,
  -- `part:id`
  part_id text COLLATE "C" NOT NULL,
  drop_id text COLLATE "C" NOT NULL,
  CONSTRAINT custody_drop_identities_pkey PRIMARY KEY (target, part_id),
  CONSTRAINT custody_drop_identities_drop_fkey FOREIGN KEY (drop_id) REFERENCES :schema.custody_drops (drop_id)
);
CREATE INDEX custody_drop_identities_drop ON :schema.custody_drop_identities (drop_id);

-- Verifiers and ACL lines that an undo gives back: apart, for grants of their own.
CREATE TABLE :schema.custody_drop_secrets (
  drop_id text COLLATE "C" NOT NULL,
  secret  jsonb            NOT NULL,
  CONSTRAINT custody_drop_secrets_pkey PRIMARY KEY (drop_id),
  CONSTRAINT custody_drop_secrets_drop_fkey FOREIGN KEY (drop_id) REFERENCES :schema.custody_drops (drop_id)
);

-- Nobody but the owner, whatever ALTER DEFAULT PRIVILEGES gave.
DO $custody$
DECLARE
  own_schema oid := (SELECT c.relnamespace FROM pg_class c WHERE c.oid = (SELECT tableoid FROM :schema.audit_chain_head));
  granted record;
BEGIN
  FOR granted IN
    SELECT c.oid::regclass::text AS object, a.grantee
      FROM pg_class c, aclexplode(c.relacl) a
      WHERE c.relnamespace = own_schema AND a.grantee <> c.relowner AND c.relname IN
        ('custody_instances', 'custody_drops', 'custody_drop_identities', 'custody_drop_secrets')
  LOOP
    EXECUTE format('REVOKE ALL ON TABLE %s FROM %s CASCADE', granted.object,
                   CASE granted.grantee WHEN 0 THEN 'PUBLIC' ELSE granted.grantee::regrole::text END);
  END LOOP;
END
$custody$;
