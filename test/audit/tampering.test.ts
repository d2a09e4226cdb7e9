import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { connect } from "../../src/postgres/connect.ts";
import type { Session } from "../../src/postgres/session.ts";
import { freshDatabase, startTestCluster } from "../support/cluster.ts";
import { appendCertctlRows, certctlSchema } from "../support/certctl-chain.ts";
import { appendRows, chainDatabase, prepareChains } from "../support/chain-database.ts";
import { verifyTwice } from "../support/rows.ts";

const cluster = await startTestCluster(15);
await prepareChains(cluster);
const cases = process.env["CUSTODY_TEST_FULL"] === "1" ? 10_000 : 300;
const size = 9;

type Edit =
  | { readonly kind: "column"; readonly column: number; readonly row: number; readonly value: number }
  | { readonly kind: "swap-column"; readonly column: number; readonly row: number; readonly other: number }
  | { readonly kind: "swap-rows"; readonly row: number; readonly other: number }
  | { readonly kind: "delete"; readonly row: number }
  | { readonly kind: "insert"; readonly row: number; readonly after: number; readonly isLast: boolean }
  | { readonly kind: "head"; readonly value: number };

const row = fc.integer({ min: 1, max: size });
const nat = fc.nat(40);
const edit: fc.Arbitrary<Edit> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("column" as const), column: nat, row, value: nat }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("swap-column" as const), column: nat, row, other: row }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("swap-rows" as const), row, other: row }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("delete" as const), row }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("insert" as const), row, after: row, isLast: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("head" as const), value: nat }) },
);

/** How the two profiles' tables are edited. `values` holds, for each column, what it may be set to. */
interface Subject {
  readonly session: Session;
  readonly prefix: string;
  readonly values: Readonly<Record<string, readonly string[]>>;
  /** What a copied row has as prev_hash, row_hash and so on, beside its content. */
  insert(from: string, after: string, isLast: boolean): string;
  readonly heads: readonly string[];
}

function statementsOf(edited: Edit, subject: Subject): string {
  const { prefix, values } = subject;
  const columns = Object.keys(values);
  const pick = <T>(items: readonly T[], index: number): T => items[index % items.length]!;
  switch (edited.kind) {
    case "column": {
      const column = pick(columns, edited.column);
      return `update audit_events set "${column}" = ${pick(values[column]!, edited.value)} where id = '${prefix}${edited.row}'`;
    }
    case "swap-column": {
      const column = pick(
        columns.filter((each) => each !== "id" && each !== "seq"),
        edited.column,
      );
      return `update audit_events a set "${column}" = b."${column}" from audit_events b
        where (a.id = '${prefix}${edited.row}' and b.id = '${prefix}${edited.other}')
           or (a.id = '${prefix}${edited.other}' and b.id = '${prefix}${edited.row}')`;
    }
    case "swap-rows":
      return `update audit_events set id = 'held' where id = '${prefix}${edited.row}';
        update audit_events set id = '${prefix}${edited.row}' where id = '${prefix}${edited.other}';
        update audit_events set id = '${prefix}${edited.other}' where id = 'held'`;
    case "delete":
      return `delete from audit_events where id = '${prefix}${edited.row}'`;
    case "insert":
      return subject.insert(`${prefix}${edited.row}`, `${prefix}${edited.after}`, edited.isLast);
    case "head":
      return pick(subject.heads, edited.value);
  }
}

const texts = ["''", "'x'", "'ann '", "'User'", "'thing'", "'thing.made'", "'1'", "'|'"];
const times = [
  "'2020-01-01'",
  "'infinity'",
  "'-infinity'",
  "timestamp + '1us'::interval",
  "timestamp - '1us'::interval",
  "'0001-01-01 BC'",
];
const hashes = [
  "sha256('')",
  "'\\x'",
  "null",
  "row_hash",
  "prev_hash",
  "substr(row_hash, 2)",
  "row_hash || '\\x00'",
];
const hexes = [
  "''",
  "'x'",
  "null",
  "row_hash",
  "prev_hash",
  "upper(row_hash)",
  "repeat('0', 64)",
  "left(row_hash, 63)",
];
const details = [
  "null",
  "'null'",
  "'{}'",
  "'[]'",
  "'{\"n\": 77}'",
  "'{\"n\": 1.0}'",
  "'{\"N\": 1}'",
  "'\"x\"'",
];
const shared = {
  id: ["'x'", "id || ' '", "upper(id)"],
  actor: texts,
  actor_type: texts,
  action: texts,
  resource_type: texts,
  resource_id: texts,
  details,
  timestamp: times,
};

