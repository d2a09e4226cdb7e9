import { afterAll, describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freshDatabase, startTestCluster } from "../support/cluster.ts";
import { appendCertctlRows, certctlSchema } from "../support/certctl-chain.ts";
import { appendRows, chainDatabase, prepareChains } from "../support/chain-database.ts";
import { temporaryFolder } from "../support/run-commands.ts";
import { custody, dsnOf } from "../support/run-custody.ts";
import { ran, rehash, signerIn, truncate } from "../support/signer.ts";
import type { Signer } from "../support/signer.ts";
import { tamper } from "../support/verify-chain.ts";
import { connect } from "../../src/postgres/connect.ts";

const cluster = await startTestCluster(15);
await prepareChains(cluster);
const temporary = temporaryFolder();
afterAll(() => temporary[Symbol.dispose]());
const signer = (name: string): Promise<Signer> => signerIn(temporary.path, name);
const fileAt = (name: string): string => join(temporary.path, name);

describe("a chain that is signed and verified", () => {
  test("agrees with every checkpoint, and with what was appended since", async () => {
    await using chain = await chainDatabase(cluster);
    const ann = await signer("ann");
    await appendRows(chain.owner, 5);
    expect(await ann.checkpoint(chain.settings, "one")).toMatchObject({
      code: 0,
      document: { verdict: "signed", size: 5, extended: null, identity: true, error: null },
    });
    await appendRows(chain.owner, 4, "later");
    expect(await ann.checkpoint(chain.settings, "two")).toMatchObject({
      code: 0,
      document: { verdict: "signed", size: 9, extended: 5 },
    });
    await appendRows(chain.owner, 2, "last");
    expect(await ann.verify(chain.settings, ["two", "one"], "--require-checkpoint")).toMatchObject({
      code: 0,
      document: {
        verdict: "clean",
        unanchored_rows: 2,
        checkpoints: [
          { size: 5, outcome: "matched", signed_by: ["example.com/ann"] },
          { size: 9, outcome: "matched" },
        ],
      },
    });
  });

  test.each([
    ["its tail cut and the head mended", truncate(6), ["truncated"]],
    [
      "all of it gone",
      "truncate audit_events; update audit_chain_head set seq = 0, row_hash = ''",
      ["truncated", "truncated"],
    ],
    [
      "the whole chain hashed again",
      `update audit_events set actor = 'x' where seq = 2; ${rehash}`,
      ["rewritten", "rewritten"],
    ],
    [
      "only what came after the first checkpoint hashed again",
      `update audit_events set actor = 'x' where seq = 7; ${rehash}`,
      ["rewritten"],
    ],
    [
      "a row taken out of its middle, the rest numbered and hashed again",
      `delete from audit_events where seq = 6; update audit_events set seq = seq - 1 where seq > 6;
       update audit_chain_head set seq = 8; ${rehash}`,
      ["truncated"],
    ],
  ])("is found with %s", async (name, statements, expected) => {
    await using chain = await chainDatabase(cluster);
    const file = name.replaceAll(" ", "-");
    const eve = await signer(file);
    await appendRows(chain.owner, 5);
    await eve.checkpoint(chain.settings, `${file}-1`);
    await appendRows(chain.owner, 4, "later");
    await eve.checkpoint(chain.settings, `${file}-2`);
    await tamper(chain.admin, statements);
    expect((await ran("chain", "verify", "--db-url", dsnOf(chain.settings))).code).toBe(0);
    const found = await eve.verify(chain.settings, [`${file}-1`, `${file}-2`]);
    expect(found).toMatchObject({
      code: 1,
      document: {
        verdict: "broken",
        findings: expected.map((each) => ({ class: each })),
        findings_total: expected.length,
      },
    });
    const refused = await eve.checkpoint(chain.settings, `${file}-3`);
    expect(refused).toMatchObject({ code: 1, document: { verdict: "refused", checkpoint: null } });
    expect(() => readFileSync(fileAt(`${file}-3`))).toThrow();
  });

  test("is refused with the number of all that is wrong, though the first alone are listed", async () => {
    await using chain = await chainDatabase(cluster);
    const kim = await signer("kim");
    await appendRows(chain.owner, 130);
    await tamper(chain.admin, "update audit_events set actor = 'x' where seq <= 120");
    const refused = await kim.checkpoint(chain.settings, "kim-1");
    expect(refused).toMatchObject({ code: 1, document: { verdict: "refused", findings_total: 120 } });
    expect(refused.document["findings"]).toHaveLength(100);
    const told = await custody([
      "chain",
      "checkpoint",
      "--db-url",
      dsnOf(chain.settings),
      "--state",
      kim.state,
      "--key",
      kim.key,
      "--out",
      fileAt("kim-1"),
    ]);
    expect(told.stdout).toContain("REFUSED findings=120");
    expect(told.stdout).toContain(
      "20 more findings are not shown: custody chain verify --limit-findings 120",
    );
  });

  test("is vouched for by no checkpoint of an empty chain, unless it is empty", async () => {
    await using chain = await chainDatabase(cluster);
    const zoe = await signer("zoe");
    await zoe.checkpoint(chain.settings, "zoe-0");
    expect((await zoe.verify(chain.settings, ["zoe-0"], "--require-checkpoint")).code).toBe(0);
    await appendRows(chain.owner, 2);
    expect(await zoe.verify(chain.settings, ["zoe-0"], "--require-checkpoint")).toMatchObject({
      code: 3,
      document: { verdict: "not-verified", error: { code: "no-checkpoint" } },
    });
    expect(await zoe.verify(chain.settings, ["zoe-0"])).toMatchObject({
      code: 0,
      document: { unanchored_rows: 2 },
    });
  });

  test("of a foreign profile needs an origin", async () => {
    await using database = await freshDatabase(cluster);
    await using session = await connect(database.settings, { applicationName: "test" });
    await session.sql.unsafe(certctlSchema);
    await appendCertctlRows(session, 6);
    const carl = await signer("carl");
    expect((await carl.checkpoint(database.settings, "carl-1")).code).toBe(2);
    expect((await carl.checkpoint(database.settings, "carl-1", "--origin", "example.com/x/2")).code).toBe(2);
    const signed = await carl.checkpoint(database.settings, "carl-1", "--origin", "example.com/x");
    expect(signed).toMatchObject({ code: 0, document: { origin: "example.com/x", size: 6 } });
    await appendCertctlRows(session, 2, "d");
    expect(await carl.verify(database.settings, ["carl-1"])).toMatchObject({
      code: 0,
      document: { unanchored_rows: 2 },
    });
    await session.sql.unsafe("delete from audit_events");
    expect((await carl.verify(database.settings, ["carl-1"])).code).toBe(1);
  });
});

