import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { belowRoot, readGitChanges } from "../../../src/scan/files/git-changes.ts";
import type { GitChanges } from "../../../src/scan/files/git-changes.ts";
import { readAddedLines, readRawDiff } from "../../../src/scan/files/read-diff.ts";

let folder = "";
let count = 0;
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "custody-git-")));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const env = {
  PATH: process.env["PATH"],
  HOME: "/nowhere",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_AUTHOR_NAME: "a",
  GIT_AUTHOR_EMAIL: "a@example.com",
  GIT_COMMITTER_NAME: "a",
  GIT_COMMITTER_EMAIL: "a@example.com",
};

interface Repository {
  readonly path: string;
  git(...args: readonly string[]): string;
  write(files: Readonly<Record<string, string>>): void;
}

function repository(): Repository {
  const path = join(folder, String((count += 1)));
  mkdirSync(path);
  const git = (...args: readonly string[]): string =>
    execFileSync("git", args, { cwd: path, env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
  git("init", "-q", "-b", "main");
  return {
    path,
    git,
    write(files) {
      for (const [name, text] of Object.entries(files)) {
        mkdirSync(dirname(join(path, name)), { recursive: true });
        writeFileSync(join(path, name), text);
      }
    },
  };
}

function changesOf(repo: Repository, ref: string, below = ""): Promise<GitChanges> {
  return readGitChanges({ cwd: join(repo.path, below), env, signal: new AbortController().signal }, ref);
}

const lines = (from: number, to: number): string =>
  Array.from({ length: to - from + 1 }, (_, index) => `line ${from + index}\n`).join("");

test("a branch: what is added, changed, renamed, gone, not committed, not even added", async () => {
  const repo = repository();
  repo.write({
    "same.go": "x\n",
    "edit.go": lines(1, 9),
    "old/name.go": lines(1, 30),
    "gone.go": "gone\n",
    'späße "1".go': "a\n",
  });
  repo.git("add", "-A");
  repo.git("commit", "-qm", "one");
  repo.git("branch", "feature");
  repo.write({ "later.go": "on main\n" });
  repo.git("add", "-A");
  repo.git("commit", "-qm", "main goes on");
  repo.git("checkout", "-q", "feature");
  repo.write({ "edit.go": `${lines(1, 4)}added\nadded\n${lines(5, 9)}`, "new.go": "new\n" });
  mkdirSync(join(repo.path, "new"));
  renameSync(join(repo.path, "old/name.go"), join(repo.path, "new/name.go"));
  rmSync(join(repo.path, "gone.go"));
  repo.git("add", "-A");
  repo.git("commit", "-qm", "two");
  repo.write({ 'späße "1".go': "a\nb\n", "untracked.go": "u\n" });
  const changes = await changesOf(repo, "main");
  expect(changes.base).toBe(repo.git("merge-base", "main", "feature"));
  expect([...changes.added].toSorted()).toEqual(["new.go", "untracked.go"]);
  expect([...changes.changed.keys()].toSorted()).toEqual([
    "edit.go",
    "gone.go",
    "new/name.go",
    'späße "1".go',
  ]);
  expect(changes.addedLines.get("edit.go")).toEqual([{ first: 5, last: 6 }]);
  expect(changes.addedLines.get('späße "1".go')).toEqual([{ first: 2, last: 2 }]);
  const blobs = ["edit.go", "new/name.go", "gone.go"].map((path) => changes.changed.get(path)!.blob);
  const read: string[] = [];
  for await (const bytes of changes.readBlobs(blobs)) read.push(bytes.toString());
  expect(read).toEqual([lines(1, 9), lines(1, 30), "gone\n"]);
  const below = await changesOf(repo, "main", "new");
  expect([...below.changed.keys()].toSorted()).toContain("../edit.go");
  expect(below.changed.has("name.go")).toBe(true);
});

test("a submodule at another commit, and a repository that was put in", async () => {
  const [inner, outer] = [repository(), repository()];
  inner.write({ "a.go": "x\n" });
  inner.git("add", "-A");
  inner.git("commit", "-qm", "inner");
  outer.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", inner.path, "sub");
  outer.git("commit", "-qm", "with sub");
  writeFileSync(join(outer.path, "sub/a.go"), "y\n");
  outer.write({ "put/b.go": "x\n" });
  execFileSync("git", ["init", "-q"], { cwd: join(outer.path, "put"), env });
  execFileSync("git", ["add", "-A"], { cwd: join(outer.path, "put"), env });
  execFileSync("git", ["commit", "-qm", "x"], { cwd: join(outer.path, "put"), env });
  const changes = await changesOf(outer, "HEAD");
  expect([...changes.addedFolders].toSorted()).toEqual(["put", "sub"]);
});

describe("what cannot be compared", () => {
  test.each(["nothing", "-x", "", "HEAD~7"])("the commit %j", async (ref) => {
    const repo = repository();
    repo.git("commit", "-q", "--allow-empty", "-m", "one");
    await expect(changesOf(repo, ref)).rejects.toMatchObject({
      code: "bad-input",
      message: `--since ${ref}: git knows no such commit`,
    });
  });
  test("histories that have nothing in common", async () => {
    const repo = repository();
    repo.git("commit", "-q", "--allow-empty", "-m", "one");
    repo.git("checkout", "-q", "--orphan", "other");
    repo.git("commit", "-q", "--allow-empty", "-m", "two");
    await expect(changesOf(repo, "main")).rejects.toMatchObject({
      code: "bad-input",
      hint: expect.stringContaining("fetch-depth: 0"),
    });
  });
  test("no repository, no git", async () => {
    const { signal } = new AbortController();
    const outside = mkdtempSync(join(tmpdir(), "custody-nogit-"));
    await expect(readGitChanges({ cwd: outside, env, signal }, "main")).rejects.toMatchObject({
      code: "bad-input",
    });
    await expect(
      readGitChanges({ cwd: outside, env: { PATH: "/nowhere" }, signal }, "main"),
    ).rejects.toMatchObject({ code: "tool-missing" });
    rmSync(outside, { recursive: true });
  });
});

test("a patch whose lines look like headers", () => {
  const patch =
    'diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,2 +1,3 @@\n--- a/y\n-+++ b/y\n+++ b/z\n+@@ -1 +9 @@\n+c\n\\ No newline at end of file\n@@ -9 +11 @@ f\n-a\n+b\n--- a/gone\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n+++ "b/a\\tb\\303\\251"\n@@ -0,0 +1 @@\n+x\n';
  expect([...readAddedLines(patch)]).toEqual([
    [
      "x",
      [
        { first: 1, last: 3 },
        { first: 11, last: 11 },
      ],
    ],
    ["a\tbé", [{ first: 1, last: 1 }]],
  ]);
});

test("whatever git prints, it is read", () => {
  const piece = fc.constantFrom(
    ":100644 100644 aa bb M",
    ":100644 100644 aa bb R100",
    "\0",
    "x",
    "\n",
    "+++ b/x",
    "@@ -1 +1 @@",
    '"',
  );
  fc.assert(
    fc.property(
      fc.array(piece).map((parts) => parts.join("")),
      (text) => {
        readRawDiff(text);
        readAddedLines(text);
      },
    ),
  );
});

test.each([
  [null, "/a", ""],
  ["/a", "/a", ""],
  ["/a", "/a/b/c", "b/c/"],
] as const)("below %p, %s is %j", (root, cwd, below) => expect(belowRoot(root, cwd)).toBe(below));
