-- Drops, version 4: what came back from its tombstone leaves its fence, which is destroyed at the end of its retention too; and it is known
-- by its server's own id from when it is whole.
--
-- Every `:schema` stands for the quoted name of that schema; search_path is pg_catalog, pg_temp while this runs. PostgreSQL 14 to 18.

CREATE OR REPLACE FUNCTION :schema.custody_drops_version() RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN 4;

CREATE INDEX custody_drops_fence_left ON :schema.custody_drops (purge_at) WHERE state = 'undone' AND purge_at IS NOT NULL;

ALTER TABLE :schema.custody_drops ADD COLUMN undone_id text;

-- The window of the volume breaker is a caller's too, over all targets.
CREATE INDEX custody_drops_started_by ON :schema.custody_drops (caller, started_at) WHERE started_at IS NOT NULL;
