-- Drops, version 3: two more reasons why something stands on a target that should not.
--
-- Every `:schema` stands for the quoted name of that schema; search_path is pg_catalog, pg_temp while this runs. PostgreSQL 14 to 18.

CREATE OR REPLACE FUNCTION :schema.custody_drops_version() RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN 3;

ALTER TABLE :schema.custody_inventory
  DROP CONSTRAINT custody_inventory_orphan,
  ADD CONSTRAINT custody_inventory_orphan
    CHECK (orphan IN ('not-destroyed', 'fence-lifted', 'fence-abandoned', 'fence-without-drop', 'left-over'));
