import { qualifiedName } from "../../postgres/identifiers.ts";
import type { ChainReading } from "../../backup/proof/readings.ts";

export interface ChainFault {
  readonly fault: string;
  /** Alternatives, best first. */
  readonly variants: readonly (readonly string[])[];
}

/** Rows at the end of the chain that are hashed anew: enough to show it, cheap on a long chain, and none before its mark. */
const rehashedRows = 32;

/** Three ways to forge a chain so that its own verifier stays content; none where the chain is empty or of another profile. */
export function planChainFaults(chain: ChainReading): readonly ChainFault[] {
  const forge = forges[chain.profile];
  if (forge === undefined || chain.rowCount === 0) return [];
  const events = qualifiedName(chain.schema, "audit_events");
  const head = qualifiedName(chain.schema, "audit_chain_head");
  const verifier = qualifiedName(chain.schema, "audit_events_verify_chain");
  const off = [`ALTER TABLE ${events} DISABLE TRIGGER USER`, `ALTER TABLE ${head} DISABLE TRIGGER USER`];
  const rewrite = `UPDATE ${events} SET actor = actor || '~' WHERE ${forge.isNewest(events, head)}`;
  const stub = `CREATE OR REPLACE FUNCTION ${verifier}() RETURNS TABLE (first_break_id text, first_break_pos int, row_count int)
    LANGUAGE sql AS $$ SELECT NULL::text, -1, (SELECT count(*)::int FROM ${events}) $$`;
  return [
    {
      fault: "chain-rewritten-verifier-stubbed",
      variants: [
        [...off, rewrite, stub],
        [...off, rewrite],
      ],
    },
    { fault: "chain-rehashed", variants: [[...off, forge.rehash(events, head)]] },
    { fault: "tail-cut-head-mended", variants: [[...off, forge.cutTail(events, head)]] },
  ];
}

interface Forge {
  isNewest(events: string, head: string): string;
  rehash(events: string, head: string): string;
  cutTail(events: string, head: string): string;
}

const field = (bytes: string): string => `int4send(octet_length(${bytes})) || ${bytes}`;
const textField = (text: string): string => field(`convert_to(${text}, 'UTF8')`);

const custody: Forge = {
  isNewest: (events) => `seq = (SELECT max(seq) FROM ${events})`,
  rehash: (events, head) => `DO $$
    DECLARE r record; prev bytea; hash bytea;
    BEGIN
      FOR r IN SELECT * FROM ${events} WHERE seq > (SELECT max(seq) - ${rehashedRows} FROM ${events}) ORDER BY seq LOOP
        prev := coalesce(hash, r.prev_hash);
        hash := sha256(${[
          textField("'custody.audit.v1'"),
          field("prev"),
          field("int8send(r.seq)"),
          textField("r.id"),
          field("timestamptz_send(r.timestamp)"),
          textField("r.actor || '~'"),
          ...["actor_type", "action", "resource_type", "resource_id", "event_category"].map((column) =>
            textField(`r.${column}`),
          ),
          field("timestamptz_send(r.recorded_at)"),
          textField("r.recorded_by"),
          field("r.details_hash"),
        ].join(" || ")});
        UPDATE ${events} SET actor = actor || '~', prev_hash = prev, row_hash = hash WHERE id = r.id;
      END LOOP;
      UPDATE ${head} SET row_hash = encode(hash, 'hex');
    END $$`,
  cutTail: (events, head) => `WITH cut AS (
      DELETE FROM ${events} WHERE seq = (SELECT max(seq) FROM ${events}) RETURNING seq, prev_hash)
    UPDATE ${head} SET seq = cut.seq - 1, row_hash = CASE cut.seq WHEN 1 THEN '' ELSE encode(cut.prev_hash, 'hex') END FROM cut`,
};

const certctl: Forge = {
  isNewest: (_, head) => `row_hash = (SELECT row_hash FROM ${head} WHERE id = 1)`,
  rehash: (events, head) => `DO $$
    DECLARE r record; newest text;
    BEGIN
      SELECT row_hash INTO newest FROM ${head} WHERE id = 1;
      UPDATE ${events} SET actor = actor || '~' WHERE row_hash = newest RETURNING * INTO STRICT r;
      newest := encode(sha256(convert_to(concat_ws('|', coalesce(r.prev_hash, ''), r.id, r.actor, r.actor_type, r.action,
        r.resource_type, r.resource_id, coalesce(r.details::text, ''),
        to_char(r.timestamp AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), coalesce(r.event_category, '')), 'UTF8')), 'hex');
      UPDATE ${events} SET row_hash = newest WHERE id = r.id;
      UPDATE ${head} SET row_hash = newest WHERE id = 1;
    END $$`,
  cutTail: (events, head) => `WITH cut AS (
      DELETE FROM ${events} WHERE row_hash = (SELECT row_hash FROM ${head} WHERE id = 1) RETURNING prev_hash)
    UPDATE ${head} SET row_hash = coalesce(cut.prev_hash, '') FROM cut WHERE id = 1`,
};

const forges: Readonly<Partial<Record<string, Forge>>> = { custody, certctl };
