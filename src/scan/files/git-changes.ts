import { execFile, spawn } from "node:child_process";
import { isAbsolute, join, relative, sep } from "node:path";
import { promisify } from "node:util";
import { OpsError } from "../../errors.ts";
import type { LineRange } from "../policy/covered-lines.ts";
import { readAddedLines, readRawDiff } from "./read-diff.ts";

/** What lies between the commit that a branch left from and the working tree, with what is not committed and not even added. */
export interface GitChanges {
  /** The merge base, 40 or 64 hexadecimal digits. */
  readonly base: string;
  /** Files that the older tree has not; paths are relative to the working directory. */
  readonly added: ReadonlySet<string>;
  /** Files that the older tree has otherwise, by the path that they have now, or, when they are gone, had then. */
  readonly changed: ReadonlyMap<string, { readonly blob: string }>;
  /** Submodules that are at another commit, and repositories that were put in: what they held is not known, so all that is in them counts as added. */
  readonly addedFolders: readonly string[];
  /** By path, of files that are in both trees. */
  readonly addedLines: ReadonlyMap<string, readonly LineRange[]>;
  /** The older contents, in the order of `blobs`. */
  readBlobs(blobs: readonly string[]): AsyncGenerator<Buffer>;
}

interface Git {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/**
 * Reads what a branch changes since it left `ref`. Throws `tool-missing` without git, `bad-input` outside of a repository and for what is no
 * commit, `file-unreadable` where git fails.
 */
export async function readGitChanges(git: Git, ref: string): Promise<GitChanges> {
  const top = (await ask(git, ["rev-parse", "--show-toplevel"])).trimEnd();
  if (ref.startsWith("-") || ref === "") throw unknownRef(ref);
  const commit = await ask(git, ["rev-parse", "--verify", "--quiet", `${ref}^{commit}`]).catch(
    (error: unknown) => {
      throw git.signal.aborted ? error : unknownRef(ref, error);
    },
  );
  const base = await mergeBase(git, ref, commit.trim());
  const options = [
    "--no-ext-diff",
    "--no-textconv",
    "--no-color",
    "--ignore-submodules=none",
    "-M",
    base,
    "--",
  ];
  const [raw, patch, untracked] = await Promise.all([
    ask({ ...git, cwd: top }, ["diff", "--raw", "-z", "--no-abbrev", ...options]),
    ask({ ...git, cwd: top }, [
      "-c",
      "core.quotepath=off",
      "diff",
      "-U0",
      "--src-prefix=a/",
      "--dst-prefix=b/",
      ...options,
    ]),
    ask({ ...git, cwd: top }, ["ls-files", "--others", "--exclude-standard", "-z"]),
  ]);
  const shown = (path: string): string => relative(git.cwd, join(top, path)).split(sep).join("/");
  const others = untracked.split("\0").filter((path) => path !== "");
  const added = new Set(others.filter((path) => !path.endsWith("/")).map(shown));
  const changed = new Map<string, { readonly blob: string }>();
  const addedFolders = others.filter((path) => path.endsWith("/")).map(shown);
  for (const { path, oldMode, newMode, blob, status } of readRawDiff(raw)) {
    if (oldMode === "160000" || newMode === "160000") addedFolders.push(shown(path));
    else if (status === "A" || status === "C" || oldMode === "120000") added.add(shown(path));
    else changed.set(shown(path), { blob });
  }
  return {
    base,
    added,
    changed,
    addedFolders,
    addedLines: new Map([...readAddedLines(patch)].map(([path, ranges]) => [shown(path), ranges])),
    readBlobs: (blobs) => readBlobs(git, blobs),
  };
}

/** Where a folder lies below the root of its repository: empty, or with `/` at its end; empty, too, without a repository. */
export function belowRoot(root: string | null, cwd: string): string {
  if (root === null || root === cwd) return "";
  const below = relative(root, cwd);
  return isAbsolute(below) || below.startsWith("..") ? "" : `${below.split(sep).join("/")}/`;
}

async function mergeBase(git: Git, ref: string, commit: string): Promise<string> {
  try {
    return (await ask(git, ["merge-base", commit, "HEAD"])).trim();
  } catch (cause) {
    throw new OpsError(
      "bad-input",
      `${ref} and HEAD have no commit in common that is here`,
      "fetch the history: actions/checkout with fetch-depth: 0, or git fetch --unshallow",
      { cause },
    );
  }
}

function unknownRef(ref: string, cause?: unknown): OpsError {
  return new OpsError(
    "bad-input",
    `--since ${ref}: git knows no such commit`,
    "name a branch, a tag or a commit that is here: --since origin/main; in CI fetch it first (fetch-depth: 0)",
    { cause },
  );
}

/** What git prints. Throws an error with what it said; `tool-missing`, `bad-input` where that is known. */
async function ask({ cwd, env, signal }: Git, args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)("git", args, {
      cwd,
      env: { ...env, LC_ALL: "C", GIT_OPTIONAL_LOCKS: "0" },
      signal,
      maxBuffer: 1024 * 1024 * 1024,
    });
    return stdout;
  } catch (cause) {
    throw explain(cause, cwd);
  }
}

function explain(cause: unknown, cwd: string): unknown {
  if (!(cause instanceof Error) || cause.name === "AbortError") return cause;
  if ("code" in cause && cause.code === "ENOENT") {
    return new OpsError("tool-missing", "--since needs git, which is not here", "install git", { cause });
  }
  const said = "stderr" in cause ? String(cause.stderr).trim() : "";
  if (/not a git repository/i.test(said)) {
    return new OpsError(
      "bad-input",
      `${cwd} is in no git repository`,
      "--since works in a git repository alone",
      {
        cause,
      },
    );
  }
  return new OpsError(
    "file-unreadable",
    `git failed: ${said === "" ? cause.message : said}`,
    "see what git says",
    {
      cause,
    },
  );
}

/** `git cat-file --batch`: https://git-scm.com/docs/git-cat-file#_batch_output */
async function* readBlobs({ cwd, env, signal }: Git, blobs: readonly string[]): AsyncGenerator<Buffer> {
  if (blobs.length === 0) return;
  const child = spawn("git", ["cat-file", "--batch"], {
    cwd,
    env: { ...env, LC_ALL: "C" },
    signal,
    stdio: ["pipe", "pipe", "ignore"],
  });
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => undefined);
  child.on("error", failed.reject);
  child.stdin.on("error", () => undefined);
  child.stdin.end(blobs.map((blob) => `${blob}\n`).join(""));
  let pending: Buffer = Buffer.alloc(0);
  try {
    const chunks = child.stdout[Symbol.asyncIterator]();
    const more = async (): Promise<void> => {
      const next = await Promise.race([chunks.next(), failed.promise]);
      if (next.done === true)
        throw new OpsError("file-unreadable", "git cat-file ended early", "run git fsck");
      const chunk: unknown = next.value;
      if (chunk instanceof Uint8Array) pending = Buffer.concat([pending, chunk]);
    };
    for (const blob of blobs) {
      while (!pending.includes(10)) await more();
      const end = pending.indexOf(10);
      const [, type, size] = pending.toString("latin1", 0, end).split(" ");
      if (type !== "blob") {
        throw new OpsError(
          "file-unreadable",
          `git has not ${blob}`,
          "fetch the history: git fetch --unshallow",
        );
      }
      while (pending.length < end + 1 + Number(size) + 1) await more();
      yield pending.subarray(end + 1, end + 1 + Number(size));
      pending = pending.subarray(end + 1 + Number(size) + 1);
    }
  } finally {
    child.kill();
  }
}
