import { beginSnapshot } from "../../../audit/begin-snapshot.ts";
import { readClusterIdentity } from "../../../audit/cluster-identity.ts";
import type { ClusterIdentity } from "../../../audit/note/identity.ts";
import { createBlockRecorder, emptyTable } from "../../../audit/blocks/block-table.ts";
import { verifyBlock } from "../../../audit/blocks/verify-block.ts";
import type { BlockOptions } from "../../../audit/blocks/verify-block.ts";
import { findChain, profileColumns, relationName } from "../../../audit/find-chain.ts";
import type { ChainPlace } from "../../../audit/find-chain.ts";
import { loadProfile } from "../../../audit/load-profile.ts";
import { genesisOf, readHeads, readPruning } from "../../../audit/read-base.ts";
import { lockPlainTable, pinSettings } from "../../../audit/secure-reading.ts";
import { verifyChain } from "../../../audit/verify-chain.ts";
import type { ChainProfile } from "../../../audit/profile.ts";
import { OpsError } from "../../../errors.ts";
import { connect } from "../../../postgres/connect.ts";
import { explainServerError } from "../../../postgres/explain-error.ts";
import { quoteIdentifier } from "../../../postgres/identifiers.ts";
import type { Session } from "../../../postgres/session.ts";
import { displayAddress, resolveSettings } from "../../../postgres/settings.ts";
import type { ConnectionSettings, Environment } from "../../../postgres/settings.ts";
import { noChain } from "../../open-database.ts";
import type { ChainIdentity } from "../memory.ts";
import type { WatchInput } from "../input.ts";
import { createStallGuard } from "./stall-guard.ts";
import type { BlockStart, ReadRequest, Reading, WatchedChain } from "../ports.ts";

interface World {
  readonly env: Environment;
  readonly cwd: string;
  readonly signal: AbortSignal;
}

/** So many rows before the newest are read again each time: no reading begins where the last one ended. */
const overlapRows = 1024;

