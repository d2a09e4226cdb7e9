import { connect } from "node:net";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { lchown, lstat, readFile, readlink, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { socketPath } from "../hosts.ts";
import { isRunning } from "../process-group.ts";
import { identifyProcess } from "../process-identity.ts";
import type { PrivatePlace } from "./place.ts";

/** What stands for a data directory's server. */
export type Found =
  /** Its number is null where it cannot be told: a server in another container. */
  | { readonly kind: "listening"; readonly pid: number | null }
  /** It is there, and takes no connections: it is on its way up or down. */
  | { readonly kind: "silent"; readonly pid: number }
  | { readonly kind: "none" };

export const port = 5432;

/**
 * Whether a server works in the data directory. The socket is asked first: it answers across containers that share the folder, where
 * process numbers say nothing.
 */
export async function findPostmaster(place: PrivatePlace): Promise<Found> {
  const isListening = await isAnswered(socketPath(place.run, port));
  const written = await readPid(place);
  const pid = written !== null && (await worksIn(written, place.data)) ? written : null;
  if (isListening) return { kind: "listening", pid };
  return pid === null ? { kind: "none" } : { kind: "silent", pid };
}

/**
 * Clears what a server that is gone has left so that the next one starts: its number may be another process's by now, and PostgreSQL
 * would take that for its own. The shared memory that postmaster.pid names stays there: by it PostgreSQL sees children that live on.
 */
export async function clearStale(place: PrivatePlace): Promise<void> {
  const socket = socketPath(place.run, port);
  await rm(`${socket}.lock`, { force: true });
  await rm(socket, { force: true });
  const file = join(place.data, "postmaster.pid");
  const text = await readFile(file, "utf8").catch(() => "");
  const pid = pidIn(text);
  if (pid === null || !isRunning(pid)) return;
  // The folder is another user's where we are root: nothing there is written through, links least of all.
  const draft = `${file}.${randomBytes(6).toString("hex")}`;
  const { uid, gid } = await lstat(file);
  await writeFile(draft, text.replace(/^\d+/, String(beyondAnyPid)), { flag: "wx", mode: 0o600 });
  await lchown(draft, uid, gid);
  await rename(draft, file);
}

/** Linux gives none above 2^22, macOS none above 99998. */
const beyondAnyPid = 4_194_399;

async function readPid(place: PrivatePlace): Promise<number | null> {
  return pidIn(await readFile(join(place.data, "postmaster.pid"), "utf8").catch(() => ""));
}

/** The first line of postmaster.pid (src/include/utils/pidfile.h). */
function pidIn(text: string): number | null {
  const pid = Number.parseInt(text, 10);
  return pid > 0 ? pid : null;
}

/** Whether a process is the server of the data directory. */
export async function worksIn(pid: number, data: string): Promise<boolean> {
  if (!isRunning(pid)) return false;
  // Without /proc there is only the number.
  if (!existsSync("/proc/self/stat")) return true;
  if ((await identifyProcess(pid)) === undefined) return false;
  return (await readlink(`/proc/${pid}/cwd`).catch(() => "")) === data;
}

async function isAnswered(path: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(path);
  socket.once("connect", () => resolve(true));
  socket.once("error", (error: Error & { code?: string }) =>
    resolve(error.code !== "ECONNREFUSED" && error.code !== "ENOENT"),
  );
  const isListening = await promise;
  socket.destroy();
  return isListening;
}
