import { quoteIdentifier, quoteLiteral } from "../../postgres/identifiers.ts";

/** The two roles of the second schema: they are global to a server, so they carry a name of the run's own there. */
export interface WorkloadRoles {
  readonly owner: string;
  readonly reader: string;
}

/** Only a superuser may make one, so that it is left out where the workload is written by another role. */
export const eventTrigger = `CREATE EVENT TRIGGER custody_smoke_note_tables ON ddl_command_end
  WHEN TAG IN ('CREATE TABLE', 'ALTER TABLE') EXECUTE FUNCTION smoke.note_tables()`;

/**
 * One of everything that backups lose: types whose text is easily mangled, columns that are computed, a partitioned table, a
 * policy TO a role, a materialised view, a large object, triggers (one of them disabled), comments, grants, settings.
 */
export function secondSchema(roles: WorkloadRoles, database: string): string {
  const owner = quoteIdentifier(roles.owner);
  const reader = quoteIdentifier(roles.reader);
  return `
CREATE SCHEMA smoke AUTHORIZATION ${owner};
COMMENT ON SCHEMA smoke IS 'what backups lose';
GRANT USAGE ON SCHEMA smoke TO ${reader};
ALTER DEFAULT PRIVILEGES FOR ROLE ${owner} IN SCHEMA smoke GRANT SELECT ON TABLES TO ${reader};
ALTER DATABASE ${quoteIdentifier(database)} SET work_mem = '5MB';

SET LOCAL ROLE ${owner};
SET LOCAL search_path = smoke, pg_catalog;

CREATE TYPE mood AS ENUM ('calm', 'wary', 'on fire');
CREATE TYPE point_of_sale AS (shop text, till int);
CREATE DOMAIN positive_amount AS numeric(12, 2) CHECK (VALUE >= 0);
CREATE COLLATION bytewise (provider = libc, locale = 'C');
CREATE SEQUENCE ticket START 100 INCREMENT 5;
CREATE TEXT SEARCH CONFIGURATION plain (COPY = pg_catalog.simple);

CREATE TABLE item (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text COLLATE bytewise NOT NULL UNIQUE,
  feeling mood NOT NULL DEFAULT 'calm',
  tags text[] NOT NULL DEFAULT '{}',
  payload bytea,
  price positive_amount NOT NULL,
  gross numeric GENERATED ALWAYS AS (price * 1.19) STORED,
  ratio double precision,
  small real,
  attributes jsonb,
  raw json,
  sold_at point_of_sale,
  valid tstzrange,
  seen inet,
  waited interval,
  made_at timestamptz NOT NULL,
  ticket int NOT NULL DEFAULT nextval('ticket')
);
COMMENT ON TABLE item IS 'one of every type';
COMMENT ON COLUMN item.gross IS 'computed: it is not in the dump';
INSERT INTO item (name, feeling, tags, payload, price, ratio, small, attributes, raw, sold_at, valid, seen, waited, made_at)
SELECT format('item %s é "quoted" \\ and' || E'\\n\\t' || 'more', n), (enum_range(NULL::mood))[1 + n % 3],
       ARRAY['a' || n, 'b,c', NULL, 'd"e'], decode(md5(n::text), 'hex'), n * 1.10, 1.0 / (n + 1), 0.1 * n,
       jsonb_build_object('n', n, 'half', 1.50, 'é', 'naïve', 'none', NULL), '{"b": 1,  "a": 1.00}',
       ROW('shop ' || n, n)::point_of_sale, tstzrange('2026-01-02 03:04:05.000001+00', '2026-03-29 01:30:00.999999+00'),
       '10.0.0.1/8', '1 mon 2 days 03:04:05.678901', '2026-01-02 03:04:05.678901+00'::timestamptz + n * interval '1 day 1 us'
FROM generate_series(1, 12) n;

CREATE TABLE line (
  item_id bigint NOT NULL REFERENCES item ON DELETE CASCADE,
  position int NOT NULL CHECK (position > 0),
  note text,
  PRIMARY KEY (item_id, position)
);
CREATE INDEX line_note_idx ON line (lower(note)) WHERE note IS NOT NULL;
CREATE STATISTICS line_shape (dependencies) ON item_id, position FROM line;
INSERT INTO line SELECT i, p, CASE WHEN p > 1 THEN 'note ' || i * p END FROM generate_series(1, 12) i, generate_series(1, 3) p;

CREATE TABLE nothing_yet (id int PRIMARY KEY, note text);
CREATE UNLOGGED TABLE scratchpad (id int, note text);
INSERT INTO scratchpad VALUES (1, 'unlogged rows are dumped too');

CREATE TABLE reading (at timestamptz NOT NULL, value numeric) PARTITION BY RANGE (at);
CREATE TABLE reading_2026_01 PARTITION OF reading FOR VALUES FROM ('2026-01-01 00:00+00') TO ('2026-02-01 00:00+00');
CREATE TABLE reading_rest PARTITION OF reading DEFAULT;
CREATE INDEX reading_at_idx ON reading (at);
INSERT INTO reading SELECT '2026-01-20 00:00+00'::timestamptz + n * interval '1 day', n / 7.0 FROM generate_series(1, 24) n;

CREATE TABLE tax (rate numeric NOT NULL);
INSERT INTO tax VALUES (0.19);
CREATE FUNCTION with_tax(amount numeric) RETURNS numeric LANGUAGE sql STABLE SET search_path = smoke, pg_temp
  AS $$ SELECT round(amount * (1 + rate), 2) FROM tax $$;
REVOKE ALL ON FUNCTION with_tax(numeric) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION with_tax(numeric) TO ${reader};

CREATE FUNCTION refuse_renaming() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
  AS $$ BEGIN IF NEW.name <> OLD.name THEN RAISE EXCEPTION 'an item keeps its name'; END IF; RETURN NEW; END $$;
CREATE TRIGGER item_keeps_name BEFORE UPDATE ON item FOR EACH ROW EXECUTE FUNCTION refuse_renaming();
CREATE TRIGGER item_keeps_name_off BEFORE UPDATE ON item FOR EACH ROW EXECUTE FUNCTION refuse_renaming();
ALTER TABLE item DISABLE TRIGGER item_keeps_name_off;

CREATE FUNCTION note_tables() RETURNS event_trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
  AS $$ BEGIN RAISE DEBUG 'a table was made or changed'; END $$;

CREATE VIEW cheap_item AS SELECT item.id, item.name, item.price FROM item WHERE item.price < 5;
CREATE RULE cheap_item_is_read_only AS ON DELETE TO cheap_item DO INSTEAD NOTHING;
CREATE MATERIALIZED VIEW items_by_feeling AS SELECT feeling, count(*) AS items, sum(price) AS total FROM item GROUP BY feeling;
CREATE UNIQUE INDEX items_by_feeling_key ON items_by_feeling (feeling);

ALTER TABLE line ENABLE ROW LEVEL SECURITY;
CREATE POLICY reader_sees_notes ON line FOR SELECT TO ${reader} USING (note IS NOT NULL);
GRANT SELECT (id, name), UPDATE (feeling) ON item TO ${reader};
GRANT SELECT ON line TO ${reader} WITH GRANT OPTION;

DO $$
DECLARE contract oid := lo_from_bytea(0, decode(repeat('00ff10', 1000), 'hex'));
BEGIN
  EXECUTE format('COMMENT ON LARGE OBJECT %s IS %L', contract, 'a scan of a contract');
  EXECUTE format('GRANT SELECT ON LARGE OBJECT %s TO %I', contract, ${quoteLiteral(roles.reader)});
END $$;
`;
}
