import { afterAll, beforeAll, expect, test } from "bun:test";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { scannedByDefault } from "../../../src/destruction/kinds.ts";
import { createPrefilter } from "../../../src/scan/files/has-candidate.ts";
import { createSourceReader, largestSource, readStamp } from "../../../src/scan/files/read-source.ts";
import { withoutRoot } from "../../support/without-root.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "custody-read-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const isCandidate = createPrefilter(scannedByDefault);
const reader = createSourceReader();

function plant(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

test.each([0, 1, 5000, 256 * 1024, 256 * 1024 + 1, 3_000_000, largestSource])(
  "a file of %d bytes is read whole",
  (size) => {
    const content = Buffer.alloc(size, "line of text\n");
    const read = reader.read(plant("whole", content), isCandidate);
    expect(read.is === "read" && content.equals(read.bytes)).toBe(true);
    expect(read.is === "read" && read.stamp).toEqual(readStamp(join(folder, "whole"))!);
  },
);

test("a file that is too large is searched to its end, even where a word is cut in two", () => {
  const line = "insert into t values (1);\n";
  const filler = line.repeat(Math.ceil(largestSource / line.length) + 10);
  expect(reader.read(plant("large.sql", filler), isCandidate)).toMatchObject({
    is: "too-large",
    candidateLine: null,
  });
  const from = 1024 * 1024 - 30;
  for (let at = from; at < from + 40; at += 3) {
    const text = `${filler.slice(0, at)} DROP DATABASE x ${filler.slice(at)}`;
    expect(reader.read(plant("large.sql", text), isCandidate)).toMatchObject({
      is: "too-large",
      candidateLine: text.slice(0, text.indexOf("DROP")).split("\n").length,
    });
  }
  const last = `${filler}DROP DATABASE x`;
  for (const text of [last, `DROP DATABASE x;\n${filler}`, `a\nDROP\nDATABASE x;\n${last}`]) {
    expect(reader.read(plant("large.sql", text), isCandidate)).toMatchObject({
      candidateLine: text.slice(0, text.indexOf("DROP")).split("\n").length,
    });
  }
});

test("what cannot be read says why, and a pipe is not waited for", () => {
  expect(reader.read(join(folder, "nothing"), isCandidate)).toEqual({
    is: "unreadable",
    detail: "it is gone",
  });
  const pipe = join(folder, "pipe");
  execFileSync("mkfifo", [pipe]);
  expect(reader.read(pipe, isCandidate)).toEqual({
    is: "unreadable",
    detail: "it is no regular file any more",
  });
  expect(readStamp(pipe)).toBeNull();
});

test("permission", () => {
  const path = plant("locked", "x");
  chmodSync(path, 0);
  chmodSync(dirname(path), 0o755);
  expect(withoutRoot(() => reader.read(path, isCandidate))).toEqual({
    is: "unreadable",
    detail: "permission denied",
  });
});
