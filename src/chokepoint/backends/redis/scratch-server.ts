import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { InterruptedError, OpsError } from "../../../errors.ts";
import type { Environment } from "../../../postgres/connection-settings.ts";
import { findProgram, isProgram } from "../../../run/find-program.ts";
import { startThrowaway } from "../start-throwaway.ts";
import type { Address } from "../../addresses/redis.ts";
import { openLink } from "./link.ts";
import type { Link } from "./link.ts";

const startMs = 20_000;
const retryMs = 20;

/** A throwaway server: on a Unix socket in a folder of its own, no network, nothing on disk, gone when disposed or when custody dies. */
export async function startScratchServer(
  env: Environment,
  options: { readonly databases: number; readonly program: string | null; readonly signal: AbortSignal },
): Promise<AsyncDisposable & { readonly link: Link }> {
  await using stack = new AsyncDisposableStack();
  const program = await chooseProgram(env, options.program);
  const socketOf = (folder: string): string => join(folder, "redis.sock");
  const server = stack.use(
    await startThrowaway(program, env, (folder) => settings(folder, socketOf(folder), options.databases)),
  );
  server.stderr.resume();
  const address: Address = {
    place: { kind: "socket", path: socketOf(server.folder) },
    tls: null,
    user: null,
    password: null,
    database: 0,
    display: "the throwaway server",
  };
  const deadline = performance.now() + startMs;
  for (;;) {
    if (options.signal.aborted) throw new InterruptedError();
    const link = await openLink(address, "custody:proof").catch((error: unknown) => error);
    if (isLink(link)) {
      stack.use(link);
      const held = stack.move();
      return { link, [Symbol.asyncDispose]: () => held.disposeAsync() };
    }
    if (server.hasEnded() || performance.now() > deadline)
      throw new OpsError(
        "scratch-failed",
        `${program} did not come up in ${server.folder}`,
        "start it by hand to see what it says, and check TMPDIR: the path of a socket has at most 107 bytes",
        { cause: link },
      );
    await delay(retryMs);
  }
}

function isLink(value: unknown): value is Link {
  return typeof value === "object" && value !== null && "askAll" in value;
}

function settings(folder: string, socket: string, databases: number): readonly string[] {
  const given = {
    port: "0",
    unixsocket: socket,
    unixsocketperm: "700",
    dir: folder,
    save: "",
    appendonly: "no",
    daemonize: "no",
    databases: String(Math.max(16, databases)),
    maxmemory: "0",
    loglevel: "warning",
  };
  return Object.entries(given).flatMap(([name, value]) => [`--${name}`, value]);
}

/** The program that was configured, or a redis-server or valkey-server of this machine. Throws `tool-missing`. */
async function chooseProgram(env: Environment, configured: string | null): Promise<string> {
  if (configured === null) {
    const found = await findProgram(["redis-server", "valkey-server"], env);
    if (found !== null) return found;
    throw missing("there is no redis-server on this machine");
  }
  if (await isProgram(configured)) return configured;
  throw missing(`${configured} cannot be run`);
}

function missing(what: string): OpsError {
  return new OpsError(
    "tool-missing",
    `${what}: a tombstone of Redis cannot be proved`,
    "install the server's own version of redis-server here; it is started on a socket of its own and never on the target",
  );
}
