import { describe, expect, test } from "bun:test";
import { connect } from "../../src/postgres/connect.ts";
import { freshDatabase, run, startTestCluster } from "../support/cluster.ts";
import { appenderRole, ownerRole, prepareChains, strangerRole } from "../support/chain-database.ts";
import { custody, documentOf, dsnOf, lastLine } from "../support/run-custody.ts";

const cluster = await startTestCluster(15);
await prepareChains(cluster);

describe("chain init", () => {
  test("installs the chain, then does nothing; two at once install it once", async () => {
    await using database = await freshDatabase(cluster);
    const init = [
      "chain",
      "init",
      "--db-url",
      dsnOf(database.settings),
      "--schema",
      "audit",
      "--output",
      "json",
    ];
    const both = await Promise.all([custody(init), custody(init)]);
    expect(both.map((told) => told.code)).toEqual([0, 0]);
    expect(new Set(both.map((told) => documentOf(told)["version_before"]))).toEqual(new Set([0, 1]));
    expect(documentOf(await custody(init))).toMatchObject({
      verdict: "ready",
      schema: "audit",
      version_before: 1,
      version: 1,
      applied: [],
    });
  });

  test("lets a role append, and nothing more", async () => {
    await using database = await freshDatabase(cluster);
    const url = dsnOf(database.settings);
    const told = await custody([
      "chain",
      "init",
      "--db-url",
      url,
      "--schema",
      "audit",
      "--appender",
      appenderRole,
    ]);
    expect(lastLine(told.stdout)).toBe("READY schema=audit version=1 applied=1");
    const append = [
      "chain",
      "append",
      "--db-url",
      dsnOf(database.settings, appenderRole),
      "--actor",
      "ann",
      "--action",
      "came",
      "--resource",
      "door/1/2",
    ];
    const appended = documentOf(await custody([...append, "--output", "json"]));
    expect(appended).toMatchObject({ verdict: "appended", seq: null, row_hash: null });
    const verified = documentOf(await custody(["chain", "verify", "--db-url", url, "--output", "json"]));
    expect(verified).toMatchObject({ verdict: "clean", row_count: 1, findings: [] });
    expect(
      await custody(["chain", "init", "--db-url", url, "--schema", "audit", "--appender", "nobody"]),
    ).toMatchObject({ code: 2 });
    expect(
      (await custody(["chain", "verify", "--db-url", dsnOf(database.settings, appenderRole)])).code,
    ).toBe(3);
  });

  test("does nothing at all for a role that is not there", async () => {
    await using database = await freshDatabase(cluster);
    const init = ["chain", "init", "--db-url", dsnOf(database.settings), "--appender"];
    const told = await custody([...init, appenderRole, "--appender", "nobody"]);
    expect(told).toMatchObject({ code: 2, stderr: expect.stringContaining("there is no role nobody") });
    await using session = await connect(database.settings, { applicationName: "test" });
    const left = await session.sql`select count(*)::int as n from pg_class where relname ~ '^audit_'`;
    expect(left[0]).toEqual({ n: 0 });
  });

  test("says whose chain it is, where that is somebody else's, and that its owner is no mere appender", async () => {
    await using database = await freshDatabase(cluster);
    await using session = await connect(database.settings, { applicationName: "test" });
    await session.sql.unsafe(`grant create on schema public to ${strangerRole}, ${ownerRole}`);
    const init = async (role: string, ...more: string[]): Promise<Record<string, unknown>> =>
      documentOf(
        await custody([
          "chain",
          "init",
          "--output",
          "json",
          "--db-url",
          dsnOf(database.settings, role),
          ...more,
        ]),
      );
    expect(await init(strangerRole, "--appender", strangerRole, "--appender", appenderRole)).toMatchObject({
      verdict: "ready",
      owner: strangerRole,
      notes: [expect.stringContaining(`${strangerRole} owns the chain`)],
    });
    expect(await init(ownerRole)).toMatchObject({
      verdict: "ready",
      owner: strangerRole,
      notes: [expect.stringContaining(`belongs to ${strangerRole}`)],
    });
    expect(await init(ownerRole, "--appender", appenderRole)).toMatchObject({
      verdict: "not-run",
      error: { code: "permission-denied", hint: expect.stringContaining("the chain's owner") },
    });
  });

  test("refuses a function that somebody has put in the place of one of its own", async () => {
    await using database = await freshDatabase(cluster);
    await using session = await connect(database.settings, { applicationName: "test" });
    await session.sql.unsafe(
      "create function public.audit_events_arrive() returns trigger language plpgsql as 'begin return null; end'",
    );
    const told = await custody(["chain", "init", "--output", "json", "--db-url", dsnOf(database.settings)]);
    expect([told.code, documentOf(told)["error"]]).toMatchObject([
      2,
      { code: "foreign-schema", message: expect.stringContaining("audit_events_arrive") },
    ]);
  });

  test("refuses a foreign table, another encoding, an odd name, a role without rights; changes nothing then", async () => {
    await using database = await freshDatabase(cluster);
    const url = dsnOf(database.settings);
    await using session = await connect(database.settings, { applicationName: "test" });
    await session.sql.unsafe("create schema theirs; create view theirs.audit_chain_head as select 1");
    const refused = async (...args: string[]): Promise<readonly [number, unknown]> => {
      const told = await custody(["chain", "init", "--output", "json", "--db-url", ...args]);
      return [told.code, (documentOf(told)["error"] as { code: string }).code];
    };
    expect(await refused(url, "--schema", "theirs")).toEqual([2, "foreign-schema"]);
    for (const name of ["pg_mine", "$custody$", "x".repeat(64)])
      expect(await refused(url, "--schema", name)).toEqual([2, "bad-usage"]);
    expect(await refused(dsnOf(database.settings, ownerRole), "--schema", "new")).toEqual([
      3,
      "permission-denied",
    ]);
    await run(
      cluster,
      "create database latin encoding 'LATIN1' template template0 lc_collate 'C' lc_ctype 'C'",
    );
    expect(await refused(dsnOf({ ...cluster.settings, database: "latin" }))).toEqual([
      3,
      "unsupported-server",
    ]);
    const left =
      await session.sql`select count(*)::int as n from pg_class where relname ~ '^audit_' and relkind = 'r'`;
    expect(left[0]).toEqual({ n: 0 });
  });

  test("takes back what default privileges would have given away", async () => {
    await using database = await freshDatabase(cluster);
    await using session = await connect(database.settings, { applicationName: "test" });
    await session.sql.unsafe(
      `alter default privileges grant all on tables to ${appenderRole}; alter default privileges grant execute on functions to ${appenderRole}`,
    );
    const url = dsnOf(database.settings);
    expect((await custody(["chain", "init", "--db-url", url])).code).toBe(0);
    expect(documentOf(await custody(["chain", "verify", "--db-url", url, "--output", "json"]))).toMatchObject(
      { verdict: "clean", findings: [] },
    );
  });
});
