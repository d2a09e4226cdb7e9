import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { InterruptedError, OpsError } from "../../errors.ts";
import { syncFolder } from "../../run/new-file.ts";
import { chooseInstallation, installCommand } from "../choose-installation.ts";
import type { Environment } from "../connection-settings.ts";
import { initdb } from "../initdb.ts";
import { findInstallations } from "../installations.ts";
import type { Installation } from "../installations.ts";
import { chooseLauncher } from "../launcher.ts";
import { lastReason, spawnServer } from "../postmaster.ts";
import { reachableInstallation } from "../reach.ts";
import type { ServerUser } from "../server-user.ts";
import { clearStale, findPostmaster } from "./find-postmaster.ts";
import { privateParameters } from "./parameters.ts";
import type { PrivatePlace } from "./place.ts";

export interface StartOptions {
  readonly env: Environment;
  /** The folder of `--pg-bin`. */
  readonly pgBin?: string;
  readonly signal: AbortSignal;
}

/** The bootstrap superuser: for backups and repairs by people; custody itself uses another role. */
export const superuser = "custody_admin";

/** After `kill -9` of a postmaster its children end when they notice, and until then nothing starts. */
const orphansMs = 30_000;
const pollMs = 20;

/**
 * Has a server listen for the place, the folder's lock being held: the one that is there, or a new one, which outlives this process. The
 * data directory is made when there is none. Waits for a crash recovery, however long. Throws `tool-missing`, `no-space`, `unreachable`.
 */
export async function startServer(
  place: PrivatePlace,
  user: ServerUser,
  options: StartOptions,
): Promise<void> {
  const deadline = performance.now() + orphansMs;
  for (;;) {
    const found = await findPostmaster(place);
    if (found.kind === "listening") return;
    if (found.kind === "none") {
      const failure = await launch(place, user, options);
      if (failure === null) return;
      if (!failure.mayPass || performance.now() > deadline) throw failure.error;
    }
    if (options.signal.aborted) throw new InterruptedError();
    await delay(pollMs * 5);
  }
}

/** Null when it listens. */
async function launch(
  place: PrivatePlace,
  user: ServerUser,
  options: StartOptions,
): Promise<{ readonly error: OpsError; readonly mayPass: boolean } | null> {
  const installation = await installationFor(place, user, options);
  await makeData(place, installation, user, options.signal);
  await clearStale(place);
  const launcher = await chooseLauncher(user, { isolateNetwork: false, mayOutlive: true });
  const before = await rotate(place.log);
  const child = await spawnServer(place, installation, launcher, privateParameters(place.run));
  let isOver = false;
  const ended = once(child, "exit").then(
    () => (isOver = true),
    () => (isOver = true),
  );
  // Neither its end nor its life keeps custody.
  child.unref();
  while (!isOver) {
    if ((await findPostmaster(place)).kind === "listening") return null;
    if (options.signal.aborted) throw new InterruptedError();
    await Promise.race([delay(pollMs), ended]);
  }
  return failed(place, installation, before);
}

/** The same major version as the data directory has. */
async function installationFor(
  place: PrivatePlace,
  user: ServerUser,
  { env, pgBin }: StartOptions,
): Promise<Installation> {
  const all = await findInstallations({ env, ...(pgBin === undefined ? {} : { pgBin }) });
  const major = await majorOf(place);
  const fitting = all.filter(
    (each) => (major === null || each.major === major) && tools.every((tool) => each.tools.has(tool)),
  );
  if (major !== null && fitting.length === 0) {
    throw new OpsError(
      "tool-missing",
      `the ledger in ${place.path} is of PostgreSQL ${major}, which is not on this machine`,
      `install it: ${installCommand(tools, major)}; or bring the ledger to a newer one with its pg_upgrade`,
    );
  }
  // The machine's own stay where they are; npm's go with the folder of the packages.
  const lasting = fitting.filter((each) => each.origin !== "npm");
  return reachableInstallation(chooseInstallation(lasting.length > 0 ? lasting : fitting, { tools }), user);
}

const tools = ["initdb", "postgres"] as const;

/** Null where there is no data directory yet. */
async function majorOf(place: PrivatePlace): Promise<number | null> {
  const text = await readFile(join(place.data, "PG_VERSION"), "utf8").catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  });
  return text === null ? null : Number.parseInt(text, 10);
}

/** Whole or not at all, and on disk. */
async function makeData(
  place: PrivatePlace,
  installation: Installation,
  user: ServerUser,
  signal: AbortSignal,
): Promise<void> {
  if ((await majorOf(place)) !== null) return;
  for (const name of await readdir(place.path)) {
    if (name.startsWith(unfinished)) await rm(join(place.path, name), { recursive: true, force: true });
  }
  const draft = join(place.path, `${unfinished}${randomBytes(4).toString("hex")}`);
  try {
    await initdb(draft, installation, user, {
      superuser,
      isDurable: true,
      whenFull: `free space where ${place.path} is`,
      signal,
    });
    await rename(draft, place.data);
    syncFolder(dirname(place.data));
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (signal.aborted) throw new InterruptedError();
    throw error;
  }
}

const largestLog = 8 << 20;

/** Where the log goes on; what is too long is kept once beside it. */
async function rotate(log: string): Promise<number> {
  const size = await stat(log).then(
    (facts) => facts.size,
    () => 0,
  );
  if (size < largestLog) return size;
  await rename(log, `${log}.1`);
  return 0;
}

const unfinished = "data.new-";

async function failed(
  place: PrivatePlace,
  installation: Installation,
  before: number,
): Promise<{ readonly error: OpsError; readonly mayPass: boolean }> {
  const log = (await readFile(place.log).catch(() => Buffer.alloc(0))).subarray(before).toString("utf8");
  const isFull = log.includes("No space left on device");
  return {
    // The server's messages are English: it runs with LC_ALL=C.
    mayPass: log.includes("pre-existing shared memory block"),
    error: new OpsError(
      isFull ? "no-space" : "unreachable",
      `the ledger's PostgreSQL ${installation.version} in ${place.path} did not start: ${lastReason(log)}`,
      isFull
        ? "free space there: nothing is decided until it can be recorded"
        : `its log says more: ${place.log}`,
    ),
  };
}
