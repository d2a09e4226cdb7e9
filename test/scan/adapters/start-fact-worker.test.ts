import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { destructionKinds, scannedByDefault } from "../../../src/destruction/kinds.ts";
import { openScanPorts } from "../../../src/scan/adapters/scan-ports.ts";
import { startFactWorker } from "../../../src/scan/adapters/start-fact-worker.ts";
import { readTree } from "../../../src/scan/read-tree.ts";
import { selfTestPorts } from "../../support/scan-files.ts";

const sources: readonly (readonly [string, string])[] = [
  ["a.sql", "DROP DATABASE a;\nDROP ROLE b;\n"],
  ["a.ts", 'export const go = (db: Pool) => db.query("DROP DATABASE a");\n'],
  ["a.py", 'cursor.execute("DROP SCHEMA a")\n'],
  ["a.sh", 'psql -c "DROP DATABASE a"\n'],
];

test("a thread says of a source what the main one says", async () => {
  const reader = startFactWorker(new Set(destructionKinds));
  const read = await Promise.all(
    sources.map(([path, source]) =>
      path.endsWith(".ts")
        ? reader.read({ is: "code", name: "typescript" }, path, source)
        : path.endsWith(".py")
          ? reader.read({ is: "code", name: "python" }, path, source)
          : reader.read({ is: "carrier", name: path.endsWith(".sql") ? "sql" : "shell" }, path, source),
    ),
  );
  const wanted = await Promise.all(sources.map(([path, source]) => selfTestPorts.facts(path, source)));
  expect(read).toEqual(wanted);
});

test("a tree of thousands of files is read by both, in its own order", async () => {
  const folder = mkdtempSync(join(tmpdir(), "custody-test-"));
  try {
    for (let file = 0; file < 2100; file += 1) {
      const isDestroying = file % 50 === 0;
      writeFileSync(
        join(folder, `${String(file).padStart(4, "0")}.sql`),
        isDestroying ? `DROP DATABASE d${file};\n` : "SELECT 1;\n",
      );
    }
    const ports = openScanPorts({
      listing: { cwd: folder, paths: [folder], ignore: { patterns: [], folder } },
      policy: { kinds: scannedByDefault },
      cache: null,
      env: {},
    });
    const { files, counts } = await readTree(
      ports.tree,
      ports.tree.list(),
      () => undefined,
      new AbortController().signal,
    );
    expect(counts).toMatchObject({ files: 2100, lines: 2100, parsed: 42 });
    expect(files.map(({ path }) => path)).toEqual(files.map(({ path }) => path).toSorted());
    expect(files.flatMap(({ facts }) => (facts.is === "carried" ? facts.sites : []))).toHaveLength(42);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
