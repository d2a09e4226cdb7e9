import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { openNote } from "../../../src/audit/note/signed-note.ts";
import { OpsError } from "../../../src/errors.ts";
import { testKey } from "../../support/notes.ts";
import { temporaryFolder } from "../../support/run-commands.ts";
import { canMount, mountSmallDisk } from "../../support/small-disk.ts";
import { testLog } from "../../support/test-log.ts";
import { cosigner, isCosigned, post, startWitness } from "../../support/witness.ts";

const key = testKey("example.com/audit", 1);
const [one, two] = [testLog(key, "example.com/audit/1", 20), testLog(key, "example.com/audit/2", 20)];
const recordOf = (folder: string, origin: string) =>
  join(folder, "state", createHash("sha256").update(origin).digest("hex"));

async function codeOfStart(folder: string, logs = [key.vkey], begin?: boolean): Promise<string> {
  try {
    await using _witness = await startWitness(folder, logs, begin);
    return "started";
  } catch (error) {
    return error instanceof OpsError ? `${error.code}: ${error.message}` : `bug: ${String(error)}`;
  }
}

test("what was cosigned is known again after a restart: one file for each origin, a note that anybody can verify", async () => {
  using folder = temporaryFolder();
  {
    await using witness = await startWitness(folder.path, [key.vkey]);
    expect(witness.origins).toBe(0);
    await post(witness.url, one.submission(0, 5));
    await post(witness.url, one.submission(5, 9));
    await post(witness.url, two.submission(0, 3));
  }
  const state = readdirSync(join(folder.path, "state")).toSorted();
  const expected = [one, two].map((log) => createHash("sha256").update(log.origin).digest("hex"));
  expect(state).toEqual([...expected, "witness.pub"].toSorted());
  expect(openNote(readFileSync(recordOf(folder.path, one.origin), "utf8"), [cosigner]).text).toStartWith(
    `${one.origin}\n9\n`,
  );
  expect(statSync(join(folder.path, "state")).mode & 0o777).toBe(0o700);
  await using again = await startWitness(folder.path, [key.vkey]);
  expect(again.origins).toBe(2);
  expect(await post(again.url, one.submission(0, 12))).toMatchObject({ status: 409, body: "9\n" });
  expect(isCosigned(one.checkpoint(12), await post(again.url, one.submission(9, 12)))).toBe(true);
  expect(isCosigned(two.checkpoint(3), await post(again.url, two.submission(3, 3)))).toBe(true);
});

describe("a record that cannot be trusted is an error of that origin, never a new one", () => {
  const damages: readonly (readonly [string, (path: string) => void])[] = [
    ["emptied", (path) => writeFileSync(path, "")],
    ["cut off", (path) => writeFileSync(path, readFileSync(path).subarray(0, 60))],
    [
      "changed by one bit",
      (path) => writeFileSync(path, readFileSync(path, "utf8").replace("\n5\n", "\n4\n")),
    ],
    ["without the witness's signature", (path) => writeFileSync(path, one.checkpoint(5))],
    [
      "of another origin",
      (path) => copyFileSync(join(path, "..", createHash("sha256").update(two.origin).digest("hex")), path),
    ],
    ["a folder", (path) => (rmSync(path), mkdirSync(path))],
  ];
  test.each(damages)("%s", async (_what, damage) => {
    using folder = temporaryFolder();
    await using witness = await startWitness(folder.path, [key.vkey]);
    await post(witness.url, one.submission(0, 5));
    await post(witness.url, two.submission(0, 3));
    damage(recordOf(folder.path, one.origin));
    const fork = testLog(key, one.origin, 20, 0);
    for (const body of [one.submission(0, 7), one.submission(5, 7), fork.submission(0, 7)]) {
      const answered = await post(witness.url, body);
      expect(answered.status).toBe(500);
      expect(answered.body).not.toContain(folder.path);
    }
    expect(
      (await fetch(`${witness.url}/${recordOf(folder.path, one.origin).slice(-64)}/checkpoint`)).status,
    ).toBe(500);
    // Others go on, and so does it after a restart: still an error.
    expect((await post(witness.url, two.submission(3, 8))).status).toBe(200);
  });
});

test("what cannot be recorded is not cosigned", async () => {
  // Root may write anywhere: a folder in the place of the record stands for a disk that fails.
  using folder = temporaryFolder();
  await using witness = await startWitness(folder.path, [key.vkey]);
  const signal = new AbortController();
  const facts = witness.requests(signal.signal);
  mkdirSync(recordOf(folder.path, one.origin));
  expect((await post(witness.url, one.submission(0, 5))).status).toBe(500);
  expect((await facts.next()).value).toMatchObject({ outcome: "failed", status: 500, origin: one.origin });
  rmSync(recordOf(folder.path, one.origin), { recursive: true });
  rmSync(join(folder.path, "state"), { recursive: true });
  expect((await post(witness.url, one.submission(0, 5))).status).toBe(500);
  expect((await facts.next()).value).toMatchObject({ outcome: "failed" });
  signal.abort();
});

