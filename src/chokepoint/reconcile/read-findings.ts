import { z } from "zod";
import type { Ask } from "../ledger/readers.ts";
import { tablesIn } from "../ledger/tables.ts";
import { openStore } from "./inventory-store.ts";
import type { InventoryStoreOptions } from "./inventory-store.ts";

/** What a round told, as it stands in the chain. Words are kept as they are: another custody may know more of them. */
export interface Finding {
  /** Its place in the chain. */
  readonly seq: number;
  readonly at: Date;
  readonly action: "drop.unattributed" | "drop.orphaned";
  readonly target: string;
  readonly part: string;
  readonly id: string;
  readonly name: string;
  readonly systemIdentifier: string;
  /** A drop that has to do with it. */
  readonly dropId: string | null;
  /** Of what stands there and should not. */
  readonly reason: string | null;
  /** Of what is gone: ISO 8601, the last round that saw it. */
  readonly lastSeen: string | null;
  /** What the server itself remembered of it. */
  readonly witness: Readonly<Record<string, unknown>> | null;
}

export interface FindingFilter {
  readonly since: Date | null;
  /** Null: all, also those that are configured no more. */
  readonly targets: readonly string[] | null;
  readonly limit: number;
}

export interface FindingPage {
  /** Newest first. */
  readonly findings: readonly Finding[];
  readonly hasMore: boolean;
}

const finding = z.object({
  seq: z.coerce.number(),
  at: z.date(),
  action: z.enum(["drop.unattributed", "drop.orphaned"]),
  target: z.string(),
  part: z.string(),
  id: z.string(),
  name: z.string(),
  systemIdentifier: z.string(),
  dropId: z.string().nullable(),
  reason: z.string().nullable(),
  lastSeen: z.string().nullable(),
  witness: z.record(z.string(), z.unknown()).nullable().catch(null),
});

/**
 * What rounds have told, from the chain itself: each loss is told once, and this is where it is found again. A canary that was missed is
 * no finding. Reads the whole chain, over a session of its own. Throws `OpsError`.
 */
export async function readFindings(
  store: InventoryStoreOptions,
  filter: FindingFilter,
): Promise<FindingPage> {
  await using opened = await openStore(store);
  const rows = await selectFindings(opened.ask, store.schema, filter);
  const findings = rows.slice(0, filter.limit).map((row) => finding.parse(row));
  return { findings, hasMore: rows.length > filter.limit };
}

async function selectFindings(
  ask: Ask,
  schema: string,
  { since, targets, limit }: FindingFilter,
): Promise<readonly Record<string, unknown>[]> {
  const values: string[] = [];
  const given = (value: string): string => `$${values.push(value)}::pg_catalog.text`;
  const text = (field: string): string => `coalesce(e.details ->> '${field}', '')`;
  const clauses = [
    "e.action in ('drop.unattributed', 'drop.orphaned')",
    "e.details ->> 'canary' is distinct from 'true'",
    // What was put in with the triggers off is no part of the chain.
    "e.seq is not null",
    ...(since === null ? [] : [`e.recorded_at >= ${given(since.toISOString())}::pg_catalog.timestamptz`]),
    ...(targets === null
      ? []
      : [
          `e.details ->> 'target' in (select w.value from pg_catalog.json_array_elements_text(${given(JSON.stringify(targets))}::pg_catalog.json) w)`,
        ]),
  ];
  return await ask(
    `select e.seq::pg_catalog.text as seq, e.recorded_at as at, e.action, ${text("target")} as target, e.resource_type as part,
            ${text("oid")} as id, e.resource_id as name, ${text("system_identifier")} as "systemIdentifier",
            e.details ->> 'drop_id' as "dropId", e.details ->> 'reason' as reason, e.details ->> 'last_seen' as "lastSeen",
            e.details -> 'witness' as witness
       from ${tablesIn(schema).events} e where ${clauses.join(" and ")}
      order by e.seq desc limit ${given(String(limit + 1))}::pg_catalog.int8`,
    values,
  );
}
