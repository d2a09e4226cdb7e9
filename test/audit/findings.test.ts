import { describe, expect, test } from "bun:test";
import { majors, startTestCluster } from "../support/cluster.ts";
import { appendRows, chainDatabase, prepareChains } from "../support/chain-database.ts";
import { verifyTwice } from "../support/rows.ts";
import { classesOf, tamper, verifyIn } from "../support/verify-chain.ts";

/** Gives a row the row_hash that its content has. */
const rehash = (where: string): string =>
  `update audit_events set row_hash = audit_events_row_hash(prev_hash, seq, id, timestamp, actor, actor_type, action,
     resource_type, resource_id, event_category, recorded_at, recorded_by, details_hash) where ${where}`;

/** Copies a row under another id and seq. */
const copyRow = (from: number, id: string, seq: number | null, prev: string): string =>
  `insert into audit_events select '${id}', actor, actor_type, action, resource_type, resource_id, details, timestamp, event_category,
     recorded_at, recorded_by, details_salt, details_hash, ${seq}, ${prev}, row_hash from audit_events where seq = ${from};
   ${rehash(`id = '${id}'`)}`;

const hashOf = (seq: number): string => `(select row_hash from audit_events where seq = ${seq})`;
const genesis = "(select audit_chain_genesis(chain_id) from audit_chain_head)";
const redacted = (id: string): string =>
  `insert into audit_events select 'r', 'a', 'b', 'audit.redacted', 'audit_event', '${id}', jsonb_build_object('seq', t.seq,
     'row_hash', encode(t.row_hash, 'hex'), 'details_hash', encode(t.details_hash, 'hex'), 'reason', 'x'), timestamp, event_category,
     recorded_at, recorded_by, details_salt, details_hash, 11, ${hashOf(10)}, row_hash from audit_events t where id = '${id}';
   update audit_events set details_hash = audit_events_details_hash(details_salt, convert_to(details::text, 'UTF8')) where id = 'r';
   ${rehash("id = 'r'")}; update audit_chain_head set seq = 11, row_hash = encode(${hashOf(11)}, 'hex')`;

