import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { decryptTombstone, encryptTombstone } from "../../../src/backup/tombstone/encrypt.ts";
import { removeTombstone, tombstoneBytes } from "../../../src/backup/tombstone/folder.ts";
import type { TombstoneDraft } from "../../../src/backup/tombstone/make.ts";
import { isEncrypted } from "../../../src/backup/tombstone/seal.ts";
import { connect } from "../../../src/postgres/connect.ts";
import { freshDatabase, run, startTestCluster } from "../../support/cluster.ts";
import { temporaryFolder } from "../../support/run-commands.ts";
import { createShop } from "../../support/shop.ts";
import { ageKey, compareAt, make, proveAt, restoreAs, told } from "../../support/tombstones.ts";

/** The whole way of a tombstone, of a database with one of everything that backups lose. */
const cluster = await startTestCluster(15);
const base = temporaryFolder();
afterAll(() => base[Symbol.dispose]());
const whole = join(base.path, "whole");
const names = ["archive.dump", "fingerprint.json", "tombstone.json"];
let shop = cluster.settings;
let draft: TombstoneDraft;

beforeAll(async () => {
  shop = await createShop(cluster);
  draft = await make(shop, whole);
}, 60_000);

let copies = 0;

/** A tombstone to damage. */
function copy(): string {
  const folder = join(base.path, `copy-${++copies}`);
  cpSync(whole, folder, { recursive: true });
  return folder;
}

test("what is made is whole, and its maker's alone", async () => {
  expect(readdirSync(whole).toSorted()).toEqual(names);
  expect(statSync(whole).mode & 0o777).toBe(0o700);
  for (const name of names) expect(statSync(join(whole, name)).mode & 0o777).toBe(0o600);
  expect(draft).toMatchObject({ tables: 10, serverVersion: "15.18" });
  expect(draft.rows).toBeGreaterThan(90);
  const archive = readFileSync(join(whole, "archive.dump"));
  expect(draft.sha256).toBe(new Bun.CryptoHasher("sha256").update(archive).digest("hex"));
  expect(await tombstoneBytes(whole)).toBe(draft.bytes + statSync(join(whole, "tombstone.json")).size);
  expect(readdirSync(base.path)).toEqual(["whole"]);
});

test("it is proved, and the same database has the same fingerprint again", async () => {
  const proof = await proveAt(whole, { recorded: draft });
  expect(told(proof)).toEqual([]);
  expect(proof).toMatchObject({ verdict: "proved", serverVersion: "15.18" });
  const again = join(base.path, "again");
  expect((await make(shop, again)).fingerprint).toBe(draft.fingerprint);
  await removeTombstone(again);
  expect(existsSync(again)).toBe(false);
  await removeTombstone(again);
});

test("encrypted, decrypted and restored under another name it is equal, and nobody else may enter", async () => {
  const folder = copy();
  const { identity, recipient } = await ageKey();
  const { files } = await encryptTombstone(folder, [recipient]);
  expect(files).toBe(2);
  expect(await isEncrypted(folder)).toBe(true);
  expect(readdirSync(folder).toSorted()).toEqual([
    "archive.dump.age",
    "encrypted.json",
    "fingerprint.json.age",
    "tombstone.json",
  ]);
  await expect(proveAt(folder)).rejects.toMatchObject({ code: "bad-input" });
  const plain = join(base.path, "plain");
  await decryptTombstone(folder, [identity], plain);
  for (const name of names) expect(readFileSync(join(plain, name))).toEqual(readFileSync(join(whole, name)));

  const restored = await restoreAs(cluster.settings, plain, "back", { recorded: draft });
  expect(told(restored)).toEqual([]);
  expect(restored.verdict).toBe("proved");
  expect((await compareAt(cluster.settings, plain, "back")).verdict).toBe("proved");
  await using session = await connect(cluster.settings, { applicationName: "test" });
  const [database] = await session.sql`
    select oid, pg_get_userbyid(datdba) as owner, has_database_privilege('shop_reader', oid, 'connect') as open
      from pg_database where datname = 'back'`;
  expect(database).toEqual({ oid: restored.oid, owner: cluster.settings.user, open: false } as never);
  const made = await session.sql`select rolname from pg_roles where rolname ~ '^custody_(restore|stand_in)'`;
  expect([...made]).toEqual([]);
  await run(cluster, "drop database back");
});

