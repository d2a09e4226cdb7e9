import { afterAll, describe, expect, test } from "bun:test";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { decryptTombstone, encryptTombstone } from "../../../src/backup/tombstone/encrypt.ts";
import { isEncrypted, readSeal } from "../../../src/backup/tombstone/seal.ts";
import { InterruptedError } from "../../../src/errors.ts";
import { temporaryFolder } from "../../support/run-commands.ts";
import { ageKey } from "../../support/tombstones.ts";

/** Any folder of files: tombstones of all kinds are encrypted the same way. */
const base = temporaryFolder();
afterAll(() => base[Symbol.dispose]());
const { identity, recipient } = await ageKey();
// On both sides of age's pieces of 64 kB, and of ours of a megabyte.
const contents: Readonly<Record<string, Buffer>> = {
  empty: Buffer.alloc(0),
  "one-byte": Buffer.from("x"),
  "a-piece": randomBytes(65_536),
  "a-piece-and-one": randomBytes(65_537),
  "keys/large": randomBytes(3_145_728),
};
let folders = 0;

function plainFolder(): string {
  const folder = join(base.path, `plain-${++folders}`);
  mkdirSync(join(folder, "keys"), { recursive: true });
  for (const [name, bytes] of Object.entries(contents)) writeFileSync(join(folder, name), bytes);
  return folder;
}

async function expectSame(folder: string, key = identity): Promise<void> {
  const into = join(base.path, `into-${++folders}`);
  await decryptTombstone(folder, [key], into);
  for (const [name, bytes] of Object.entries(contents))
    expect(readFileSync(join(into, name)).equals(bytes)).toBe(true);
}

