import { describe, expect, test } from "bun:test";
import { describeChanges, describeGrants } from "../../../src/backup/catalog/grants.ts";

const table = (acl: readonly string[] | null, owner = "alice") => ({ kind: "r" as const, owner, acl });

describe("grants", () => {
  test("that are the defaults, written out or not, are no fact", () => {
    expect(describeGrants(table(null), 15)).toBeUndefined();
    expect(describeGrants(table(["alice=arwdDxt/alice"]), 15)).toBeUndefined();
    expect(describeGrants(table(["alice=arwdDxtm/alice"]), 17)).toBeUndefined();
    expect(
      describeGrants({ kind: "f", owner: "alice", acl: ["alice=X/alice", "=X/alice"] }, 15),
    ).toBeUndefined();
  });

  test("are sorted, without grantors, the owner by a word of his own", () => {
    expect(describeGrants(table(["bob=r*w/alice", "alice=arwdDxt/alice", "=r/alice"]), 15)).toBe(
      "PUBLIC: SELECT; bob: SELECT*, UPDATE; the owner: DELETE, INSERT, REFERENCES, SELECT, TRIGGER, TRUNCATE, UPDATE",
    );
    const ofAlice = describeGrants(table(["alice=r/alice", "bob=r/alice"]), 15);
    expect(describeGrants(table(["carol=r/carol", "bob=r/carol"], "carol"), 15)).toBe(ofAlice);
  });

  test("by several grantors to one role are one", () => {
    expect(describeGrants(table(["bob=r/alice", "bob=w/carol"]), 15)).toBe("bob: SELECT, UPDATE");
  });

  test("to nobody are a fact too", () => {
    expect(describeGrants(table([]), 15)).toBe("");
  });

  test("name roles whatever their names are", () => {
    expect(
      describeGrants(
        table(['"a=b/""c"""=r/alice', '"PUBLIC"=r/alice', '"the owner"=r/alice', "grün=r/alice"]),
        15,
      ),
    ).toBe('"PUBLIC": SELECT; "a=b/""c""": SELECT; "grün": SELECT; "the owner": SELECT');
  });

  test("changed since an extension was made are what was added and what was taken", () => {
    expect(describeChanges(table(["alice=r/alice"]), ["alice=r/alice"], 15)).toBeUndefined();
    expect(describeChanges(table(["alice=r/alice", "bob=r/alice"]), ["alice=r/alice", "=r/alice"], 15)).toBe(
      "granted bob: SELECT, revoked PUBLIC: SELECT",
    );
    expect(describeChanges({ kind: "f", owner: "alice", acl: ["alice=X/alice"] }, null, 15)).toBe(
      "revoked PUBLIC: EXECUTE",
    );
  });
});