test.skipIf(!canMount)(
  "on a full disk nothing is cosigned, what was recorded stays, and it goes on when there is room",
  async () => {
    using folder = temporaryFolder();
    using _disk = mountSmallDisk(join(folder.path, "state"), "64k");
    await using witness = await startWitness(folder.path, [key.vkey]);
    expect((await post(witness.url, one.submission(0, 5))).status).toBe(200);
    const filler = join(folder.path, "state", "filler");
    expect(() => writeFileSync(filler, Buffer.alloc(1_000_000))).toThrow();
    expect((await post(witness.url, one.submission(5, 9))).status).toBe(500);
    expect((await post(witness.url, two.submission(0, 9))).status).toBe(500);
    rmSync(filler);
    expect(await post(witness.url, one.submission(0, 9))).toMatchObject({ status: 409, body: "5\n" });
    expect(isCosigned(one.checkpoint(9), await post(witness.url, one.submission(5, 9)))).toBe(true);
    expect(readdirSync(join(folder.path, "state")).filter((name) => name.startsWith(".unfinished"))).toEqual(
      [],
    );
  },
);

describe("records that vanished are not taken for records that never were", () => {
  test("a witness begins once, and only when it is told to", async () => {
    using folder = temporaryFolder();
    expect(await codeOfStart(folder.path, [key.vkey], false)).toStartWith("bad-input: ");
    expect(existsSync(join(folder.path, "state"))).toBe(false);
    // The place where a disk is not mounted.
    mkdirSync(join(folder.path, "state"));
    expect(await codeOfStart(folder.path, [key.vkey], false)).toStartWith("bad-input: ");
    expect(readdirSync(join(folder.path, "state"))).toEqual([]);
    expect(await codeOfStart(folder.path, [key.vkey], true)).toBe("started");
    {
      await using witness = await startWitness(folder.path, [key.vkey], true);
      expect((await post(witness.url, one.submission(0, 9))).status).toBe(200);
    }
    expect(await codeOfStart(folder.path, [key.vkey], true)).toStartWith("bad-input: ");
    expect(await codeOfStart(folder.path, [key.vkey], false)).toBe("started");
  });

  test("a running witness whose folder was emptied, or is another, cosigns nothing", async () => {
    using folder = temporaryFolder();
    const state = join(folder.path, "state");
    await using witness = await startWitness(folder.path, [key.vkey]);
    expect((await post(witness.url, one.submission(0, 9))).status).toBe(200);
    renameSync(state, join(folder.path, "elsewhere"));
    mkdirSync(state);
    const fork = testLog(key, one.origin, 20, 3);
    expect((await post(witness.url, fork.submission(0, 9))).status).toBe(500);
    expect(readdirSync(state)).toEqual([]);
    rmSync(state, { recursive: true });
    renameSync(join(folder.path, "elsewhere"), state);
    expect(await post(witness.url, fork.submission(9, 9))).toMatchObject({ status: 409 });
    expect((await post(witness.url, one.submission(9, 12))).status).toBe(200);
  });
});

describe("a state folder belongs to one witness and one process", () => {
  test("a second process, or the same one again, is refused while it is held", async () => {
    using folder = temporaryFolder();
    {
      await using _witness = await startWitness(folder.path, [key.vkey]);
      expect(await codeOfStart(folder.path)).toStartWith("state-in-use: ");
    }
    expect(await codeOfStart(folder.path)).toBe("started");
  });

  test("another witness's key is refused, and so is a folder of records that says of no witness", async () => {
    using folder = temporaryFolder();
    {
      await using witness = await startWitness(folder.path, [key.vkey]);
      await post(witness.url, one.submission(0, 5));
    }
    const owner = join(folder.path, "state", "witness.pub");
    const vkey = readFileSync(owner, "utf8");
    writeFileSync(owner, vkey.replace("w1", "w2"));
    expect(await codeOfStart(folder.path)).toStartWith("bad-input: ");
    rmSync(owner);
    expect(await codeOfStart(folder.path)).toStartWith("bad-input: ");
    writeFileSync(owner, vkey);
    expect(await codeOfStart(folder.path)).toBe("started");
  });

  test("what a killed write left is removed, and nothing else", async () => {
    using folder = temporaryFolder();
    expect(await codeOfStart(folder.path)).toBe("started");
    writeFileSync(join(folder.path, "state", ".unfinished-0123456789ab"), "half");
    writeFileSync(join(folder.path, "state", "notes.txt"), "mine");
    expect(await codeOfStart(folder.path)).toBe("started");
    expect(readdirSync(join(folder.path, "state")).toSorted()).toEqual(["notes.txt", "witness.pub"]);
  });
});

describe("it does not start", () => {
  test("without a log, with its own key as a log, or when what is trusted cannot be read", async () => {
    using folder = temporaryFolder();
    expect(await codeOfStart(folder.path, [])).toStartWith("bad-usage: no log is trusted");
    const own = testKey("example.com/log", 77);
    expect(await codeOfStart(folder.path, [own.vkey])).toStartWith(
      "bad-usage: the witness's key is that of the log",
    );
    expect(await codeOfStart(folder.path, ["nowhere.pub"])).toStartWith("bad-input: ");
    expect(existsSync(join(folder.path, "state"))).toBe(false);
  });

  test("with a state folder that cannot be made", async () => {
    using folder = temporaryFolder();
    writeFileSync(join(folder.path, "state"), "");
    chmodSync(join(folder.path, "state"), 0o600);
    expect(await codeOfStart(folder.path)).toStartWith("file-unwritable: ");
  });
});
