import { createHash } from "node:crypto";
import { InterruptedError, OpsError } from "../../../errors.ts";
import { explainServerError } from "../../../postgres/connect.ts";
import type { Session } from "../../../postgres/connect.ts";
import type { ConnectionSettings } from "../../../postgres/settings.ts";
import { parts } from "../../resource.ts";
import type { Resource } from "../../resource.ts";
import type { Context } from "./context.ts";
import { endAllSessions } from "./end-sessions.ts";
import { openForChange } from "./open-session.ts";
import { sessionNameOf } from "./own-names.ts";
import { readServerFacts } from "./server-facts.ts";
import type { ServerFacts } from "./server-facts.ts";

/** The sessions of one drop: all bear its name, and the first holds the lock of the resource. */
export interface Hold extends AsyncDisposable {
  readonly context: Context;
  readonly dropId: string;
  readonly applicationName: { readonly exact: string };
  /** Of the server that answered: a tool started with them reaches the same. */
  readonly settings: ConnectionSettings;
  readonly server: ServerFacts;
  /** Every statement that changes anything goes here, so that none goes without the lock; in another database, see `openIn`. */
  readonly session: Session;
  /** Ends sessions while the other waits for their end. */
  readonly helper: Session;
  /** Of the two, on the server: never ended by ourselves. */
  readonly pids: readonly number[];
  /** Fires when the lock cannot be held any longer. */
  readonly lost: AbortSignal;
  /** A session in another database of the server, for as long as the lock is held. */
  openIn(database: string): Promise<Session>;
}

const rivalsTimeoutMs = 30_000;

/**
 * Connects, ends whoever else bears the drop's name anywhere on the server, and takes the lock. The lock is one of the database that
 * the target's URL names: all instances must name the same.
 *
 * @throws OpsError state-in-use, timeout (a rival does not end), and those of `connect`
 */
export async function openHold(
  context: Context,
  dropId: string,
  resource: Resource,
  signal: AbortSignal,
): Promise<Hold> {
  const lost = new AbortController();
  try {
    return await open(context, dropId, resource, signal, lost);
  } catch (error) {
    if (!(error instanceof InterruptedError)) throw explainServerError(error, "holding the resource");
    throw lost.signal.aborted && !signal.aborted ? lockLost() : error;
  }
}

async function open(
  context: Context,
  dropId: string,
  resource: Resource,
  signal: AbortSignal,
  lost: AbortController,
): Promise<Hold> {
  const applicationName = { exact: sessionNameOf(dropId) };
  const asked = await context.settings();
  await using stack = new AsyncDisposableStack();
  const both = AbortSignal.any([signal, lost.signal]);
  let isOver = false;
  const onClosed = (): void => void (isOver || lost.abort());
  const session = stack.use(await openForChange(asked, { applicationName, signal, onClosed }));
  const helper = stack.use(
    await openForChange(session.settings, { applicationName, signal: both, onClosed }),
  );
  const server = await readServerFacts(session);
  const pids = await Promise.all([backendOf(session), backendOf(helper)]);
  await endRivals(helper, applicationName.exact, pids, signal);
  await takeLocks(session, server, resource);
  const owned = stack.move();
  return {
    context,
    dropId,
    applicationName,
    settings: session.settings,
    server,
    session,
    helper,
    pids,
    lost: lost.signal,
    openIn: (database) => openForChange(session.settings, { applicationName, signal: both, database }),
    async [Symbol.asyncDispose]() {
      isOver = true;
      await owned.disposeAsync();
    },
  };
}

async function backendOf(session: Session): Promise<number> {
  const [row] = await session.sql.unsafe<{ pid: number }[]>("select pg_catalog.pg_backend_pid() as pid");
  if (row === undefined) throw new Error("a server that does not tell the process of a session");
  return row.pid;
}

async function endRivals(
  session: Session,
  name: string,
  own: readonly number[],
  signal: AbortSignal,
): Promise<void> {
  const limits = { timeoutMs: rivalsTimeoutMs, signal };
  if (await endAllSessions(session, { kind: "application", name }, own, limits)) return;
  throw new OpsError(
    "timeout",
    `sessions named ${name} did not end within ${rivalsTimeoutMs / 1000} s`,
    "another instance may act there still: end them by hand (pg_terminate_backend), then try again",
  );
}

async function takeLocks(session: Session, server: ServerFacts, resource: Resource): Promise<void> {
  for (const key of lockKeys(server.systemIdentifier, resource)) {
    const [row] = await session.sql
      .unsafe<{ taken: boolean }[]>("select pg_catalog.pg_try_advisory_lock($1::bigint) as taken", [key])
      .catch((error: unknown) => Promise.reject(explainServerError(error, "taking the resource's lock")));
    if (row?.taken === true) continue;
    throw new OpsError(
      "state-in-use",
      `another drop holds ${Object.values(resource.names).join(" and ")}`,
      "try again when it has ended",
    );
  }
}

/**
 * By name, part by part, always in one order: the names of a drop stay the same, whatever has them by the time that somebody takes it
 * over. 64 bits of SHA-256.
 */
function lockKeys(systemIdentifier: string, { names }: Resource): readonly string[] {
  const within = names.schema === undefined ? "" : `${names.database} `;
  return parts.flatMap((part) => {
    const name = names[part];
    if (name === undefined || (part === "database" && names.schema !== undefined)) return [];
    const digest = createHash("sha256")
      .update(`custody drop ${systemIdentifier} ${part} ${within}${name}`)
      .digest();
    return [digest.readBigInt64BE(0).toString()];
  });
}

export function lockLost(): OpsError {
  return new OpsError(
    "connection-lost",
    "the connection that holds the resource's lock was lost",
    "another instance may have taken the drop over; if not, it is tried again",
  );
}
