import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmod, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { findPassword, passfileLine, readPassfile } from "../../src/postgres/passfile.ts";

const key = { host: "db.example", port: 5432, database: "shop", user: "ann" };

describe("findPassword", () => {
  test("takes the first line that fits", () => {
    const text = ["# comment", "", "other:*:*:*:no", "db.example:5432:shop:ann:yes", "*:*:*:*:late"].join(
      "\n",
    );
    expect(findPassword(text, key)).toBe("yes");
  });

  test.each([
    ["*:*:*:*:p", "p"],
    ["db.example:*:*:ann:p", "p"],
    ["db.example:5433:*:ann:p", undefined],
    ["db.example:5432:shop:bob:p", undefined],
    ["db.example:5432:shop:ann", undefined],
    ["db.example:5432:shop:ann:", ""],
    ["db.example:5432:shop:ann:a\\:b\\\\c", "a:b\\c"],
    ["db.example:5432:shop:ann:a:b", "a"],
    ["db.example:5432:shop:ann:p\r", "p"],
    ["\\*:*:*:*:p", undefined],
  ])("%j", (line, expected) => {
    expect(findPassword(line, key)).toBe(expected);
  });

  test("localhost stands for the usual socket folders", () => {
    expect(findPassword("localhost:*:*:*:p", { ...key, host: "/var/run/postgresql" })).toBe("p");
    expect(findPassword("/var/run/postgresql:*:*:*:p", { ...key, host: "/var/run/postgresql" })).toBe("p");
    expect(findPassword("localhost:*:*:*:p", { ...key, host: "/elsewhere" })).toBeUndefined();
    expect(findPassword("/elsewhere:*:*:*:p", { ...key, host: "/elsewhere" })).toBe("p");
  });

  test("a line that custody writes is read back, and fits nobody else's host", () => {
    const text = fc.string({ minLength: 1 }).filter((value) => !/[\r\n\0]/.test(value));
    fc.assert(
      fc.property(text, text, text, fc.integer({ min: 1, max: 65535 }), (host, user, password, port) => {
        const line = passfileLine({ host: `h${host}`, port, user }, password);
        expect(findPassword(line, { host: `h${host}`, port, database: "any", user })).toBe(password);
        expect(findPassword(line, { host: `g${host}`, port, database: "any", user })).toBeUndefined();
      }),
    );
  });
});

describe("readPassfile", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "passfile-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test.each([0o600, 0o400])("reads mode %o", async (mode) => {
    const file = join(folder, `ok-${mode}`);
    await writeFile(file, "*:*:*:*:p");
    await chmod(file, mode);
    expect(await readPassfile(file)).toEqual({ text: "*:*:*:*:p" });
  });

  test.each([0o640, 0o604, 0o660])("ignores mode %o with a note", async (mode) => {
    const file = join(folder, `open-${mode}`);
    await writeFile(file, "*:*:*:*:p");
    await chmod(file, mode);
    const { text, note } = await readPassfile(file);
    expect(text).toBeUndefined();
    expect(note).toContain("chmod 0600");
  });

  test("ignores a folder with a note, and what is not there without one", async () => {
    expect((await readPassfile(folder)).note).toContain("not a plain file");
    expect(await readPassfile(join(folder, "missing"))).toEqual({});
    await symlink(join(folder, "missing"), join(folder, "dangling"));
    expect(await readPassfile(join(folder, "dangling"))).toEqual({});
  });
});
