import { describe, expect, test } from "bun:test";
import { guardIdentity } from "../../../src/chokepoint/decide/identity-guard.ts";
import type { Names, Resource } from "../../../src/chokepoint/resource.ts";
import { testPolicy } from "../../support/engine.ts";

const namer = {
  /** As PostgreSQL cuts an identifier: 63 bytes, at a character's end. */
  finalName: (_: string, name: string) => {
    let cut = name;
    while (Buffer.byteLength(cut) > 63) cut = Array.from(cut).slice(0, -1).join("");
    return cut;
  },
  reserved: ["postgres", "template0", "template1", "doadmin"],
};

const policy = testPolicy({ names: { reserved: ["db_platform"] } });

function guard(names: Names, given = policy): string | null {
  const resource: Resource = { type: "postgres", names };
  const refusal = guardIdentity(resource, given, namer);
  if (refusal !== null) expect([refusal.site, refusal.isPassing]).toEqual(["identity", false]);
  return refusal?.reason ?? null;
}

test("names that the provisioner gives pass", () => {
  for (const database of ["db_acme", "dedicated_db_x.y-z", "ded_1", `db_${"a".repeat(60)}`]) {
    expect(guard({ database, role: "usr_acme" })).toBeNull();
  }
});

describe("refused", () => {
  test.each([
    ["", "an empty name"],
    ["postgres", "reserved"],
    ["POSTGRES", "reserved"],
    [" postgres ", "reserved"],
    ["template1", "reserved"],
    ["db_platform", "reserved"],
    ["DB_Platform", "reserved"],
    ["custody_tomb_1", "custody's own"],
    ["acme", "does not match names.database of customers: ^"],
    ["db_", "does not match"],
    ["db_a b", "does not match"],
    ['db_a"; drop', "does not match"],
    ["db_a\n", "does not match"],
    ["usr_acme", "does not match"],
    ["db_a\0b", "NUL"],
    [`db_${"a".repeat(61)}`, "no final name"],
    [`db_${"ü".repeat(31)}`, "no final name"],
  ])("%p: %s", (database, why) => {
    expect(guard({ database })).toContain(why);
  });

  test("a role that fits no role's pattern, although the database's fits", () => {
    expect(guard({ database: "db_acme", role: "db_acme" })).toContain("the role");
  });

  test("a name that is cut to a reserved one", () => {
    const long = `db_${"a".repeat(60)}`;
    expect(guard({ database: `${long}tail` }, testPolicy({ names: { reserved: [long] } }))).toContain(
      "no final name",
    );
  });
});

test("what a target's own patterns say replaces the usual", () => {
  const own = testPolicy({ names: { database: "^tenant-[0-9]+$" } });
  expect(guard({ database: "tenant-1" }, own)).toBeNull();
  expect(guard({ database: "db_acme" }, own)).toContain("does not match");
});
