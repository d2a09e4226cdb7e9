import { execFile } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { chown, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { OpsError } from "../errors.ts";
import type { Installation } from "./installations.ts";
import type { ServerUser } from "./server-user.ts";
import type { Environment } from "./connection-settings.ts";

const run = promisify(execFile);

/** Raised when what initdb is asked for changes. */
const templateFormat = 1;

/**
 * Makes a data directory: copied from a template that an earlier run left in the cache folder (60 ms), else by initdb
 * (500 ms), which then leaves a template. Returns the superuser's name: a random one, so that no role of an archive is it.
 *
 * Authentication is `trust`: the socket stands in a folder that only the server's user can enter, and whoever can enter it
 * could read the data files, pg_hba.conf and any password file anyway.
 */
export async function makeDataDirectory(
  target: string,
  installation: Installation,
  user: ServerUser,
  env: Environment,
  signal: AbortSignal | undefined,
): Promise<{ readonly superuser: string; readonly isFromTemplate: boolean }> {
  const template = templateFor(installation, user, env);
  const superuser = await copyTemplate(template, target, signal);
  if (superuser !== undefined) return { superuser, isFromTemplate: true };
  const made = `custody_${randomBytes(6).toString("hex")}`;
  await initdb(target, installation, user, {
    superuser: made,
    isDurable: false,
    whenFull: "set TMPDIR to a folder on a disk with room",
    ...(signal === undefined ? {} : { signal }),
  });
  await saveTemplate(template, target, made, signal);
  return { superuser: made, isFromTemplate: false };
}

/** Forgets the template of an installation, after a server did not start from it. */
export async function dropTemplate(
  installation: Installation,
  user: ServerUser,
  env: Environment,
): Promise<void> {
  await rm(templateFor(installation, user, env), { recursive: true, force: true });
}

function templateFor(installation: Installation, user: ServerUser, env: Environment): string {
  const cache = env["XDG_CACHE_HOME"] || join(env["HOME"] || homedir(), ".cache");
  const key = createHash("sha256")
    .update(JSON.stringify([templateFormat, installation.binDir, installation.version, user.uid]))
    .digest("hex")
    .slice(0, 16);
  return join(cache, "custody", "clusters", `${installation.version}-${key}`);
}

async function copyTemplate(
  template: string,
  target: string,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  try {
    const superuser = await readFile(join(template, "superuser"), "utf8");
    await copyTree(join(template, "data"), target, signal);
    return superuser;
  } catch (error) {
    if (signal?.aborted) throw error;
    await rm(target, { recursive: true, force: true });
    return undefined;
  }
}

/** Best effort: a cache that cannot be written costs time, not the run. Rename makes it whole or absent. */
async function saveTemplate(
  template: string,
  source: string,
  superuser: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const draft = `${template}.${randomBytes(4).toString("hex")}`;
  try {
    await mkdir(draft, { recursive: true, mode: 0o700 });
    await copyTree(source, join(draft, "data"), signal);
    await writeFile(join(draft, "superuser"), superuser, { mode: 0o600 });
    await rename(draft, template);
  } catch {
    await rm(draft, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** With owners and modes. `cp` shares the blocks where the file system can, and is twice as fast as copying here. */
async function copyTree(source: string, target: string, signal: AbortSignal | undefined): Promise<void> {
  const options = {
    env: { PATH: "/usr/bin:/bin", LC_ALL: "C" },
    ...(signal === undefined ? {} : { signal }),
  };
  await run("cp", ["-a", "--reflink=auto", source, target], options).catch(async (error: unknown) => {
    if (signal?.aborted) throw error;
    await rm(target, { recursive: true, force: true });
    await run("cp", ["-pR", source, target], options);
  });
}

export interface InitdbOptions {
  readonly superuser: string;
  /** On disk when it returns, with checksums on its pages. */
  readonly isDurable: boolean;
  /** What to do where there is no room. */
  readonly whenFull: string;
  readonly signal?: AbortSignal;
}

/** Makes a data directory where nothing is. Throws `no-space`, `scratch-failed`. */
export async function initdb(
  target: string,
  installation: Installation,
  user: ServerUser,
  { superuser, isDurable, whenFull, signal }: InitdbOptions,
): Promise<void> {
  const args = [
    "-D",
    target,
    "-U",
    superuser,
    "--auth=trust",
    "--encoding=UTF8",
    "--no-instructions",
    isDurable ? "--data-checksums" : "--no-sync",
  ];
  const attempts = ["C.UTF-8", "C"].map((locale) => [...args, `--locale=${locale}`]);
  let failure: unknown;
  for (const attempt of attempts) {
    await mkdir(target, { mode: 0o700 });
    if (user.isOther) await chown(target, user.uid, user.gid);
    try {
      await run(join(installation.binDir, "initdb"), attempt, {
        env: { PATH: "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" },
        ...(user.isOther ? { uid: user.uid, gid: user.gid } : {}),
        ...(signal === undefined ? {} : { signal }),
      });
      return;
    } catch (error) {
      if (signal?.aborted) throw error;
      failure = error;
      await rm(target, { recursive: true, force: true });
    }
  }
  const stderr =
    typeof failure === "object" && failure !== null && "stderr" in failure
      ? String(failure.stderr)
      : String(failure);
  const isFull = stderr.includes("No space left on device");
  throw new OpsError(
    isFull ? "no-space" : "scratch-failed",
    `initdb of PostgreSQL ${installation.version} failed: ${causeIn(stderr)}`,
    isFull
      ? whenFull
      : `check that the user ${user.name} may run ${join(installation.binDir, "initdb")}, and that the disk has room`,
    { cause: failure },
  );
}

/** The last words are about cleaning up. */
function causeIn(stderr: string): string {
  const lines = stderr.trim().split("\n");
  return lines.find((line) => /FATAL|PANIC|error:|could not/.test(line)) ?? lines.at(-1) ?? "";
}
