import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openTombstoneFiles } from "../../src/chokepoint/tombstone-files.ts";
import { testPolicy } from "../support/engine.ts";

const base = mkdtempSync(join(tmpdir(), "custody-test-tombs-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));
const dir = join(base, "tombstones");
const elsewhere = join(base, "elsewhere");
const policy = testPolicy({ tombstone: { dir } });
const files = openTombstoneFiles({ env: process.env });
const folder = files.folderOf(policy, "d1");
const unwritable = { code: "file-unwritable" };

beforeEach(() => {
  for (const each of [dir, elsewhere]) rmSync(each, { recursive: true, force: true });
  mkdirSync(elsewhere, { mode: 0o700 });
});

async function makeFiles(): Promise<void> {
  await files.prepare(policy, "d1");
  mkdirSync(join(folder, "deep"), { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, "archive"), "what was dropped");
  writeFileSync(join(folder, "deep", "more"), "and more");
}

describe("what others put in the place of a tombstone", () => {
  test("a link in the place of a drop's folder, or of its target's, is not followed", async () => {
    await files.prepare(policy, "d1");
    mkdirSync(join(folder, ".."), { recursive: true, mode: 0o700 });
    symlinkSync(elsewhere, folder);
    await expect(files.prepare(policy, "d1")).rejects.toMatchObject(unwritable);
    await expect(files.digest(folder)).rejects.toMatchObject(unwritable);
    await expect(files.openPlain(policy, folder)).rejects.toMatchObject(unwritable);
    rmSync(join(folder, ".."), { recursive: true });
    symlinkSync(elsewhere, join(folder, ".."));
    await expect(files.prepare(policy, "d1")).rejects.toMatchObject(unwritable);
    expect(readdirSync(elsewhere)).toEqual([]);
  });

  test("removing a tombstone removes a link, and nothing of what it leads to", async () => {
    await makeFiles();
    renameSync(folder, join(elsewhere, "kept"));
    symlinkSync(join(elsewhere, "kept"), folder);
    await files.remove(folder);
    expect(existsSync(folder)).toBe(false);
    expect(readdirSync(join(elsewhere, "kept")).toSorted()).toEqual(["archive", "deep"]);
  });

  test.each([0o777, 0o770, 0o1777])("a folder that others may write to holds none: %o", async (mode) => {
    mkdirSync(dir);
    chmodSync(dir, mode);
    await expect(files.requireSpace(policy, 1)).rejects.toMatchObject(unwritable);
    await expect(files.prepare(policy, "d1")).rejects.toThrow("others may write to it");
    chmodSync(dir, 0o755);
    await files.requireSpace(policy, 1);
    mkdirSync(join(folder, ".."));
    chmodSync(join(folder, ".."), mode);
    await expect(files.prepare(policy, "d1")).rejects.toThrow("others may write to it");
  });

  test.skipIf(process.geteuid?.() !== 0)("a folder of another user holds none", async () => {
    await makeFiles();
    for (const each of [folder, join(folder, ".."), dir]) {
      chownSync(each, 4242, 4242);
      await expect(files.prepare(policy, "d1")).rejects.toThrow("belongs to the user 4242");
      chownSync(each, 0, 0);
    }
  });

  test("tombstone.dir itself may be a link; one that was fetched from a backup is for its owner alone again", async () => {
    symlinkSync(elsewhere, dir);
    await files.requireSpace(policy, 1);
    await makeFiles();
    chmodSync(folder, 0o755);
    await files.openPlain(policy, folder);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });
});

describe("before what it is of is destroyed", () => {
  test("a tombstone is there, every byte of it", async () => {
    await makeFiles();
    const recorded = { folder, contents: { files_sha256: await files.digest(folder) } };
    await files.check(recorded);
    const kept = join(elsewhere, "kept");
    cpSync(folder, kept, { recursive: true });
    const faults: readonly [string, () => void][] = [
      ["not-equal", () => writeFileSync(join(folder, "deep", "more"), "and less")],
      ["not-equal", () => writeFileSync(join(folder, "one more"), "")],
      ["not-equal", () => rmSync(join(folder, "archive"))],
      ["not-equal", () => renameSync(join(folder, "deep", "more"), join(folder, "more"))],
      ["file-unreadable", () => rmSync(folder, { recursive: true })],
      [
        "unreadable-archive",
        () => {
          rmSync(join(folder, "archive"));
          symlinkSync(join(kept, "archive"), join(folder, "archive"));
        },
      ],
      [
        "file-unwritable",
        () => {
          rmSync(folder, { recursive: true });
          symlinkSync(kept, folder);
        },
      ],
    ];
    for (const [code, plant] of faults) {
      plant();
      await expect(files.check(recorded)).rejects.toMatchObject({ code });
      rmSync(folder, { recursive: true, force: true });
      cpSync(kept, folder, { recursive: true });
      await files.check(recorded);
    }
  });

  test("also an encrypted one, which nobody here can read", async () => {
    await makeFiles();
    const recipient = await identityToRecipient(await generateX25519Identity());
    await files.encrypt(folder, [recipient]);
    const recorded = { folder, contents: { files_sha256: await files.digest(folder) } };
    await files.check(recorded);
    writeFileSync(join(folder, "archive.age"), "not any more");
    await expect(files.check(recorded)).rejects.toMatchObject({ code: "not-equal" });
  });
});

test("what a process that was killed left in the clear goes with the next one, or with its tombstone", async () => {
  await makeFiles();
  const identity = await generateX25519Identity();
  await files.encrypt(folder, [await identityToRecipient(identity)]);
  const reading = { ...policy, tombstone: { ...policy.tombstone, identities: [identity] } };
  const left = async (): Promise<string> => (await files.openPlain(reading, folder)).folder;
  const first = await left();
  writeFileSync(join(first, "of the first"), "");
  {
    await using plain = await files.openPlain(reading, folder);
    expect(readdirSync(plain.folder).toSorted()).toEqual(["archive", "deep"]);
    expect(statSync(plain.folder).mode & 0o777).toBe(0o700);
  }
  expect(readdirSync(join(folder, ".."))).toEqual(["d1"]);
  await left();
  await files.remove(folder);
  expect(readdirSync(join(folder, ".."))).toEqual([]);
});
