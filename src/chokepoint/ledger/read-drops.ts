import { z } from "zod";
import type { JsonObject, Drop } from "../drop.ts";
import type { DropFilter, LedgerCounts, TimelineEntry } from "../ports.ts";
import { columnsOf, dropOf } from "./drop-row.ts";
import type { Ask } from "./readers.ts";
import { isCounted, isHeld } from "./tables.ts";
import type { Tables } from "./tables.ts";

/** Every filter that is not given is passed by all. Newest first. */
export async function listDrops(ask: Ask, tables: Tables, filter: DropFilter): Promise<readonly Drop[]> {
  const clauses: string[] = [];
  const values: string[] = [];
  const where = (clause: (parameter: string) => string, value: string | undefined): void => {
    if (value === undefined) return;
    values.push(value);
    clauses.push(clause(`$${values.length}`));
  };
  where((each) => `d.target = ${each}`, filter.target);
  where((each) => `d.caller = ${each}`, filter.caller);
  where((each) => `d.token = ${each}`, filter.token);
  where((each) => `d.provider_resource_id = ${each}`, filter.providerResourceId);
  where(
    (each) => `d.requested_at >= ${each}::pg_catalog.text::pg_catalog.timestamptz`,
    filter.since?.toISOString(),
  );
  where((each) => `d.state in (${elements(each)})`, filter.states && JSON.stringify(filter.states));
  if (filter.before !== undefined) {
    values.push(filter.before.at.toISOString(), filter.before.dropId);
    clauses.push(
      `(d.requested_at, d.drop_id) < ($${values.length - 1}::pg_catalog.text::pg_catalog.timestamptz, $${values.length})`,
    );
  }
  values.push(String(filter.limit));
  const rows = await ask(
    `select ${columnsOf("d")} from ${tables.drops} d ${clauses.length > 0 ? `where ${clauses.join(" and ")}` : ""}
      order by d.requested_at desc, d.drop_id desc limit $${values.length}::pg_catalog.text::pg_catalog.int8`,
    values,
  );
  return rows.map(dropOf);
}

/** One row at most. Statements of sessions have request_ids that need not be theirs alone. */
const finders = {
  drop_id: "d.drop_id = $1",
  request_id: "d.request_id = $1 and d.statement is null",
  ticket: "d.statement -> 'ticket' ->> 'sha256' = $1",
} as const;

export async function findDrop(
  ask: Ask,
  tables: Tables,
  by: { readonly column: keyof typeof finders; readonly value: string },
): Promise<Drop | null> {
  const [row] = await ask(`select ${columnsOf("d")} from ${tables.drops} d where ${finders[by.column]}`, [
    by.value,
  ]);
  return row === undefined ? null : dropOf(row);
}

/** What waits for somebody, and nobody alive holds. */
export async function dueDrops(ask: Ask, tables: Tables, now: Date, limit: number): Promise<readonly Drop[]> {
  const at = "$1::pg_catalog.text::pg_catalog.timestamptz";
  // Each part reads an index of its own.
  const parts = [
    "d.state in ('requested', 'approved', 'started', 'fenced', 'tombstoned', 'proved', 'undo_started', 'purge_started')",
    // A statement whose end is unknown stays so: nobody knows more, later.
    "d.state = 'unknown' and d.statement is null",
    // Whose session is gone is approved for nothing; a hold that has expired stands below.
    `d.state = 'held' and d.statement is not null and d.hold_expires_at > ${at}`,
    `d.state = 'held' and d.hold_expires_at <= ${at}`,
    `d.state = 'completed' and d.purge_at is not null and d.purge_at <= ${at}`,
    `d.state = 'undone' and d.purge_at is not null and d.purge_at <= ${at}`,
    `d.state in ('purged', 'undone') and d.tombstone is not null and d.tombstone_until is not null and d.tombstone_until <= ${at}`,
  ].map((part) => `select ${columnsOf("d")} from ${tables.drops} d where ${part} and not ${isHeld(tables)}`);
  const rows = await ask(
    `select ${columnsOf("d")} from (${parts.join(" union all ")}) d
      order by d.requested_at, d.drop_id limit $2::pg_catalog.text::pg_catalog.int8`,
    [now.toISOString(), String(limit)],
  );
  // One that somebody wrote by hand, so that it cannot be read, keeps none of the others waiting; whoever asks for it sees why.
  return rows.flatMap((row) => {
    try {
      return [dropOf(row)];
    } catch (error) {
      if (error instanceof z.ZodError) return [];
      throw error;
    }
  });
}

