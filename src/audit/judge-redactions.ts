import type { Session } from "../postgres/connect.ts";
import { relationName } from "./find-chain.ts";
import type { ChainPlace } from "./find-chain.ts";
import type { FindingCollector } from "./finding.ts";
import type { Pruning } from "./read-base.ts";

/** What an event's details must be, but for the reason, to speak of row `e`. */
const fits = `r.resource_type = 'audit_event' and e.seq < r.seq and jsonb_typeof(r.details -> 'reason') = 'string'
  and case jsonb_typeof(r.details) when 'object' then r.details - 'reason' end = jsonb_build_object(
    'seq', e.seq, 'row_hash', encode(e.row_hash, 'hex'), 'details_hash', encode(e.details_hash, 'hex'))
  and not starts_with(e.action, 'audit.') and not starts_with(e.action, 'drop.')`;
const isErased = "e.details is null and e.details_salt is null";

/**
 * Compares redacted rows and the events that say so; what the events themselves hold, the walk has checked. Of rows that were
 * pruned since nothing can be said, nor of a later event to which a writer gave the id of one of them.
 */
export async function judgeRedactions(
  session: Session,
  place: ChainPlace,
  context: {
    readonly erased: number;
    /** Rows up to this number were compared before; 0 compares all. */
    readonly after: number;
    readonly pruning: Pruning | null;
    readonly limit: number;
    readonly findings: FindingCollector;
  },
): Promise<void> {
  const { findings, limit } = context;
  const events = relationName(place, place.definition.table);
  // Left out for all: then rows without a number are compared, too. Given, it is what keeps the planner from reading the table.
  const isNew = (row: string): string => (context.after === 0 ? "" : `and ${row}.seq > ${context.after}`);
  const invalid = await session.sql.unsafe<
    { id: string; seq: string; target: string; fits: boolean; total: string }[]
  >(
    `select r.id, coalesce(r.seq, 0)::text as seq, r.resource_id as target, coalesce(${fits}, false) as fits,
            (count(*) over ())::text as total
       from only ${events} r left join only ${events} e on e.id = r.resource_id
      where r.action = 'audit.redacted' and not coalesce(${fits} and ${isErased}, false)
        and (coalesce(e.seq > $1::text::bigint, true) and case jsonb_typeof(r.details -> 'seq')
               when 'number' then (r.details ->> 'seq')::numeric <= $1::text::bigint end) is not true
        ${isNew("r")}
      order by r.seq limit ${limit}`,
    [String(context.pruning?.size ?? 0)],
  );
  for (const event of invalid) reportRedaction({ ...event, seq: Number(event.seq) }, findings);
  findings.count(Number(invalid[0]?.total ?? 0) - invalid.length);
  if (context.erased === 0) return;
  const unrecorded = await session.sql.unsafe<{ id: string; seq: string; total: string }[]>(
    `select e.id, coalesce(e.seq, 0)::text as seq, (count(*) over ())::text as total from only ${events} e
      where ${isErased} ${isNew("e")} and not exists (
        select from only ${events} r where r.action = 'audit.redacted' and r.resource_id = e.id and ${fits})
      order by e.seq limit ${limit}`,
  );
  for (const event of unrecorded) reportErased({ ...event, seq: Number(event.seq) }, findings);
  findings.count(Number(unrecorded[0]?.total ?? 0) - unrecorded.length);
}

/** An event that says that `target` was redacted, which it was not (the event `fits` it), or not so. */
export function reportRedaction(
  event: { readonly id: string; readonly seq: number; readonly target: string; readonly fits: boolean },
  findings: FindingCollector,
): void {
  findings.add({
    class: event.fits ? "redaction-undone" : "redaction-invalid",
    position: Math.max(event.seq - 1, 0),
    id: event.id,
    detail: event.fits
      ? `it says that event ${event.target} was redacted, and its details are there`
      : `it does not fit event ${event.target}`,
  });
}

/** A row whose details are gone, with no event that says so. */
export function reportErased(
  row: { readonly id: string; readonly seq: number },
  findings: FindingCollector,
): void {
  findings.add({
    class: "redaction-unrecorded",
    position: Math.max(row.seq - 1, 0),
    id: row.id,
    detail: "its details are erased, and no audit.redacted event says so",
  });
}

/**
 * The pruning that the chain stands on must be told by an event of the chain, word for word. With the first row went what
 * binds the chain's name: that event names it too. `chainId` is what the head says, null without one.
 */
export async function judgePruning(
  session: Session,
  place: ChainPlace,
  { pruning, chainId }: { readonly pruning: Pruning; readonly chainId: string | null },
  findings: FindingCollector,
): Promise<void> {
  const [recorded] = await session.sql.unsafe<{ id: string; chain_id: string }[]>(
    `select e.id, e.resource_id as chain_id from only ${relationName(place, place.definition.table)} e
       join only ${relationName(place, "audit_chain_pruned")} p on p.event_id = e.id
      where p.size = $1::text::bigint and e.action = 'audit.pruned' and e.details = jsonb_build_object(
        'size', p.size, 'row_hash', encode(p.row_hash, 'hex'), 'archive_sha256', encode(p.archive_sha256, 'hex'),
        'frontier', (select coalesce(jsonb_agg(encode(node, 'hex') order by place), '[]')
                       from unnest(p.frontier) with ordinality as nodes (node, place)))`,
    [String(pruning.size)],
  );
  if (recorded === undefined) reportUnrecordedPruning(pruning.size, findings);
  else if (chainId !== null && recorded.chain_id !== chainId) {
    findings.add({
      class: "head-mismatch",
      position: pruning.size,
      id: recorded.id,
      detail: "the head's chain_id is not the one that the event of the pruning names",
      cause:
        "the chain's name was changed with the triggers off, or a data-only restore (pg_restore -j) brought the events before the head",
    });
  }
}

/** The first `size` rows are gone, with no event that says so. */
export function reportUnrecordedPruning(size: number, findings: FindingCollector): void {
  findings.add({
    class: "missing",
    position: size,
    id: "",
    detail: `the first ${size} rows are gone, and no audit.pruned event says that they were pruned`,
    cause: "the record of a pruning was inserted with the triggers off",
  });
}

/** The record of a pruning is none that a chain could stand on: the chain is then judged as if there were none. */
export function reportUnusablePruning(detail: string, findings: FindingCollector): void {
  findings.add({
    class: "missing",
    position: 0,
    id: "",
    detail,
    cause: "the record of a pruning was changed, or inserted, with the triggers off",
  });
}
