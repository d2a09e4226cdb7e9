import { expect, test } from "bun:test";
import { columnOrdersOf } from "../../../src/backup/archive/column-orders.ts";
import type { ArchiveEntry } from "../../../src/backup/archive/archive.ts";

const entry: ArchiveEntry = {
  dumpId: 1,
  tableOid: 0,
  oid: 0,
  desc: "TABLE DATA",
  tag: "t",
  namespace: "app",
  owner: "",
  section: "data",
  defn: "",
  dropStmt: "",
  copyStmt: "",
  dependencies: [],
  hasData: true,
  fileName: null,
};

test("the order of columns is that of the COPY statements, whatever the names", () => {
  const copies = ['COPY app."A.b" (id, "x ""y""", z) FROM stdin;\n', "COPY app.empty  FROM stdin;\n", ""];
  expect(columnOrdersOf(copies.map((copyStmt) => ({ ...entry, copyStmt })))).toEqual([
    { table: 'app."A.b"', columns: ["id", 'x "y"', "z"] },
    { table: "app.empty", columns: [] },
  ]);
});
