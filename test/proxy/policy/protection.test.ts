import { expect, test } from "bun:test";
import { openTargets } from "../../../src/chokepoint/open-targets.ts";
import { readPolicy } from "../../../src/chokepoint/read-policy.ts";
import { protectionOf } from "../../../src/proxy/policy/protection.ts";
import { sightingOf } from "../../support/sightings.ts";

test("what the target reserves, what every server has and custody's fences are protected; nothing else is", async () => {
  const policy = readPolicy(
    {
      name: "customers",
      kind: "postgres",
      placement: "shared",
      url: "postgres://h/d",
      names: { reserved: ["db_shared"] },
    },
    { folder: "/", stateDir: "/nowhere" },
  );
  const target = (await openTargets([policy], { env: {}, jobs: 1 })).get("customers");
  if (target === undefined) throw new Error("no target");
  const protect = protectionOf(target);
  expect(protect(sightingOf([["database", "db_acme"]]))).toBeNull();
  for (const [kind, name] of [
    ["database", "db_shared"],
    ["database", "template1"],
    ["role", "postgres"],
    ["schema", "public"],
    ["database", "custody_tomb_x"],
    ["table", "custody_tomb_x.t"],
  ] as const)
    expect(
      protect(
        sightingOf([
          ["database", "db_acme"],
          [kind, name],
        ]),
      ),
    ).toContain(JSON.stringify(name));
  const fenced = sightingOf([["table", "t"]], { speaker: { database: "custody_tomb_x" } });
  expect(protect(fenced)).toContain("behind a fence");
});