/** Looks whenever it is its turn: what it waits for may be there for a few pieces only. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

const encryptedNames = Object.keys(contents).map((name) => `${name}.age`);

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name !== "keys")
    .toSorted();
}

test("every file is encrypted and comes back, to any of the recipients", async () => {
  const folder = plainFolder();
  const second = await ageKey();
  await encryptTombstone(folder, [recipient, second.recipient]);
  expect(filesOf(folder)).toEqual([...encryptedNames, "encrypted.json"].toSorted());
  await expectSame(folder);
  await expectSame(folder, second.identity);
  const seal = await readSeal(folder);
  expect(seal?.recipients).toEqual([recipient, second.recipient]);
  for (const { name, encrypted } of seal?.files ?? [])
    expect(readFileSync(join(folder, `${name}.age`)).length).toBe(encrypted.bytes);
});

describe("cut off anywhere, a second call finishes it", () => {
  test("files of an earlier attempt, for other recipients", async () => {
    const folder = plainFolder();
    const before = await ageKey();
    const earlier = plainFolder();
    await encryptTombstone(earlier, [before.recipient]);
    cpSync(join(earlier, "empty.age"), join(folder, "empty.age"));
    cpSync(join(earlier, "a-piece.age"), join(folder, "a-piece.age.partial"));
    cpSync(join(earlier, "encrypted.json"), join(folder, "encrypted.json.partial"));
    await encryptTombstone(folder, [recipient]);
    expect(filesOf(folder)).toEqual([...encryptedNames, "encrypted.json"].toSorted());
    await expectSame(folder);
  });

  test("sealed, and plain files still there", async () => {
    const folder = plainFolder();
    await encryptTombstone(folder, [recipient]);
    writeFileSync(join(folder, "one-byte"), "x");
    await encryptTombstone(folder, ["age1whatever"]);
    expect(existsSync(join(folder, "one-byte"))).toBe(false);
    await expectSame(folder);
  });

  const places = ["a-piece.age.partial", "a-piece-and-one.age", "keys/large.age.partial", "keys/large.age"];
  test.each([...places, "encrypted.json"])("killed when %s is there", async (place) => {
    const folder = plainFolder();
    const module = join(import.meta.dirname, "../../../src/backup/tombstone/encrypt.ts");
    const code = `const { encryptTombstone } = await import(${JSON.stringify(module)});
      await encryptTombstone(${JSON.stringify(folder)}, [${JSON.stringify(recipient)}]);`;
    const child = spawn(process.execPath, ["-e", code], { stdio: "ignore" });
    const ended = once(child, "exit");
    await until(() => existsSync(join(folder, place)) || child.exitCode !== null);
    child.kill("SIGKILL");
    await ended;
    // Whatever there is, the data are there, plain or sealed.
    const sealed = await isEncrypted(folder);
    if (!sealed)
      for (const [name, bytes] of Object.entries(contents))
        expect(readFileSync(join(folder, name)).equals(bytes)).toBe(true);
    await encryptTombstone(folder, [recipient]);
    expect(filesOf(folder)).toEqual([...encryptedNames, "encrypted.json"].toSorted());
    await expectSame(folder);
  });
});

test("interrupted, the plain files stay, and nothing stays of what was decrypted", async () => {
  const folder = plainFolder();
  const stop = new AbortController();
  const encrypting = encryptTombstone(folder, [recipient], stop.signal).catch((error: unknown) => error);
  await until(() => existsSync(join(folder, "keys/large.age.partial")));
  stop.abort();
  expect(await encrypting).toBeInstanceOf(InterruptedError);
  for (const name of Object.keys(contents)) expect(existsSync(join(folder, name))).toBe(true);
  await encryptTombstone(folder, [recipient]);
  const into = join(base.path, "interrupted");
  const again = new AbortController();
  const decrypting = decryptTombstone(folder, [identity], into, again.signal).catch(
    (error: unknown) => error,
  );
  await until(() => existsSync(join(into, "keys/large")));
  again.abort();
  expect(await decrypting).toBeInstanceOf(InterruptedError);
  expect(existsSync(into)).toBe(false);
  await expectSame(folder);
});

describe("refused", () => {
  test.each([
    ["no recipient", []],
    ["no recipient of age's", ["ssh-ed25519 AAAA"]],
    ["one that is mistyped", [recipient.replace(/.$/, (last) => (last === "q" ? "p" : "q"))]],
  ])("%s: nothing is changed", async (_, recipients) => {
    const folder = plainFolder();
    const before = filesOf(folder);
    await expect(encryptTombstone(folder, recipients)).rejects.toMatchObject({ code: "bad-config" });
    expect(filesOf(folder)).toEqual(before);
  });

  test("another's identity, and what is none: neither is shown", async () => {
    const folder = plainFolder();
    await encryptTombstone(folder, [recipient]);
    const into = join(base.path, "never");
    const other = await ageKey();
    for (const wrong of [other.identity, `${other.identity.slice(0, -1)}!`]) {
      const failure: unknown = await decryptTombstone(folder, [wrong], into).catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: "bad-input" });
      expect(String(failure)).not.toContain(wrong.slice(20));
      expect(existsSync(into)).toBe(false);
    }
  });

  test("an encrypted file that is damaged, cut off or another one", async () => {
    const folder = plainFolder();
    await encryptTombstone(folder, [recipient]);
    const path = join(folder, "keys/large.age");
    const whole = readFileSync(path);
    const into = join(base.path, "damaged");
    const flipped = Buffer.from(whole);
    flipped[1_000_000] = flipped[1_000_000]! ^ 1;
    // Cut where a piece ends, the rest is whole pieces, none of which is marked as the last.
    for (const bytes of [
      flipped,
      whole.subarray(0, whole.length - 65_552),
      readFileSync(join(folder, "a-piece.age")),
    ]) {
      writeFileSync(path, bytes);
      await expect(decryptTombstone(folder, [identity], into)).rejects.toMatchObject({
        code: "unreadable-archive",
      });
      expect(existsSync(into)).toBe(false);
    }
  });

  test("a seal that names a file outside of the folder", async () => {
    const folder = plainFolder();
    await encryptTombstone(folder, [recipient]);
    const path = join(folder, "encrypted.json");
    writeFileSync(path, readFileSync(path, "utf8").replace('"one-byte"', '"../one-byte"'));
    await expect(decryptTombstone(folder, [identity], join(base.path, "out"))).rejects.toMatchObject({
      code: "file-unreadable",
    });
  });

  test("a file that the marker knows otherwise", async () => {
    const folder = plainFolder();
    renameSync(join(folder, "a-piece"), join(folder, "archive.dump"));
    const known = { bytes: 1, sha256: "0".repeat(64) };
    const marker = {
      format: "custody.tombstone.v1",
      madeAt: new Date(0).toISOString(),
      database: "d",
      serverVersion: "15.18",
      systemIdentifier: null,
      sizeBytes: 1,
      archive: known,
      fingerprint: { ...known, digest: known.sha256 },
      tables: 0,
      rows: 0,
    };
    writeFileSync(join(folder, "tombstone.json"), JSON.stringify(marker));
    await expect(encryptTombstone(folder, [recipient])).rejects.toMatchObject({ code: "unreadable-archive" });
    expect(existsSync(join(folder, "archive.dump"))).toBe(true);
    rmSync(folder, { recursive: true });
  });
});
