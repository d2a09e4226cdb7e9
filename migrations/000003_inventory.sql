-- Drops, version 2: what stood on each target when it was looked at last, so that what vanished is told, once.
--
-- Every `:schema` stands for the quoted name of that schema; search_path is pg_catalog, pg_temp while this runs. PostgreSQL 14 to 18.
-- Rows move in one transaction with the events that tell of them, under the advisory lock (1129464646, hash of schema and target).

CREATE OR REPLACE FUNCTION :schema.custody_drops_version() RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN 2;

-- One row for each server that a target ever was; `at` is before the inventory of the last round was read.
CREATE TABLE :schema.custody_inventory_rounds (
  target            text        NOT NULL,
  system_identifier text        NOT NULL,
  at                timestamptz NOT NULL,
  CONSTRAINT custody_inventory_rounds_pkey PRIMARY KEY (target, system_identifier)
);

-- A row is alive while gone_at is NULL: it was seen in the last round. What comes back with the same id is alive again.
CREATE TABLE :schema.custody_inventory (
  target            text             NOT NULL,
  system_identifier text             NOT NULL,
  part              text             NOT NULL,
  id                text COLLATE "C" NOT NULL,
  name              text             NOT NULL,
  first_seen        timestamptz      NOT NULL,
  -- The last round that saw it; NULL while it is alive.
  last_seen         timestamptz,
  gone_at           timestamptz,
  -- Why it is gone: a drop explains it, or none does, or it only changed (where a server knows no identity).
  finding           text,
  -- The drop that explains the loss; of an orphan the drop that did not destroy it.
  drop_id           text COLLATE "C",
  -- Drops that explained an earlier loss of the same id: each explains one.
  spent             text[]           NOT NULL DEFAULT '{}',
  -- An alarm that was raised while it is alive: an event for each, once.
  orphan            text,
  CONSTRAINT custody_inventory_pkey PRIMARY KEY (target, system_identifier, part, id),
  CONSTRAINT custody_inventory_gone CHECK ((gone_at IS NULL) = (last_seen IS NULL) AND (gone_at IS NULL) = (finding IS NULL)),
  CONSTRAINT custody_inventory_finding CHECK (finding IN ('attributed', 'unattributed', 'changed')),
  CONSTRAINT custody_inventory_orphan CHECK (orphan IN ('not-destroyed', 'fence-lifted', 'fence-without-drop'))
);
CREATE INDEX custody_inventory_alive ON :schema.custody_inventory (target, system_identifier) WHERE gone_at IS NULL;

-- What custody made to be dropped round the gate, so that the alarm is heard. Only what stands here may be dropped so.
CREATE TABLE :schema.custody_canaries (
  target            text             NOT NULL,
  system_identifier text             NOT NULL,
  name              text             NOT NULL,
  part              text             NOT NULL,
  -- NULL until it was made.
  id                text COLLATE "C",
  made_at           timestamptz      NOT NULL,
  dropped_at        timestamptz,
  heard_at          timestamptz,
  silent_at         timestamptz,
  CONSTRAINT custody_canaries_pkey PRIMARY KEY (target, system_identifier, name),
  CONSTRAINT custody_canaries_name CHECK (name ~ '^custody_canary_[0-9a-f]{32}$')
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
        ('custody_inventory_rounds', 'custody_inventory', 'custody_canaries')
  LOOP
    EXECUTE format('REVOKE ALL ON TABLE %s FROM %s CASCADE', granted.object,
                   CASE granted.grantee WHEN 0 THEN 'PUBLIC' ELSE granted.grantee::regrole::text END);
  END LOOP;
END
$custody$;