/** The window of the volume breaker, for whoever asks before. */
export async function countStarted(
  ask: Ask,
  tables: Tables,
  { target, caller, since }: { readonly target: string; readonly caller: string; readonly since: Date },
): Promise<number> {
  const [row] = await ask(
    `select greatest(
         (select pg_catalog.count(*) from ${tables.drops} d where d.target = $1 and d.started_at > s.since and ${isCounted("d")}),
         (select pg_catalog.count(*) from ${tables.drops} d where d.caller = $2 and d.started_at > s.since and ${isCounted("d")}))::pg_catalog.int4 as n
       from (select $3::pg_catalog.text::pg_catalog.timestamptz as since) s`,
    [target, caller, since.toISOString()],
  );
  return z.number().parse(row?.["n"]);
}

export async function readClock(ask: Ask): Promise<Date> {
  const [row] = await ask("select pg_catalog.clock_timestamp() as now", []);
  return z.date().parse(row?.["now"]);
}

/** By the primary key: an event's id begins with its drop's. */
export async function readTimeline(
  ask: Ask,
  tables: Tables,
  dropId: string,
): Promise<readonly TimelineEntry[]> {
  const rows = await ask(
    `select e.id, e.seq::pg_catalog.text as seq, e.action, e."timestamp" as at, e.actor, e.details
       from ${tables.events} e
      where e.id > $1 || '.' and e.id < $1 || '/' and e.details ->> 'drop_id' = $1 order by e.seq`,
    [dropId],
  );
  return rows.map((row) => timelineEntry.parse(row));
}

const timelineEntry = z.object({
  id: z.string(),
  seq: z.coerce.number(),
  action: z.string(),
  at: z.date(),
  actor: z.string(),
  details: z.record(z.string(), z.json()),
});

export async function readSecret(ask: Ask, tables: Tables, dropId: string): Promise<JsonObject | null> {
  const [row] = await ask(`select s.secret from ${tables.secrets} s where s.drop_id = $1`, [dropId]);
  return row === undefined ? null : secret.parse(row["secret"]);
}

const secret = z.record(z.string(), z.json());

/** A tombstone has one state: the last that is true of it. One that could not even be made is unproved too. */
export async function countDrops(ask: Ask, tables: Tables): Promise<LedgerCounts> {
  const rows = await ask(
    `select case when d.state = 'held' then 'held' when d.state = 'undone' then 'undone' when d.state = 'unproved' then 'unproved'
                 when (d.tombstone ->> 'isEncrypted')::pg_catalog.bool then 'encrypted'
                 when d.tombstone ->> 'provedAt' is not null then 'proved' else 'made' end as kind,
            pg_catalog.count(*)::pg_catalog.int4 as count
       from ${tables.drops} d where d.state in ('held', 'unproved') or d.tombstone is not null group by 1`,
    [],
  );
  const counts = new Map(rows.map((row) => [String(row["kind"]), Number(row["count"])]));
  const kinds = ["made", "proved", "encrypted", "unproved", "undone"];
  return {
    held: counts.get("held") ?? 0,
    tombstones: Object.fromEntries(kinds.map((kind) => [kind, counts.get(kind) ?? 0])),
  };
}

function elements(parameter: string): string {
  return `select k.value from pg_catalog.json_array_elements_text(${parameter}::pg_catalog.text::pg_catalog.json) k`;
}
