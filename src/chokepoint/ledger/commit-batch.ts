import { isOutcomeUnknown, isPassing } from "../../audit/chain-errors.ts";
import { serverErrorOf } from "../../postgres/explain-error.ts";
import type { Session } from "../../postgres/session.ts";
import { targetLocks } from "./tables.ts";
import type { Tables } from "./tables.ts";

export type Row = Readonly<Record<string, unknown>>;

/** One statement of a batch; its id is in what it writes, so that it can be found again. */
export interface Item {
  readonly statement: string;
  readonly input: string;
  /** Items go in this order: whoever writes what two batches share, writes it in the same one. */
  readonly order: string;
  /** The row that it moves, locked before. */
  readonly dropId: string | null;
  /** Whether it looks at the other drops of its target: they are kept out meanwhile. */
  readonly isGuarded: boolean;
  /** Finds what it wrote: a statement with one text parameter that gives rows if, and only if, it was committed. */
  readonly proof: { readonly statement: string; readonly key: string };
}

export type Written =
  | { readonly kind: "committed"; readonly rows: readonly (readonly Row[])[] }
  /** Nothing was committed, because of one of them or of the transaction as a whole. */
  | { readonly kind: "failed"; readonly error: unknown; readonly isOfOne: boolean; readonly mayPass: boolean }
  /** The answer to the commit was lost. */
  | { readonly kind: "lost"; readonly error: unknown };

/** All of a batch in one transaction, sent at once: the answers are read when they come. Items stand in the order of `order`. */
export async function commitBatch(
  session: Session,
  tables: Tables,
  items: readonly Item[],
): Promise<Written> {
  const ask = (text: string, input: string): PromiseLike<readonly Row[]> =>
    session.sql.unsafe<Row[]>(text, [input], { prepare: true });
  const guarded = dropsOf(items.filter((each) => each.isGuarded));
  const drops = dropsOf(items);
  const sent = await Promise.allSettled([
    session.sql.unsafe("begin isolation level read committed"),
    guarded.length === 0 ? null : ask(lockTargets(tables), JSON.stringify(guarded)),
    drops.length === 0 ? null : ask(lockDrops(tables), JSON.stringify(drops)),
    ...items.map((each) => ask(each.statement, each.input)),
    session.sql.unsafe("commit"),
  ]);
  const failures = sent.flatMap((each) => (each.status === "rejected" ? [errorOf(each)] : []));
  const [first] = failures;
  if (failures.length === 0) {
    const commit = valueOf(sent.at(-1));
    if (!isCommand(commit, "COMMIT")) throw new Error("a transaction of the ledger ended without its commit");
    return { kind: "committed", rows: sent.slice(3, -1).map((each) => rowsOf(valueOf(each))) };
  }
  if (failures.some((each) => isOutcomeUnknown(each))) return { kind: "lost", error: failures.at(-1) };
  const last = sent.at(-1);
  const isOfCommit = last?.status === "rejected" && failures.length === 1;
  return {
    kind: "failed",
    error: first,
    isOfOne: !isOfCommit || /^(22|23|54)/.test(serverErrorOf(first)?.sqlstate ?? ""),
    mayPass: isPassing(first),
  };
}

/** Whether what was sent is committed; null where it was not. The session is another than the one that sent it. */
export async function findWritten(session: Session, item: Item): Promise<readonly Row[] | null> {
  const rows = await session.sql.unsafe<Row[]>(item.proof.statement, [item.proof.key], { prepare: true });
  return rows.length === 0 ? null : rows;
}

function lockTargets(tables: Tables): string {
  return `select pg_catalog.pg_advisory_xact_lock(${targetLocks}, t.key) from (
    select distinct pg_catalog.hashtext(k.name) as key from ${tables.drops} d
           cross join lateral (values ('target ' || d.target), ('caller ' || d.caller)) k (name)
     where d.drop_id in (${listed}) order by 1) t`;
}

function lockDrops(tables: Tables): string {
  return `select from ${tables.drops} d where d.drop_id in (${listed}) order by d.drop_id for no key update`;
}

const listed =
  "select k.value from pg_catalog.json_array_elements_text($1::pg_catalog.text::pg_catalog.json) k";

function dropsOf(items: readonly Item[]): readonly string[] {
  return [...new Set(items.flatMap((each) => each.dropId ?? []))];
}

function errorOf(result: PromiseRejectedResult): unknown {
  return result.reason;
}

function valueOf(result: PromiseSettledResult<unknown> | undefined): unknown {
  return result?.status === "fulfilled" ? result.value : undefined;
}

function rowsOf(value: unknown): readonly Row[] {
  return Array.isArray(value) ? value : [];
}

function isCommand(result: unknown, command: string): boolean {
  return typeof result === "object" && result !== null && "command" in result && result.command === command;
}
