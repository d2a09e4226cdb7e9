import { describe, expect, test } from "bun:test";
import { findChain } from "../../../src/audit/find-chain.ts";
import { readRows } from "../../../src/audit/read-rows.ts";
import { createRowCheck } from "../../../src/audit/row-check.ts";
import { createRowCodec } from "../../../src/audit/rows/row-codec.ts";
import { pinSettings } from "../../../src/audit/secure-reading.ts";
import { connect } from "../../../src/postgres/connect.ts";
import type { Session } from "../../../src/postgres/session.ts";
import { certctlSchema } from "../../support/certctl-chain.ts";
import { chainDatabase, prepareChains } from "../../support/chain-database.ts";
import { freshDatabase, startTestCluster } from "../../support/cluster.ts";
import { partsOf } from "../../support/rows.ts";
import { tamper } from "../../support/verify-chain.ts";

const cluster = await startTestCluster(15);
await prepareChains(cluster);

/** Reads the session's chain; every row must be read back from its line as it came. Returns the lines. */
async function readBack(session: Session): Promise<string[]> {
  await session.sql.unsafe("begin isolation level repeatable read read only");
  await pinSettings(session);
  const place = (await findChain(session))!;
  const codec = createRowCodec(place.definition);
  const lines: string[] = [];
  await readRows(
    session,
    place,
    {},
    {
      expressions: createRowCheck(place.definition).expressions,
      onRow(row) {
        const line = codec.write(row);
        expect(partsOf(codec.read(line))).toEqual(partsOf(row));
        lines.push(line);
      },
    },
  );
  await session.sql.unsafe("rollback");
  return lines;
}

const oddTimes = [
  "infinity",
  "-infinity",
  "0001-01-01 00:00:00 BC",
  "4714-11-24 00:00:00+00 BC",
  "294276-12-31 23:59:59.999999+00",
  "10000-01-01 00:00+00",
  "2000-01-01 00:00:00.000001+00",
];
const oddTexts = [
  "",
  " ",
  "a\nb\tc",
  'quote " and \\',
  "\u2028",
  "\ufeff",
  "\ufffd",
  "\u{1f600}é",
  "'; drop table x; --",
  "\u001b[31m",
  "x".repeat(8000),
];
const oddDetails = [
  '{"a": 1.0000000000000000000001, "b": "\\u0001", "é": [1e400, -0]}',
  "null",
  '"text"',
  "[]",
  "1",
];

describe("rows of a server", () => {
  test("of profile custody are read back to the byte", async () => {
    await using chain = await chainDatabase(cluster);
    for (const time of oddTimes) {
      await chain.sql.unsafe(
        `insert into audit_events (id, actor, actor_type, action, resource_type, resource_id, details, "timestamp")
         values ($1::text, 'a', 'b', 'c', 'd', 'e', null, $1::text::timestamptz)`,
        [time],
      );
    }
    for (const [index, text] of oddTexts.entries()) {
      await chain.sql.unsafe(
        `insert into audit_events (id, actor, actor_type, action, resource_type, resource_id, details)
         values ($1, $2, $2, 'made', $2, $2, $3::text::jsonb)`,
        [`text ${index}`, text, oddDetails[index % oddDetails.length]!],
      );
    }
    await tamper(
      chain.admin,
      "update audit_events set details = null, details_salt = null where seq = 2; update audit_events set seq = null, row_hash = '' where seq = 3",
    );
    const lines = await readBack(chain.admin);
    expect(lines).toHaveLength(oddTimes.length + oddTexts.length);
    const rows = lines.map((line) => JSON.parse(line) as Record<string, string>);
    expect(rows.slice(0, 2).map((row) => row["timestamp"])).toEqual(["infinity", "-infinity"]);
    expect(rows.map((row) => row["timestamp"])).toContain("+294276-12-31T23:59:59.999999Z");
    expect(rows.map((row) => row["timestamp"])).toContain("-4713-11-24T00:00:00.000000Z");
    const first = rows.find((row) => row["id"] === "text 0")!;
    expect([first["actor"], first["details"]]).toEqual([
      "",
      '{"a": 1.0000000000000000000001, "b": "\\u0001", "é": [1' + "0".repeat(400) + ", 0]}",
    ]);
    expect(rows[1]).toMatchObject({ details: null, details_salt: null });
  });

  test("of profile certctl are read back to the byte", async () => {
    await using database = await freshDatabase(cluster);
    await using session = await connect(database.settings, { applicationName: "test" });
    await session.sql.unsafe(certctlSchema).simple();
    for (const [index, text] of oddTexts.entries()) {
      await session.sql.unsafe(
        `insert into audit_events (id, actor, actor_type, action, resource_type, resource_id, details, "timestamp", event_category)
         values ($1, $2, $2, 'made', $2, $2, $3::text::jsonb, $4::text::timestamptz, null)`,
        [`text ${index}`, text, oddDetails[index] ?? null!, oddTimes[2 + (index % 5)]!],
      );
    }
    expect(await readBack(session)).toHaveLength(oddTexts.length);
  });
});
