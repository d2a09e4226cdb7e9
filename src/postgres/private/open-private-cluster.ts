import { setTimeout as delay } from "node:timers/promises";
import { InterruptedError, OpsError } from "../../errors.ts";
import { lockFolder } from "../../run/lock-folder.ts";
import type { FolderLock } from "../../run/lock-folder.ts";
import { connect } from "../connect.ts";
import type { ConnectionSettings, Environment } from "../connection-settings.ts";
import { serverUser } from "../server-user.ts";
import type { Session } from "../session.ts";
import { port } from "./find-postmaster.ts";
import { makePlace } from "./place.ts";
import type { PrivatePlace } from "./place.ts";
import { isLast, makeDatabase, whenUp } from "./server-state.ts";
import { startServer, superuser } from "./start-server.ts";
import { stopServer } from "./stop-server.ts";

/**
 * A durable PostgreSQL of custody's own, shared by every custody that works with its folder. Disposing stops it when nobody else is
 * connected; however else custody ends, it goes on, and the next one finds it.
 */
export interface PrivateCluster extends AsyncDisposable {
  /** The database `custody`, its owner's, who is no superuser. */
  readonly settings: ConnectionSettings;
  readonly directory: string;
}

export interface PrivateClusterOptions {
  /** Made where it is not. */
  readonly directory: string;
  readonly env: Environment;
  readonly pgBin?: string;
  /** Told what keeps a server that ended from being started again, once for each reason. */
  readonly onTrouble: (error: OpsError) => void;
  readonly signal: AbortSignal;
}

const owner = "custody";
const watchMs = 1000;
const longestLockWaitMs = 120_000;

/** Starts it, or joins the one that runs. Throws `OpsError` and `InterruptedError`. */
export async function openPrivateCluster(options: PrivateClusterOptions): Promise<PrivateCluster> {
  const user = await serverUser();
  const place = await makePlace(options.directory, user);
  const over = new AbortController();
  const signal = AbortSignal.any([options.signal, over.signal]);
  const settings = settingsFor(place, owner, owner);

  /** The session tells others that somebody works here; it is there before the lock is given back. */
  async function join(): Promise<Session> {
    await using _lock = await waitForLock(place, signal);
    await startServer(place, user, { ...options, signal });
    const admin = settingsFor(place, superuser, "postgres");
    await whenUp(place, admin, signal);
    await makeDatabase(admin, owner);
    return await connect(settings, { applicationName: "ledger keeper", signal });
  }

  let session = await join();

  /** A server that was killed is started again by whoever sees it first. */
  async function watch(): Promise<void> {
    let told = "";
    while (!signal.aborted) {
      try {
        await delay(watchMs, undefined, { signal });
        await session.sql`select 1`;
        continue;
      } catch {
        if (signal.aborted) return;
        await Promise.allSettled([session[Symbol.asyncDispose]()]);
      }
      try {
        session = await join();
        told = "";
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof OpsError)) throw error;
        if (error.message !== told) options.onTrouble(error);
        told = error.message;
      }
    }
  }

  const watching = watch();
  return {
    settings,
    directory: place.path,
    async [Symbol.asyncDispose]() {
      over.abort();
      await watching;
      await Promise.allSettled([session[Symbol.asyncDispose]()]);
      await using lock = await waitForLock(place, new AbortController().signal).catch(() => null);
      // Whoever has the lock is about to work with it.
      if (lock === null) return;
      if (await isLast(settingsFor(place, superuser, "postgres"))) await stopServer(place);
    },
  };
}

function settingsFor(place: PrivatePlace, user: string, database: string): ConnectionSettings {
  return { hosts: [{ host: place.run, port }], user, database, sslmode: "disable" };
}

/** Who starts or stops the server does so alone. Of two that come at once both may be refused: they come again. */
async function waitForLock(place: PrivatePlace, signal: AbortSignal): Promise<FolderLock> {
  const deadline = performance.now() + longestLockWaitMs;
  for (;;) {
    try {
      return await lockFolder(place.run);
    } catch (error) {
      if (!(error instanceof OpsError) || error.code !== "state-in-use" || performance.now() > deadline)
        throw error;
    }
    if (signal.aborted) throw new InterruptedError();
    await delay(20 + Math.random() * 80);
  }
}