describe("a checkpoint that cannot be believed is never a pass", () => {
  test("unreadable, unsigned, of an unknown key, with another's identity note", async () => {
    await using chain = await chainDatabase(cluster);
    const [dan, mallory] = [await signer("dan"), await signer("mallory")];
    await appendRows(chain.owner, 3);
    await dan.checkpoint(chain.settings, "dan-1");
    await mallory.checkpoint(chain.settings, "mallory-1");
    const note = readFileSync(fileAt("dan-1"), "utf8");
    writeFileSync(fileAt("bent"), note.replace("\n3\n", "\n2\n"));
    writeFileSync(fileAt("noise"), "hello\n");
    writeFileSync(fileAt("swapped"), note);
    writeFileSync(fileAt("swapped.identity"), readFileSync(fileAt("mallory-1.identity")));
    for (const [file, code] of [
      ["nowhere", "unreadable-checkpoint"],
      ["noise", "unreadable-checkpoint"],
      ["bent", "untrusted-checkpoint"],
      ["mallory-1", "untrusted-checkpoint"],
      ["swapped", "untrusted-checkpoint"],
    ] as const) {
      expect([file, await dan.verify(chain.settings, [file])]).toMatchObject([
        file,
        { code: 3, document: { verdict: "not-verified", error: { code } } },
      ]);
    }
  });

  test("none is signed under the id of another chain", async () => {
    await using chain = await chainDatabase(cluster);
    const sue = await signer("sue");
    await appendRows(chain.owner, 3);
    const other = ["--origin", "example.com/sue/00000000-0000-4000-8000-000000000000"];
    expect(await sue.checkpoint(chain.settings, "sue-1", ...other)).toMatchObject({
      code: 2,
      document: { error: { code: "bad-usage" } },
    });
    const [row] = await chain.sql<{ id: string }[]>`select chain_id::text as id from audit_chain_head`;
    const own = ["--origin", `example.com/other/${row?.id}`];
    expect((await sue.checkpoint(chain.settings, "sue-1", ...own)).code).toBe(0);
    expect((await sue.verify(chain.settings, ["sue-1"])).code).toBe(0);
  });

  test("of another chain is named as that", async () => {
    await using chain = await chainDatabase(cluster);
    await using other = await chainDatabase(cluster);
    const gus = await signer("gus");
    await appendRows(chain.owner, 3);
    await appendRows(other.owner, 5);
    await gus.checkpoint(other.settings, "gus-1");
    const told = await gus.verify(chain.settings, ["gus-1"]);
    expect(told.document["verdict"]).toBe("broken");
    expect(JSON.stringify(told.document["findings"])).toContain("it is of another chain");
    expect(await gus.verify(other.settings, ["gus-1"])).toMatchObject({
      code: 0,
      document: { findings: [] },
    });
  });

  test("without a key, or required and not given, it is wrong usage", async () => {
    await using chain = await chainDatabase(cluster);
    const dsn = ["chain", "verify", "--db-url", dsnOf(chain.settings)];
    expect((await ran(...dsn, "--checkpoint", "x")).code).toBe(2);
    expect((await ran(...dsn, "--require-checkpoint")).code).toBe(2);
    expect((await ran(...dsn, "--accept-restore", "--reason", "x")).code).toBe(2);
  });

  test("a state that cannot be read is no fresh start", async () => {
    await using chain = await chainDatabase(cluster);
    const fay = await signer("fay");
    await appendRows(chain.owner, 3);
    await fay.checkpoint(chain.settings, "fay-1");
    const [row] = await chain.sql<{ id: string }[]>`select chain_id::text as id from audit_chain_head`;
    const { checkpointFolder } = await import("../../src/audit/checkpoints/checkpoint-state.ts");
    writeFileSync(`${checkpointFolder(fay.state, `example.com/fay/${row?.id}`)}/last.checkpoint`, "");
    expect(await fay.checkpoint(chain.settings, "fay-2")).toMatchObject({
      code: 3,
      document: { verdict: "not-run", error: { code: "unreadable-checkpoint" } },
    });
  });
});
