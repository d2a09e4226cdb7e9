import { expect, test } from "bun:test";
import { openRefusedConnections } from "../../../src/proxy/adapters/refused-connections.ts";
import { openMemoryLedger, createMemoryStore } from "../../support/memory-ledger.ts";
import { connect } from "../../../src/postgres/connect.ts";
import { freshDatabase, startTestCluster } from "../../support/cluster.ts";
import { openTestLedger } from "../../support/ledger.ts";
import { sightingOf } from "../../support/sightings.ts";

const speakerNamed = (role: string) =>
  sightingOf([["role"]], { speaker: { role, peer: "192.0.2.7:40000", applicationName: "psql" } }).speaker;
const cluster = await startTestCluster();
const warn = (message: string): void => void warnings.push(message);
const warnings: string[] = [];
const now = (): Date => new Date();

test("singly up to 60 a minute of each listener, role and address, the rest by their count: in the chain", async () => {
  await using database = await freshDatabase(cluster);
  await using ledger = await openTestLedger(database.settings);
  {
    await using refused = openRefusedConnections({ ledger, warn, now });
    for (let each = 0; each < 65; each++)
      // The port is another each time.
      refused.record({
        speaker: { ...speakerNamed("postgres"), peer: `192.0.2.7:${40_000 + each}` },
        roles: [],
        reason: "role",
      });
    const odd = { ...speakerNamed("a\0b"), applicationName: "x".repeat(9000), certificate: "ci" };
    refused.record({ speaker: odd, roles: ["dba"], reason: "address" });
  }
  await using session = await connect(database.settings, { applicationName: "test" });
  const rows = await session.sql.unsafe<{ details: Record<string, unknown>; resource: string }[]>(
    `select details, resource_type || '/' || resource_id as resource from audit_events where action = 'connection.refused' order by seq`,
  );
  expect(new Set(rows.map(({ resource }) => resource))).toEqual(new Set(["listener/pg"]));
  const single = rows.filter(({ details }) => details["role"] === "postgres" && !("count" in details));
  expect(single.length).toBe(60);
  expect(single[0]?.details).toMatchObject({
    listener: "pg",
    target: "customers",
    protocol: "postgres",
    session: "s-0000000000000000",
    database: "db_acme",
    peer: "192.0.2.7:40000",
    certificate: null,
    application_name: "psql",
    reason: "role",
  });
  const counted = rows.filter(({ details }) => "count" in details);
  expect(counted.map(({ details }) => [details["count"], details["peer"]])).toEqual([[5, "192.0.2.7"]]);
  const odd = rows.find(({ details }) => details["certificate"] === "ci");
  expect(odd?.details).toMatchObject({ role: "a\u{FFFD}b", other_roles: ["dba"] });
  expect(String(odd?.details["application_name"]).length).toBeLessThan(257);
  expect(warnings).toEqual([]);
});

test("with the ledger down nobody waits, and the operator is told", async () => {
  const store = createMemoryStore();
  store.isDown = true;
  const ledger = openMemoryLedger(store, "one");
  await using refused = openRefusedConnections({ ledger, warn, now });
  refused.record({ speaker: speakerNamed("postgres"), roles: [], reason: "role" });
  await refused[Symbol.asyncDispose]();
  expect(warnings).toEqual([expect.stringContaining("a refused connection to pg is not in the ledger")]);
});