async function isFound(subject: Subject, statements: string): Promise<boolean | "nothing changed"> {
  const { sql } = subject.session;
  const image =
    "select md5(string_agg(e::text, ' ' order by e::text)) || (select string_agg(h::text, ' ') from audit_chain_head h) as image from audit_events e";
  await sql.unsafe("begin; set local session_replication_role = replica; set local search_path = public");
  try {
    const [before] = await sql.unsafe(image);
    await sql.unsafe(statements).simple();
    const [after] = await sql.unsafe(image);
    if (before!["image"] === after!["image"]) return "nothing changed";
    return (await verifyTwice(subject.session)).live.findingsTotal > 0;
  } finally {
    await sql.unsafe("rollback");
  }
}

async function findsEveryEdit(subject: Subject): Promise<void> {
  let changed = 0;
  await fc.assert(
    fc.asyncProperty(edit, async (edited) => {
      const statements = statementsOf(edited, subject);
      const found = await isFound(subject, statements);
      if (found !== "nothing changed") changed += 1;
      if (found === false) throw new Error(`not found: ${statements}`);
    }),
    { numRuns: cases },
  );
  expect(changed).toBeGreaterThan(cases / 2);
}

describe("any single edit with the triggers off", () => {
  test("is found in a chain of custody's", async () => {
    await using chain = await chainDatabase(cluster);
    await appendRows(chain.owner, size);
    await findsEveryEdit({
      session: chain.admin,
      prefix: "e",
      values: {
        ...shared,
        event_category: texts,
        recorded_at: times,
        recorded_by: texts,
        details_salt: hashes,
        details_hash: hashes.filter((each) => each !== "null"),
        seq: ["null", "seq + 100", "0", "-1", "-seq"],
        prev_hash: hashes,
        row_hash: hashes,
      },
      insert: (from, after, isLast) => `
        insert into audit_events select 'copy', actor, actor_type, action, resource_type, resource_id, details, timestamp, event_category,
          recorded_at, recorded_by, details_salt, details_hash, ${isLast ? size + 1 : "null"}, (select row_hash from audit_events where id = '${after}'), null
          from audit_events where id = '${from}';
        update audit_events set row_hash = audit_events_row_hash(prev_hash, seq, id, timestamp, actor, actor_type, action,
          resource_type, resource_id, event_category, recorded_at, recorded_by, details_hash) where id = 'copy'`,
      heads: [
        "delete from audit_chain_head",
        "update audit_chain_head set seq = seq - 1",
        "update audit_chain_head set seq = -seq",
        "update audit_chain_head set row_hash = ''",
        "update audit_chain_head set row_hash = upper(row_hash) where row_hash ~ '[a-f]'",
        "update audit_chain_head set chain_id = gen_random_uuid()",
        `update audit_chain_head set row_hash = encode((select row_hash from audit_events where seq = ${size - 1}), 'hex')`,
      ],
    });
  }, 600_000);

  test("is found in a chain of certctl's, but for what the separator leaves ambiguous", async () => {
    await using database = await freshDatabase(cluster);
    await using session = await connect(database.settings, { applicationName: "test" });
    await session.sql.unsafe(certctlSchema);
    await appendCertctlRows(session, size);
    await findsEveryEdit({
      session,
      prefix: "c",
      // NULL and the empty text are hashed alike, and to_char loses what timestamps before Christ are.
      values: {
        ...shared,
        details: details.filter((each) => each !== "null"),
        timestamp: times.filter((each) => !each.includes("BC")),
        event_category: texts.filter((each) => each !== "''"),
        prev_hash: hexes.filter((each) => each !== "''" && each !== "null"),
        row_hash: hexes,
      },
      insert: (from, after, isLast) => `
        insert into audit_events select 'copy', actor, actor_type, action, resource_type, resource_id, details,
          ${isLast ? "clock_timestamp()" : "timestamp"}, event_category, (select row_hash from audit_events where id = '${after}'), null
          from audit_events where id = '${from}';
        update audit_events e set row_hash = certctl_hash(e) where id = 'copy'`,
      heads: [
        "delete from audit_chain_head",
        "update audit_chain_head set row_hash = ''",
        "update audit_chain_head set id = 2",
      ],
    });
  }, 600_000);
});
