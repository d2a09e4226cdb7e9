import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { OpsError } from "../../src/errors.ts";
import { cleanUpForced } from "../../src/run/forced-exit.ts";
import { openNewFolder } from "../../src/run/new-folder.ts";
import { temporaryFolder } from "../support/run-commands.ts";

describe("a new folder", () => {
  test("appears whole, with the digests of its files, readable by its owner alone", () => {
    using parent = temporaryFolder();
    const path = join(parent.path, "made");
    using folder = openNewFolder(path);
    const rows = folder.create("rows.jsonl");
    const line = `${"é".repeat(1000)}\n`;
    for (let index = 0; index < 2000; index += 1) rows.append(line);
    folder.write("deep/a", "one");
    folder.write("deep/b", "");
    rows.close();
    expect(existsSync(path)).toBe(false);
    folder.commit();
    expect(readFileSync(join(path, "rows.jsonl"), "utf8")).toBe(line.repeat(2000));
    expect(readFileSync(join(path, "deep/a"), "utf8")).toBe("one");
    expect([path, join(path, "deep")].map((each) => statSync(each).mode & 0o777)).toEqual([0o700, 0o700]);
    expect(statSync(join(path, "deep/a")).mode & 0o777).toBe(0o600);
    const digest = (text: string): string => createHash("sha256").update(text).digest("hex");
    expect(folder.files()).toEqual([
      { name: "deep/a", sha256: digest("one") },
      { name: "deep/b", sha256: digest("") },
      { name: "rows.jsonl", sha256: digest(line.repeat(2000)) },
    ]);
    expect(readdirSync(parent.path)).toEqual(["made"]);
  });

  test("leaves nothing behind when it is given up, in order or in haste", () => {
    using parent = temporaryFolder();
    const path = join(parent.path, "made");
    for (const giveUp of [(folder: Disposable) => folder[Symbol.dispose](), () => cleanUpForced()]) {
      const folder = openNewFolder(path);
      folder.create("open").append("x");
      folder.write("deep/closed", "y");
      expect(readdirSync(parent.path)).toHaveLength(1);
      giveUp(folder);
      expect(readdirSync(parent.path)).toEqual([]);
      folder[Symbol.dispose]();
    }
  });

  test("is never made over anything, nor where none can be", () => {
    using parent = temporaryFolder();
    const at = (name: string): string => join(parent.path, name);
    mkdirSync(at("folder"));
    writeFileSync(at("file"), "");
    symlinkSync("nowhere", at("link"));
    for (const name of ["folder", "file", "link", "none/deep", "file/deep"]) {
      expect(() => openNewFolder(at(name))).toThrow(OpsError);
    }
    // What was put there meanwhile stays.
    using folder = openNewFolder(at("late"));
    mkdirSync(at("late"));
    writeFileSync(at("late/kept"), "kept");
    folder.write("a", "a");
    expect(() => folder.commit()).toThrow(OpsError);
    folder[Symbol.dispose]();
    expect(readdirSync(parent.path).toSorted()).toEqual(["file", "folder", "late", "link"]);
    expect(readFileSync(at("late/kept"), "utf8")).toBe("kept");
  });
});