/** Connects as the settings say now (hosts, target_session_attrs, password files are read anew) and finds the chain. */
export async function openLiveChain(
  input: WatchInput,
  { env, cwd, signal }: World,
  onNotice: () => void,
): Promise<WatchedChain> {
  const profile = input.profile === null ? undefined : await loadProfile(input.profile, cwd);
  await using stack = new AsyncDisposableStack();
  const settings = await resolveSettings(input.dbUrl, env);
  let called = settings;
  const stall = stack.use(
    createStallGuard({
      patienceMs: Math.max(3 * input.interval, leastPatienceMs),
      call: () => answers(called),
    }),
  );
  const alive = AbortSignal.any([signal, stall.signal]);
  const session = stack.use(
    await connect(settings, { applicationName: "chain watch", signal: alive, onNotification: onNotice }),
  );
  // The one server that answered, which must still be what was asked for.
  called = session.settings;
  const heeded = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await stall.during(work);
    } catch (error) {
      throw stall.signal.aborted && !signal.aborted ? fellSilent(session, error) : error;
    }
  };
  const { server, place, chainId, notes } = await heeded(() => findIn(session, input, profile));
  const owned = stack.move();
  return {
    facts: {
      address: displayAddress(session.settings),
      serverVersion: session.serverVersion,
      isStandby: server.isStandby,
      schema: place.schema,
      table: place.definition.table,
      profile: place.profile,
      isCounted: place.definition.order === "seq",
    },
    identity: identityOf(chainId, server.cluster),
    notes,
    read: (request, onProgress) =>
      heeded(() =>
        readChain({ session, place, signal: alive }, request, (rows, total) => {
          stall.heard();
          onProgress(rows, total);
        }),
      ),
    readBlock: (block, from) =>
      heeded(() =>
        inSnapshot({ session, place }, "reading history again", async () => {
          await pinSettings(session);
          await lockPlainTable(session, place, place.definition.table, profileColumns(place.definition));
          const start = await beginning(session, place, from);
          return verifyBlock(session, place, block, { ...start, signal: alive });
        }),
      ),
    look: () =>
      heeded(() =>
        inSnapshot({ session, place }, "looking at the newest event", () => lookAt(session, place)),
      ),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Silence that is nothing to wonder at, however short the interval. */
const leastPatienceMs = 5000;

async function answers(settings: ConnectionSettings): Promise<void> {
  await using _session = await connect(settings, { applicationName: "chain watch" });
}

function fellSilent(session: Session, cause: unknown): OpsError {
  return new OpsError(
    "connection-lost",
    `${displayAddress(session.settings)} does not answer any more`,
    "check the server and the network; with several hosts in the URL the next that answers is taken",
    { cause },
  );
}

async function findIn(
  session: Session,
  input: WatchInput,
  profile: string | ChainProfile | undefined,
): Promise<{
  readonly server: Server;
  readonly place: ChainPlace;
  readonly chainId: string | null;
  readonly notes: readonly string[];
}> {
  const server = await readServer(session);
  const found = await inSnapshot({ session, place: null }, "finding the audit chain", async () => {
    const place = await findChain(session, { schema: input.schema ?? undefined, profile });
    if (place === null) throw noChain(session, input.schema === null ? "" : ` in schema ${input.schema}`);
    const heads = await readHeads(session, place);
    return { place, chainId: heads?.find((each) => each.key === "1")?.chainId ?? null };
  });
  const notes = input.listen === null ? [] : await listen(session, input.listen, server);
  return { server, ...found, notes };
}

interface Opened {
  readonly session: Session;
  readonly place: ChainPlace;
  readonly signal: AbortSignal;
}

async function readChain(
  { session, place, signal }: Opened,
  { since, waypoints, allErasures = false }: ReadRequest,
  onProgress: (rows: number, total?: number) => void,
): Promise<Reading> {
  // Before the snapshot: what it shows may then be newer than this, never older.
  const before = await readServer(session);
  return inSnapshot({ session, place }, "reading the audit chain", async () => {
    await pinSettings(session);
    const { pruning: base } = await readPruning(session, place);
    // A mark that was pruned since is none any more.
    const start = since !== null && since.size >= (base?.size ?? 0) ? since : base;
    const recorder = place.definition.order === "seq" ? createBlockRecorder(start) : null;
    const result = await verifyChain(session, place, {
      markRows: overlapRows,
      waypoints,
      allErasures,
      onProgress,
      signal,
      ...(since === null ? {} : { since }),
      ...(recorder === null ? {} : { onLeaf: (leaf: Uint8Array) => recorder.push(leaf) }),
    });
    const strays = await countStrays(session, place, base?.size ?? 0);
    const after = await readClusterIdentity(session);
    return {
      identity: identityOf(result.chainId, after),
      cluster: after,
      isStandby: before.isStandby,
      lsnBefore: before.cluster?.lsn ?? null,
      lsnAfter: after?.lsn ?? null,
      base,
      strays,
      result,
      recorded: recorder === null ? null : { table: emptyTable(start), blocks: recorder.blocks() },
    };
  });
}

/** How `verifyBlock` is told what the first row of a block must lead to. */
async function beginning(session: Session, place: ChainPlace, from: BlockStart): Promise<BlockOptions> {
  if (from !== "beginning") return "base" in from ? { ...from, isFirst: true } : from;
  if (place.definition.first_prev_hash !== "chain-id") return { previous: "none", isFirst: true };
  const head = (await readHeads(session, place))?.find((each) => each.key === "1");
  const genesis = genesisOf(head?.chainId ?? "");
  return { isFirst: true, ...(genesis === null ? {} : { previous: genesis }) };
}

/** Rows whose number is below the chain's first: no range of numbers that belongs to the chain holds them. */
async function countStrays(
  session: Session,
  { definition, ...place }: ChainPlace,
  start: number,
): Promise<number> {
  if (definition.columns.seq === undefined) return 0;
  const seq = `t.${quoteIdentifier(definition.columns.seq)}`;
  const [row] = await session.sql.unsafe<{ strays: number }[]>(
    `select count(*)::int as strays from only ${relationName({ definition, ...place }, definition.table)} t where ${seq} <= ${start}`,
  );
  return row?.strays ?? 0;
}

/** The head's hash; without a head that of the row that sorts last. */
async function lookAt(session: Session, place: ChainPlace): Promise<string> {
  await pinSettings(session);
  const heads = await readHeads(session, place);
  if (heads !== null) return JSON.stringify(heads);
  const { table, columns, sort } = place.definition;
  await lockPlainTable(session, place, table, profileColumns(place.definition));
  const order = sort.map((each) => `t.${quoteIdentifier(each)} desc`).join(", ");
  const [row] = await session.sql.unsafe<{ hash: string | null }[]>(
    `select t.${quoteIdentifier(columns.row_hash)}::text as hash from only ${relationName(place, table)} t order by ${order} limit 1`,
  );
  return JSON.stringify(row?.hash ?? null);
}

async function listen(session: Session, channel: string, { isStandby }: Server): Promise<readonly string[]> {
  if (isStandby)
    return [`a standby takes no LISTEN: ${channel} is not listened to, the interval alone counts`];
  try {
    await session.sql.unsafe(`listen ${quoteIdentifier(channel)}`);
    return [];
  } catch (error) {
    throw explainServerError(error, `listening to ${channel}`);
  }
}

interface Server {
  readonly cluster: ClusterIdentity | null;
  readonly isStandby: boolean;
}

/** Who answers, in a snapshot of its own. */
async function readServer(session: Session): Promise<Server> {
  return inSnapshot({ session, place: null }, "asking the server for its identity", async () => {
    const [row] = await session.sql<{ standby: boolean }[]>`select pg_catalog.pg_is_in_recovery() as standby`;
    return { cluster: await readClusterIdentity(session), isStandby: row?.standby === true };
  });
}

function identityOf(chainId: string | null, cluster: ClusterIdentity | null): ChainIdentity {
  return {
    chainId,
    systemIdentifier: cluster?.systemIdentifier ?? null,
    timeline: cluster?.timeline ?? null,
  };
}

/** A REPEATABLE READ, READ ONLY transaction, rolled back at its end: it leaves neither locks nor settings. */
async function inSnapshot<T>(
  { session, place }: { readonly session: Session; readonly place: ChainPlace | null },
  what: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    await beginSnapshot(session, place);
    const result = await work();
    await session.sql.unsafe("rollback");
    return result;
  } catch (error) {
    // The session is given up by whoever gets this error: there is nothing to roll back.
    throw explainServerError(error, what);
  }
}