/** What was done to ten rows e1 … e10, and every finding that must be made of it. */
const faults: readonly (readonly [name: string, statements: string, classes: readonly string[]])[] = [
  ["nothing", "select 1", []],
  ["a text changed", "update audit_events set actor = 'x' where seq = 4", ["altered@3"]],
  ["recorded_by changed", "update audit_events set recorded_by = 'x' where seq = 10", ["altered@9"]],
  [
    "a timestamp moved by a microsecond",
    "update audit_events set timestamp = timestamp + '1us'::interval where seq = 1",
    ["altered@0"],
  ],
  [
    "text moved to the next field",
    "update audit_events set actor = actor || left(actor_type, 1), actor_type = substr(actor_type, 2) where seq = 4",
    ["altered@3"],
  ],
  ["details changed", "update audit_events set details = '{\"n\": 5}' where seq = 4", ["details-altered@3"]],
  [
    "a number in details written otherwise",
    "update audit_events set details = '{\"n\": 4.0}' where seq = 4",
    ["details-altered@3"],
  ],
  [
    "the salt changed",
    "update audit_events set details_salt = sha256('') where seq = 4",
    ["details-altered@3"],
  ],
  [
    "details_hash changed",
    "update audit_events set details_hash = sha256('') where seq = 4",
    ["details-altered@3", "altered@3"],
  ],
  [
    "details and their hash changed",
    "update audit_events set details = '[]', details_hash = audit_events_details_hash(details_salt, '[]') where seq = 4",
    ["altered@3"],
  ],
  ["row_hash changed", "update audit_events set row_hash = sha256('') where seq = 4", ["altered@3"]],
  ["row_hash lost", "update audit_events set row_hash = null where seq = 4", ["altered@3"]],
  ["row_hash cut short", "update audit_events set row_hash = '\\x00' where seq = 4", ["altered@3"]],
  ["prev_hash lost", "update audit_events set prev_hash = null where seq = 4", ["altered@3", "missing@3"]],
  [
    "prev_hash of an earlier row",
    `update audit_events set prev_hash = ${hashOf(1)} where seq = 4`,
    ["altered@3", "fork@3"],
  ],
  [
    "a row rewritten and hashed again",
    `update audit_events set actor = 'x' where seq = 4; ${rehash("seq = 4")}`,
    ["missing@4"],
  ],
  ["a row deleted", "delete from audit_events where seq = 4", ["gap@3", "missing@3"]],
  [
    "rows deleted",
    "delete from audit_events where seq in (4, 5, 8)",
    ["gap@3", "missing@3", "gap@5", "missing@5"],
  ],
  ["the first row deleted", "delete from audit_events where seq = 1", ["gap@0", "missing@0"]],
  ["the last rows deleted", "delete from audit_events where seq > 8", ["head-mismatch@7"]],
  ["every row deleted", "truncate audit_events", ["head-mismatch@0"]],
  [
    "seq of two rows swapped",
    "update audit_events set seq = 99 where seq = 4; update audit_events set seq = 4 where seq = 5; update audit_events set seq = 5 where seq = 99",
    ["altered@3", "fork@3", "altered@4", "fork@4", "fork@5"],
  ],
  [
    "content of two rows swapped",
    "update audit_events a set actor = 'x' where seq = 4; update audit_events a set action = b.action || 'x' from audit_events b where a.seq = 5 and b.seq = 4",
    ["altered@3", "altered@4"],
  ],
  ["a row inserted that is not linked", copyRow(3, "forged", null, "null"), ["unlinked@10"]],
  ["a row inserted at the end", copyRow(3, "forged", 11, hashOf(10)), ["head-mismatch@10"]],
  ["a row inserted after another", copyRow(3, "forged", 11, hashOf(5)), ["fork@10", "head-mismatch@10"]],
  ["a second beginning", copyRow(3, "forged", 11, genesis), ["extra-genesis@10", "head-mismatch@10"]],
  ["a row inserted far away", copyRow(3, "forged", 99, hashOf(10)), ["gap@10", "head-mismatch@10"]],
  ["the head's hash changed", "update audit_chain_head set row_hash = repeat('0', 64)", ["head-mismatch@9"]],
  ["the head's seq changed", "update audit_chain_head set seq = 9", ["head-mismatch@9"]],
  ["the head deleted", "delete from audit_chain_head", ["missing@0", "head-mismatch@9"]],
  ["the chain's name changed", "update audit_chain_head set chain_id = gen_random_uuid()", ["missing@0"]],
  [
    "details erased in silence",
    "update audit_events set details = null, details_salt = null where seq = 4",
    ["redaction-unrecorded@3"],
  ],
  [
    "details erased, the salt kept",
    "update audit_events set details = null where seq = 4",
    ["details-altered@3"],
  ],
  ["an event that tells of a redaction that was not made", redacted("e4"), ["redaction-undone@10"]],
  [
    "an event that tells of a redaction of no row",
    `${redacted("e4")}; update audit_events set resource_id = 'e99' where seq = 11; ${rehash("seq = 11")}; update audit_chain_head set row_hash = encode(${hashOf(11)}, 'hex')`,
    ["redaction-invalid@10"],
  ],
  [
    "an event that tells of a redaction in no words",
    `${redacted("e4")}; update audit_events set details = '7', details_hash = audit_events_details_hash(details_salt, '7') where seq = 11; ${rehash("seq = 11")}; update audit_chain_head set row_hash = encode(${hashOf(11)}, 'hex')`,
    ["redaction-invalid@10"],
  ],
  ["a trigger disabled", "alter table audit_events disable trigger audit_events_stay", ["guard-changed@-1"]],
  ["a trigger dropped", "drop trigger audit_events_truncate on audit_events", ["guard-changed@-1"]],
  [
    "a function replaced",
    "create or replace function audit_events_verify_chain() returns table (first_break_id text, first_break_pos integer, row_count integer) language sql as 'select null::text, -1, 0'",
    ["guard-changed@-1"],
  ],
  [
    "a function of another owner",
    "alter function audit_events_link() owner to stranger",
    ["guard-changed@-1"],
  ],
  ["a table of another owner", "alter table audit_chain_pruned owner to stranger", ["guard-changed@-1"]],
  ["a privilege granted", "grant update (actor) on audit_events to stranger", ["guard-changed@-1"]],
  [
    "a trigger of one's own",
    "create function f() returns trigger language plpgsql as 'begin return new; end'; create trigger zz before insert on audit_events for each row execute function f()",
    ["guard-changed@-1"],
  ],
  ["row security", "alter table audit_events enable row level security", ["guard-changed@-1"]],
];

for (const major of majors) {
  const cluster = await startTestCluster(major);
  await prepareChains(cluster);

  describe(`what was done to a chain on PostgreSQL ${major}`, () => {
    test.each(faults)("%s", async (_, statements, classes) => {
      await using chain = await chainDatabase(cluster);
      await appendRows(chain.owner, 10);
      await tamper(chain.admin, statements);
      await chain.sql.unsafe("begin isolation level repeatable read read only");
      const { live: seen } = await verifyTwice(chain.owner);
      await chain.sql.unsafe("rollback");
      expect(classesOf(seen)).toEqual(classes);
      const first = seen.findings.find((each) => each.position >= 0);
      expect([seen.firstBreakPos, seen.firstBreakId]).toEqual([first?.position ?? -1, first?.id ?? ""]);
    });

    test("a seq twice", async () => {
      await using chain = await chainDatabase(cluster);
      await appendRows(chain.owner, 10);
      const drop = "alter table audit_events drop constraint audit_events_seq_key";
      await tamper(chain.admin, `${drop}; ${copyRow(3, "forged", 4, hashOf(3))}`);
      const classes = classesOf(await verifyIn(chain.owner));
      // Which of the two comes first is not said; either way the other one is the fork.
      for (const each of ["guard-changed@-1", "duplicate-seq@4", "fork@4"]) expect(classes).toContain(each);
    });
  });
}
