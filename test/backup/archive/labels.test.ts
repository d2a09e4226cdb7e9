import { expect, test } from "bun:test";
import { entryLabel } from "../../../src/backup/archive/archive.ts";
import { restoreError } from "../../../src/backup/restore/restore-error.ts";

test.each([
  ["TABLE DATA", "orders", "app", "TABLE DATA app.orders"],
  ["USER MAPPING", "USER MAPPING app SERVER fs", null, "USER MAPPING app SERVER fs"],
  ["COMMENT", "OPERATOR CLASS myops", "app", "COMMENT OPERATOR CLASS app.myops"],
  ["ACL", "TABLE orders", "app", "ACL TABLE app.orders"],
  ["COMMENT", "SCHEMA app", null, "COMMENT SCHEMA app"],
])("an entry's label says nothing twice: %s %s", (desc, tag, namespace, label) => {
  expect(entryLabel({ desc, tag, namespace, dumpId: 7 })).toBe(`${label} (entry 7)`);
});

test("the message of a restore error is one line", () => {
  const message = 'relation "nowhere" does not exist\nLINE 1: SELECT * FROM nowhere\n                      ^';
  expect(restoreError("other", { object: "x", message }).message).toBe('relation "nowhere" does not exist');
});
