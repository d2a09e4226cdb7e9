import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, chown, lstat, mkdir, realpath } from "node:fs/promises";
import { dirname, join } from "node:path";
import { OpsError } from "../../errors.ts";
import { socketPath } from "../hosts.ts";
import { findClosed } from "../reach.ts";
import type { ServerUser } from "../server-user.ts";

/** Where a private cluster lies. `data` and `run` belong to the server's user, mode 0700. */
export interface PrivatePlace {
  readonly path: string;
  readonly data: string;
  /** The socket, and the lock of whoever starts or stops the server. */
  readonly run: string;
  readonly log: string;
}

/** A little under what sun_path holds on macOS (104) and Linux (108). */
const longestPath = 100;
/** As long as any name that is made in `run`. */
const longestName = ".new.lock-0123456789ab";

/**
 * Makes the folders where they are not. The socket's is below `path`, or, where that is too long for a socket, in /tmp under a name that
 * every custody of this machine finds. Throws `file-unwritable` where they cannot be made, or are somebody else's.
 */
export async function makePlace(path: string, user: ServerUser): Promise<PrivatePlace> {
  await explained(path, () => mkdir(path, { recursive: true, mode: user.isOther ? 0o711 : 0o700 }));
  const whole = await explained(path, () => realpath(path));
  if (user.isOther) {
    await explained(path, () => chmod(whole, 0o711));
    await requireWay(whole, user);
  }
  const near = join(whole, "run");
  const run = isShort(near) ? near : `/tmp/custody-ledger-${shortName(whole, user)}`;
  await makeOwn(run, user);
  return { path: whole, data: join(whole, "data"), run, log: join(whole, "log") };
}

/**
 * That the server's user could reach a place, which need not be there yet: what custody makes lets it through.
 *
 * @throws OpsError file-unwritable
 */
export async function requireWay(path: string, user: ServerUser): Promise<void> {
  if (!user.isOther) return;
  let there = path;
  while (!existsSync(there) && there !== dirname(there)) there = dirname(there);
  const closed = await findClosed(there, user);
  // What is custody's own place is opened when it is made.
  if (closed !== null && closed !== path) throw closedTo(path, closed, user);
}

function isShort(run: string): boolean {
  return Math.max(socketPath(run, 65_535).length, join(run, longestName).length) <= longestPath;
}

function shortName(path: string, user: ServerUser): string {
  return `${user.uid}-${createHash("sha256").update(path).digest("hex").slice(0, 16)}`;
}

/** In /tmp anybody may have made it before us. */
async function makeOwn(path: string, user: ServerUser): Promise<void> {
  const made = await explained(path, () =>
    mkdir(path, { mode: 0o700 }).then(
      () => true,
      (error: unknown) => {
        if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
        throw error;
      },
    ),
  );
  if (made && user.isOther) await explained(path, () => chown(path, user.uid, user.gid));
  const facts = await explained(path, () => lstat(path));
  if (facts.isDirectory() && facts.uid === user.uid && (facts.mode & 0o077) === 0) return;
  throw new OpsError(
    "file-unwritable",
    `${path} is not a folder of the user ${user.name} alone`,
    "nobody else may reach the ledger's socket: see whose it is, and remove it",
  );
}

async function explained<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const isFull = cause instanceof Error && "code" in cause && cause.code === "ENOSPC";
    throw new OpsError(
      isFull ? "no-space" : "file-unwritable",
      `cannot make the ledger's folder ${path}: ${cause instanceof Error ? cause.message : String(cause)}`,
      isFull ? "free space there" : "set state_dir to a folder that custody may write to",
      { cause },
    );
  }
}

function closedTo(path: string, closed: string, user: ServerUser): OpsError {
  return new OpsError(
    "file-unwritable",
    `${path} is closed to the user ${user.name}, as whom PostgreSQL runs where custody is root`,
    `open the way (chmod o+x ${closed}), run custody as an ordinary user, or set state_dir elsewhere`,
  );
}
