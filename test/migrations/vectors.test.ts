import { describe, expect, test } from "bun:test";
import { verifyChain } from "../../src/audit/verify-chain.ts";
import { findChain } from "../../src/audit/find-chain.ts";
import { majors, startTestCluster } from "../support/cluster.ts";
import {
  chainDatabase,
  firstBreak,
  prepareChains,
  custodyVectors,
  restoreVectors,
  stateOf,
} from "../support/chain-database.ts";
import type { VectorRow } from "../support/chain-database.ts";

const vectors = custodyVectors;
const chainId = vectors[0]!.chain_id;

for (const major of majors) {
  const cluster = await startTestCluster(major);
  await prepareChains(cluster);

  describe(`the vectors on PostgreSQL ${major}`, () => {
    test("the SQL functions give the bytes' hashes", async () => {
      await using chain = await chainDatabase(cluster);
      for (const row of vectors) {
        const [got] = await chain.sql.unsafe(
          `select encode(audit_events_details_hash(decode($1, 'hex'), convert_to($2, 'UTF8')), 'hex') as details_hash,
                encode(audit_events_row_hash(decode($3, 'hex'), $4::text::bigint, $5, $6::text::timestamptz, $7, $8, $9, $10,
                  $11, $12, $13::text::timestamptz, $14, decode($15, 'hex')), 'hex') as row_hash,
                encode(timestamptz_send($6::text::timestamptz), 'hex') as timestamp_hex,
                $2::text::jsonb::text as details_text`,
          [
            row.details_salt,
            row.details_text,
            row.prev_hash,
            String(row.seq),
            row.id,
            row.timestamp,
            row.actor,
            row.actor_type,
            row.action,
            row.resource_type,
            row.resource_id,
            row.event_category,
            row.recorded_at,
            row.recorded_by,
            row.details_hash,
          ],
        );
        expect(JSON.parse(JSON.stringify(got))).toEqual({
          details_hash: row.details_hash,
          row_hash: row.row_hash,
          timestamp_hex: row.timestamp_hex,
          details_text: row.details_text,
        });
      }
      const [genesis] =
        await chain.sql`select encode(audit_chain_genesis(${chainId}::text::uuid), 'hex') as hash`;
      expect(genesis?.["hash"]).toBe(vectors[0]!.prev_hash);
    });

    test("they are restored into an empty chain in any order, and verify inside and outside the database", async () => {
      await using chain = await chainDatabase(cluster);
      await chain.sql`insert into audit_chain_head (id, row_hash, seq, chain_id) values (1, 'ignored', 99, ${chainId})`;
      await restoreVectors(chain.owner, vectors.toReversed());
      const [head] = await chain.sql`select row_hash, seq::int, chain_id from audit_chain_head`;
      expect(head).toEqual({ row_hash: vectors.at(-1)!.row_hash, seq: 5, chain_id: chainId });
      expect(await firstBreak(chain.owner)).toEqual({ id: null, pos: -1, rows: 5 });
      await chain.sql.unsafe("begin isolation level repeatable read read only");
      const place = await findChain(chain.owner);
      const seen = await verifyChain(chain.owner, place!);
      expect(seen).toMatchObject({
        rowCount: 5,
        findings: [],
        firstBreakPos: -1,
        chainHeadHash: vectors.at(-1)!.row_hash,
      });
      expect(seen.rootHash).toBe("231f53765dd385b63890435cde0b9f776b8e8e433a27b45408a7dd20671ebda5");
    });

    test("changed in any column they are refused", async () => {
      await using chain = await chainDatabase(cluster);
      await chain.sql`insert into audit_chain_head (chain_id) values (${chainId})`;
      const columns = Object.keys(vectors[1]!).filter(
        (each) => !/_hex$|^(canonical|chain_id)$/.test(each),
      ) as (keyof VectorRow)[];
      for (const column of columns) {
        const changed = vectors.map((row) =>
          row.seq === 2 ? { ...row, [column]: changedValue(column, row[column]) } : row,
        );
        expect([column, await stateOf(restoreVectors(chain.owner, changed))]).toEqual([column, "CU004"]);
      }
      expect(await firstBreak(chain.owner)).toEqual({ id: null, pos: -1, rows: 0 });
    });
  });
}

function changedValue(column: keyof VectorRow, value: string | number): string | number {
  if (typeof value === "number") return value + 1;
  if (/^(timestamp|recorded_at)$/.test(column)) return "2020-01-01T00:00:00Z";
  if (column === "details_text") return '{"a": null}';
  if (/hash|salt/.test(column)) return `${value.startsWith("0") ? "1" : "0"}${value.slice(1)}`;
  return `${value}x`;
}
