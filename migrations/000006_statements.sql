-- Drops, version 5: statements that a client's own session carries out, beside the drops that custody carries out.
--
-- Every `:schema` stands for the quoted name of that schema; search_path is pg_catalog, pg_temp while this runs. PostgreSQL 14 to 18.

CREATE OR REPLACE FUNCTION :schema.custody_drops_version() RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN 5;

-- NULL: custody carries it out. Who reads rows without this column never carries out one that has it: its request_hash says so.
ALTER TABLE :schema.custody_drops
  ADD COLUMN statement jsonb,
  -- The SHA-256 of a ticket that lets one such statement through, and until when; who gave it, its events tell.
  ADD COLUMN ticket jsonb,
  ADD CONSTRAINT custody_drops_statement CHECK (statement IS NULL OR plan IS NULL AND tombstone IS NULL AND purge_at IS NULL),
  ADD CONSTRAINT custody_drops_ticket CHECK (ticket IS NULL OR statement IS NOT NULL);

-- A comment's request_id may stand on any number of statements, and takes none from a request.
ALTER TABLE :schema.custody_drops DROP CONSTRAINT custody_drops_request_key;
CREATE UNIQUE INDEX custody_drops_request_key ON :schema.custody_drops (request_id) WHERE statement IS NULL;
CREATE INDEX custody_drops_statement_request ON :schema.custody_drops (request_id) WHERE statement IS NOT NULL;

-- Whose session is gone waits for nobody.
CREATE INDEX custody_drops_statement_held ON :schema.custody_drops (requested_at) WHERE state = 'held' AND statement IS NOT NULL;

-- A ticket is used by one row, the one that it lets through.
CREATE UNIQUE INDEX custody_drops_ticket_key ON :schema.custody_drops ((statement -> 'ticket' ->> 'sha256'))
  WHERE statement -> 'ticket' ->> 'sha256' IS NOT NULL;
