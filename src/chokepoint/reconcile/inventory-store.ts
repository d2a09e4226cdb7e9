import { z } from "zod";
import { connect } from "../../postgres/connect.ts";
import type { ConnectionSettings } from "../../postgres/connection-settings.ts";
import { explainServerError } from "../../postgres/explain-error.ts";
import type { Session } from "../../postgres/session.ts";
import type { Drop } from "../drop.ts";
import type { Ask } from "../ledger/readers.ts";
import { ledgerParameters } from "../ledger/session-slot.ts";
import { lockKey, tablesIn } from "../ledger/tables.ts";
import { canaryRows } from "./canary-rows.ts";
import type { CanaryRows } from "./canary-rows.ts";
import { commitRound } from "./commit-round.ts";
import type { Candidate } from "./explain-loss.ts";
import type { KnownThing, RowChange } from "./match-round.ts";
import { readCandidates, readKnown, readUndos } from "./read-known.ts";
import type { RoundEvent } from "./round-events.ts";

/** The space of the locks under which one instance looks at a target (migration 000003 names it). */
const roundLocks = 1_129_464_646;

/** What is known of a target, in the ledger's database, for as long as nobody else looks at it. */
export interface InventoryRound extends AsyncDisposable {
  /** The ledger's clock. */
  now(): Promise<Date>;
  read(systemIdentifier: string): Promise<{
    readonly previous: Date | null;
    readonly known: readonly KnownThing[];
    readonly canaries: ReadonlySet<string>;
  }>;
  /** Drops that name one of `keys` (`part:id`), that keep an identity, or that moved since, by the `part:id` that they name. */
  candidates(
    systemIdentifier: string,
    keys: readonly string[],
    since: Date,
  ): Promise<ReadonlyMap<string, readonly Candidate[]>>;
  /** Drops that somebody wanted undone, however that went. */
  undos(systemIdentifier: string): Promise<readonly Drop[]>;
  /** Rows and events in one transaction, committed with `synchronous_commit = on` when this returns. */
  commit(round: {
    readonly systemIdentifier: string;
    readonly at: Date;
    readonly changes: readonly RowChange[];
    readonly events: readonly RoundEvent[];
  }): Promise<void>;
  readonly canaries: CanaryRows;
}

export interface InventoryStoreOptions {
  /** The ledger's database. */
  readonly settings: ConnectionSettings;
  readonly schema: string;
  readonly signal: AbortSignal;
}

/** A session of the ledger's database, for as long as it is held. Throws `OpsError`. */
export async function openStore({
  settings,
  signal,
}: InventoryStoreOptions): Promise<AsyncDisposable & { readonly session: Session; readonly ask: Ask }> {
  const session = await connect(settings, {
    applicationName: "reconciliation ledger",
    parameters: { ...ledgerParameters, statement_timeout: "60s" },
    signal,
  });
  return { session, ask: asking(session), [Symbol.asyncDispose]: () => session[Symbol.asyncDispose]() };
}

/** Null where another instance is looking at this target now. Throws `OpsError`. */
export async function openRound(
  store: InventoryStoreOptions,
  target: string,
): Promise<InventoryRound | null> {
  await using stack = new AsyncDisposableStack();
  const { schema } = store;
  const { session, ask } = stack.use(await openStore(store));
  const [lock] = await ask(
    "select pg_catalog.pg_try_advisory_lock($1::text::int4, $2::text::int4) as taken",
    [String(roundLocks), String(lockKey(schema, target))],
  );
  if (lock?.["taken"] !== true) return null;
  const tables = tablesIn(schema);
  const owned = stack.move();
  return {
    async now() {
      const [row] = await ask("select pg_catalog.clock_timestamp() as now", []);
      return z.date().parse(row?.["now"]);
    },
    read: (systemIdentifier) => readKnown(ask, schema, target, systemIdentifier),
    candidates: (systemIdentifier, keys, since) =>
      readCandidates(ask, tables, { target, systemIdentifier }, keys, since),
    undos: (systemIdentifier) => readUndos(ask, tables, { target, systemIdentifier }),
    commit: (round) => commitRound(session, ask, { ...round, tables, target }),
    canaries: canaryRows(ask, schema, target),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function asking(session: Session): Ask {
  return async (text, values) => {
    try {
      return [...(await session.sql.unsafe<Record<string, unknown>[]>(text, [...values]))];
    } catch (error) {
      throw explainServerError(error, "asking the ledger");
    }
  };
}