describe("what a fence changes is no difference; anything else is", () => {
  test("name, owner, grants and connection limit", async () => {
    await using fenced = await freshDatabase(cluster, { template: "shop", name: "custody_tomb_1" });
    await run(
      cluster,
      `alter database custody_tomb_1 owner to shop_owner; revoke all on database custody_tomb_1 from public;
       alter database custody_tomb_1 connection limit 0; alter database custody_tomb_1 set work_mem = '5MB'`,
    );
    expect(told(await compareAt(cluster.settings, whole, fenced.name))).toEqual([]);
    await run(cluster, "alter database custody_tomb_1 set work_mem = '6MB'");
    expect(told(await compareAt(cluster.settings, whole, fenced.name))).toEqual([
      "restore database-settings database settings: work_mem: 5MB → 6MB",
    ]);
  });

  test.each([
    ["a row", "delete from smoke.line where item_id = 3 and position = 2", "content table smoke.line"],
    ["an index", "drop index smoke.line_note_idx", "indexes index smoke.line_note_idx"],
    ["a sequence", "select setval('smoke.ticket', 7)", "sequences sequence smoke.ticket"],
    ["an owner", "alter table smoke.tax owner to shop_reader", "owners table smoke.tax"],
    ["a grant", "revoke select on smoke.line from shop_reader cascade", "grants table smoke.line"],
    ["a large object", "select lo_unlink(oid) from pg_largeobject_metadata", "large-objects large-object"],
  ])("%s", async (_, fault, found) => {
    await using other = await freshDatabase(cluster, { template: "shop" });
    await run({ settings: other.settings }, `alter database ${other.name} set work_mem = '5MB'`);
    await run({ settings: other.settings }, fault);
    const proof = await compareAt(cluster.settings, whole, other.name);
    expect(proof.verdict).toBe("disproved");
    expect(told(proof).join("\n")).toContain(found);
  });
});

describe("a tombstone that is not as it was written is disproved", () => {
  test.each([0.1, 0.5, 0.9, 0.999])("a flipped bit in the archive, at %p of it", async (place) => {
    const folder = copy();
    flip(join(folder, "archive.dump"), place);
    const proof = await proveAt(folder);
    expect(proof.verdict).toBe("disproved");
    expect(told(proof)[0]).toStartWith("storage archive archive ");
  });

  test("an archive that is cut off", async () => {
    const folder = copy();
    const path = join(folder, "archive.dump");
    truncateSync(path, Math.round(statSync(path).size * 0.6));
    expect((await proveAt(folder)).verdict).toBe("disproved");
    expect((await restoreAs(cluster.settings, folder, "cut")).oid).toBeNull();
  });

  test("another archive in its place, with the marker changed to fit", async () => {
    const folder = copy();
    await using other = await freshDatabase(cluster, { template: "shop" });
    await run({ settings: other.settings }, "delete from smoke.line where item_id = 3");
    const lesser = join(base.path, "lesser");
    const { sha256 } = await make(other.settings, lesser);
    cpSync(join(lesser, "archive.dump"), join(folder, "archive.dump"));
    change(join(folder, "tombstone.json"), draft.sha256, sha256);
    const proof = await proveAt(folder);
    expect(proof.verdict).toBe("disproved");
    expect(told(proof).join("\n")).toContain("content table smoke.line: rows: 36 → 33");
  });

  test("a fingerprint that is changed, alone or with the marker; and another tombstone than the ledger knows", async () => {
    const folder = copy();
    const path = join(folder, "fingerprint.json");
    const before = sha256Of(path);
    change(path, '"rows": 36', '"rows": 35');
    expect(told(await proveAt(folder)).join("\n")).toMatch(/storage archive fingerprint .* when written/);
    change(join(folder, "tombstone.json"), before, sha256Of(path));
    const proof = await proveAt(folder);
    expect(proof.verdict).toBe("disproved");
    expect(told(proof).join("\n")).toContain("content table smoke.line: rows: 35 → 36");
    expect(await proveAt(whole, { recorded: { fingerprint: "0".repeat(64) } })).toMatchObject({
      verdict: "disproved",
    });
    writeFileSync(path, "{}");
    expect(told(await proveAt(folder)).join("\n")).toContain("is no manifest");
  });
});

test("what was never finished is replaced, what is whole is left as it is", async () => {
  const folder = join(base.path, "begun");
  cpSync(whole, folder, { recursive: true, filter: (path) => !path.endsWith("tombstone.json") });
  cpSync(whole, join(base.path, ".begun.partial-0123456789ab"), { recursive: true });
  flip(join(folder, "archive.dump"), 0.5);
  await expect(proveAt(folder)).rejects.toMatchObject({ code: "file-unreadable" });
  const made = await make(shop, folder);
  expect(readdirSync(base.path).filter((name) => name.startsWith("."))).toEqual([]);
  expect((await proveAt(folder)).verdict).toBe("proved");
  const { mtimeMs } = statSync(join(folder, "archive.dump"));
  expect(await make(shop, folder)).toEqual(made);
  expect(statSync(join(folder, "archive.dump")).mtimeMs).toBe(mtimeMs);
});

function flip(path: string, place: number): void {
  const bytes = readFileSync(path);
  const at = Math.floor(bytes.length * place);
  bytes[at] = bytes[at]! ^ 4;
  writeFileSync(path, bytes);
}

function change(path: string, from: string, to: string): void {
  const text = readFileSync(path, "utf8");
  if (!text.includes(from)) throw new Error(`${path} does not hold ${from}`);
  writeFileSync(path, text.replace(from, to));
}

function sha256Of(path: string): string {
  return new Bun.CryptoHasher("sha256").update(readFileSync(path)).digest("hex");
}
