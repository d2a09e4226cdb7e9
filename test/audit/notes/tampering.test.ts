import { afterAll, describe, expect, test } from "bun:test";
import { startTestCluster } from "../../support/cluster.ts";
import { stateOf, strangerRole } from "../../support/chain-database.ts";
import { bothKinds, insertAt, prepareBoth } from "../../support/either-chain.ts";
import type { ChainKind, EitherChain } from "../../support/either-chain.ts";
import { temporaryFolder } from "../../support/run-commands.ts";
import { custody, dsnOf } from "../../support/run-custody.ts";
import { ran, signerIn } from "../../support/signer.ts";
import type { Ran } from "../../support/signer.ts";

/** What certctl's own verifier misses: the notes, "missed". Each is found and classed, or the document says that it is not. */

const cluster = await startTestCluster(15);
await prepareBoth(cluster);
const temporary = temporaryFolder();
afterAll(() => temporary[Symbol.dispose]());

/** A statement of a superuser: whatever it takes, the triggers are off. */
const off = "set local session_replication_role = replica;";
const on = "set local session_replication_role = origin;";

interface Line {
  readonly name: string;
  readonly statements: (kind: ChainKind) => string;
  /** Classes that are found without a checkpoint, and with the checkpoints of the first 5 and of all 10 rows. */
  readonly alone: Readonly<Record<ChainKind["profile"], readonly string[]>>;
  readonly anchored: Readonly<Record<ChainKind["profile"], readonly string[]>>;
}

const both = (...classes: readonly string[]): Line["alone"] => ({ custody: classes, certctl: classes });
/** Runs `what` on the chain, then hides it as the owner can. */
const mended =
  (what: string) =>
  ({ remember, mend }: ChainKind): string =>
    `${off} ${remember}; ${what}; ${mend}`;
const plain = (what: string) => (): string => `${off} ${what}`;
/** A forged row after the newest, linked to it. */
const forge = ({ profile }: ChainKind, mend: boolean): string => `
  insert into audit_events (${profile === "custody" ? "recorded_at, recorded_by, details_salt, details_hash, seq, " : ""}
      id, actor, actor_type, action, resource_type, resource_id, details, event_category, timestamp, prev_hash)
    select ${profile === "custody" ? "e.recorded_at, e.recorded_by, e.details_salt, e.details_hash, e.seq + 1, " : ""}
      'forged', e.actor, e.actor_type, e.action, e.resource_type, e.resource_id, e.details, e.event_category, clock_timestamp(), e.row_hash
      from audit_events e where e.id = 'e15';
  update audit_events e set row_hash = ${profile === "custody" ? rowHash : "certctl_hash(e)"} where id = 'forged';
  ${mend ? `update audit_chain_head set ${profile === "custody" ? "seq = 11, " : ""}row_hash = (select ${profile === "custody" ? "encode(row_hash, 'hex')" : "row_hash"} from audit_events where id = 'forged')` : ""}`;
const rowHash = `audit_events_row_hash(prev_hash, seq, id, timestamp, actor, actor_type, action, resource_type, resource_id,
  event_category, recorded_at, recorded_by, details_hash)`;
const writerColumns = `id, actor, actor_type, action, resource_type, resource_id, details, timestamp, event_category`;
const toBC = `update audit_events set timestamp = timestamp - make_interval(years => 2 * extract(year from timestamp)::int - 1) where id =`;
/** Takes the rows out and puts them back through the triggers, one changed on the way. */
const launder =
  (emptyHead: boolean) =>
  ({ profile }: ChainKind): string =>
    `
  create temp table held on commit drop as
    select ${writerColumns} from public.audit_events order by substr(id, 2)::int;
  update held set actor = 'mallory' where id = 'e2'; ${off} truncate audit_events;
  ${emptyHead ? `update audit_chain_head set row_hash = ''${profile === "custody" ? ", seq = 0" : ""};` : ""} ${on}
  insert into audit_events (${writerColumns}) select ${writerColumns} from held order by substr(id, 2)::int`;

const lines: readonly Line[] = [
  { name: "nothing", statements: plain("select 1"), alone: both(), anchored: both() },
  {
    name: "a text changed",
    statements: plain("update audit_events set actor = 'x' where id = 'e4'"),
    alone: both("altered"),
    anchored: both("altered"),
  },
  {
    name: "a text changed, its row and all that follow hashed again",
    statements: mended("update audit_events set actor = 'x' where id = 'e11'"),
    alone: both(),
    anchored: both("rewritten"),
  },
  {
    name: "the whole chain rewritten by its owner",
    statements: mended("update audit_events set actor = 'x' where id = 'e1'"),
    alone: both(),
    anchored: both("rewritten", "rewritten"),
  },
  {
    name: "the last rows deleted",
    statements: plain("delete from audit_events where id in ('e14', 'e15')"),
    alone: both("head-mismatch"),
    anchored: both("head-mismatch", "truncated"),
  },
  {
    name: "the last rows deleted and the head mended",
    statements: ({ cut }) => `${off} ${cut(12)}`,
    alone: both(),
    anchored: both("truncated"),
  },
  {
    name: "TRUNCATE",
    statements: plain("truncate audit_events"),
    alone: both("head-mismatch"),
    anchored: both("head-mismatch", "truncated", "truncated"),
  },
  {
    name: "TRUNCATE and the head mended",
    statements: mended("truncate audit_events"),
    alone: both(),
    anchored: both("truncated", "truncated"),
  },
  {
    name: "a forged last row",
    statements: (kind) => `${off} ${forge(kind, false)}`,
    alone: both("head-mismatch"),
    anchored: both("head-mismatch"),
  },
  {
    // What no verifier can do: nothing newer than the last checkpoint is protected from the owner. `unanchored_rows` tells.
    name: "a forged last row and the head mended",
    statements: (kind) => `${off} ${forge(kind, true)}`,
    alone: both(),
    anchored: both(),
  },
  {
    name: "the last row replaced by another",
    statements: mended("update audit_events set actor = 'x' where id = 'e15'"),
    alone: both(),
    anchored: both("rewritten"),
  },
  {
    name: "text moved across | to the next field",
    statements: plain("update audit_events set actor = 'a', actor_type = 'b|c' where id = 'e15'"),
    alone: { custody: ["altered"], certctl: [] },
    anchored: { custody: ["altered"], certctl: [] },
  },
  {
    name: "NULL made an empty text, a year the same year before Christ",
    statements: plain(`update audit_events set event_category = coalesce(event_category, ''); ${toBC} 'e15'`),
    alone: { custody: ["altered"], certctl: [] },
    anchored: { custody: ["altered"], certctl: [] },
  },
  {
    name: "copied out, truncated, copied in",
    statements: launder(false),
    alone: { custody: ["gap", "missing"], certctl: ["missing"] },
    anchored: {
      custody: ["gap", "missing", "rewritten", "rewritten"],
      certctl: ["missing", "rewritten", "rewritten"],
    },
  },
  {
    name: "copied out, truncated, the head emptied, copied in",
    statements: launder(true),
    alone: both(),
    anchored: both("rewritten", "rewritten"),
  },
  {
    name: "the head deleted",
    statements: plain("delete from audit_chain_head"),
    alone: { custody: ["missing", "head-mismatch"], certctl: ["head-mismatch"] },
    anchored: { custody: ["missing", "head-mismatch"], certctl: ["head-mismatch"] },
  },
  {
    name: "a fork: a second row after one that is there",
    statements: (kind) =>
      `${off} ${forge(kind, false)}; update audit_events set prev_hash = (select prev_hash from audit_events where id = 'e12') where id = 'forged';
       update audit_events e set row_hash = ${kind.profile === "custody" ? rowHash : "certctl_hash(e)"} where id = 'forged'`,
    alone: { custody: ["fork", "head-mismatch"], certctl: ["fork"] },
    anchored: { custody: ["fork", "head-mismatch"], certctl: ["fork"] },
  },
  {
    name: "the payload function replaced: what is written after it gives other hashes",
    statements: ({ profile }) =>
      profile === "custody"
        ? `create or replace function audit_events_row_hash(prev_hash bytea, seq bigint, id text, "timestamp" timestamptz, actor text,
             actor_type text, action text, resource_type text, resource_id text, event_category text, recorded_at timestamptz,
             recorded_by text, details_hash bytea) returns bytea language sql stable parallel safe as 'select sha256(prev_hash)'; ${insertAt("e16", "now()")}`
        : `create or replace function certctl_hash(e audit_events) returns text language sql as $$ select encode(sha256(e.id::bytea), 'hex') $$; ${insertAt("e16", "now()")}`,
    alone: { custody: ["altered", "guard-changed"], certctl: ["altered"] },
    anchored: { custody: ["altered", "guard-changed"], certctl: ["altered"] },
  },
  {
    name: "the verifier inside the database replaced by one that is always content",
    statements: ({ profile }) =>
      profile === "custody"
        ? `create or replace function audit_events_verify_chain() returns table (first_break_id text, first_break_pos integer, row_count integer)
             language sql as 'select null::text, -1, 15'`
        : "create function audit_events_verify_chain() returns table (first_break_id text, first_break_pos integer, row_count integer) language sql as 'select null::text, -1, 15'",
    alone: { custody: ["guard-changed"], certctl: [] },
    anchored: { custody: ["guard-changed"], certctl: [] },
  },
  {
    name: "a temporary table that stands before the head",
    statements: ({ profile }) =>
      `create temp table audit_chain_head (id integer primary key, row_hash text not null${profile === "custody" ? ", seq bigint, chain_id uuid" : ""}) on commit drop;
       insert into pg_temp.audit_chain_head values (1, ''${profile === "custody" ? ", 0, gen_random_uuid()" : ""}); ${insertAt("e16", "now()")}; set constraints all immediate`,
    alone: { custody: [], certctl: ["extra-genesis"] },
    anchored: { custody: [], certctl: ["extra-genesis"] },
  },
];

/** Ten rows, checkpoints of the first five and of all, `one` and `two`; the tenth has a bar in a text. */
async function signedChain(
  kind: ChainKind,
  chain: EitherChain,
): Promise<(...files: string[]) => Promise<Ran>> {
  const name = `signer-${++signers}`;
  const signer = await signerIn(temporary.path, name);
  const sign = async (file: string): Promise<void> => {
    const told = await signer.checkpoint(chain.settings, `${name}-${file}`, ...kind.origin);
    expect(told).toMatchObject({ code: 0 });
  };
  await kind.append(chain.admin, 5);
  await sign("one");
  await kind.append(chain.admin, 4, "e1");
  await chain.admin.sql.unsafe(
    `insert into public.audit_events (id, actor, actor_type, action, resource_type, resource_id) values ('e15', 'a|b', 'c', 'd', 'e', 'f')`,
  );
  await sign("two");
  return (...files) =>
    signer.verify(
      chain.settings,
      files.map((file) => `${name}-${file}`),
    );
}

let signers = 0;

function classesIn({ document }: Ran): readonly string[] {
  return (document["findings"] as readonly { class: string }[]).map((each) => each.class);
}

describe.each(bothKinds)("what was done to a chain of $profile's", (kind) => {
  test.each([...lines])("$name", async ({ statements, alone, anchored }) => {
    await using chain = await kind.create(cluster);
    const verify = await signedChain(kind, chain);
    await chain.admin.sql.unsafe(`begin; ${statements(kind)}; commit`).simple();
    const own = await ran("chain", "verify", "--db-url", dsnOf(chain.settings));
    expect(classesIn(own).toSorted()).toEqual(alone[kind.profile].toSorted());
    expect(own.code).toBe(alone[kind.profile].length === 0 ? 0 : 1);
    const against = await verify("one", "two");
    expect(classesIn(against).toSorted()).toEqual(anchored[kind.profile].toSorted());
    expect(against.code).toBe(anchored[kind.profile].length === 0 ? 0 : 1);
    const notes = JSON.stringify(own.document["notes"]);
    if (kind.profile === "certctl") {
      expect(notes).toContain('joins fields by \\"|\\"');
      expect(notes).toContain("trigger certctl_link on audit_events runs certctl_link() of");
    } else expect(notes).not.toContain("joins fields");
  });

  test("TRUNCATE, DELETE and UPDATE as the owner: refused, or found", async () => {
    await using chain = await kind.create(cluster);
    await kind.append(chain.admin, 3);
    const owner = await chain.open();
    const states: string[] = [];
    for (const each of [
      "truncate audit_events",
      "delete from audit_events",
      "update audit_events set actor = 'x'",
    ])
      states.push(await stateOf(owner.sql.unsafe(each)));
    expect(states).toEqual(
      kind.profile === "custody" ? ["CU001", "CU001", "CU001"] : ["done", "done", "done"],
    );
    const told = await ran("chain", "verify", "--db-url", dsnOf(chain.settings));
    expect(classesIn(told)).toEqual(kind.profile === "custody" ? [] : ["head-mismatch"]);
  });

  test("text moved across | : certctl's limit is printed for people too", async () => {
    await using chain = await kind.create(cluster);
    await kind.append(chain.admin, 1);
    const told = await custody(["chain", "verify", "--db-url", dsnOf(chain.settings)]);
    expect(told.code).toBe(0);
    expect(/moved across.* NULL .* BC/.test(told.stdout + told.stderr)).toBe(kind.profile === "certctl");
  });

  test("row security that hides rows is an error", async () => {
    await using chain = await kind.create(cluster);
    await kind.append(chain.admin, 3);
    await chain.admin.sql.unsafe(
      `grant select on audit_events, audit_chain_head to ${strangerRole}; alter table audit_events enable row level security;
       create policy partial on audit_events for select using (id <> 'e2')`,
    );
    const told = await ran("chain", "verify", "--db-url", dsnOf(chain.settings, strangerRole));
    expect(told).toMatchObject({ code: 3, document: { error: { code: "permission-denied" } } });
  });

  test("a view in place of the table is not read", async () => {
    await using chain = await kind.create(cluster);
    await kind.append(chain.admin, 3);
    await chain.admin.sql.unsafe(
      "alter table audit_events rename to hidden; create view audit_events as select * from hidden where id <> 'e3'",
    );
    const told = await ran("chain", "verify", "--db-url", dsnOf(chain.settings));
    expect(told).toMatchObject({ code: 2, document: { error: { code: "foreign-schema" } } });
  });

  test("a restore of an older backup of the same cluster is truncated, by the checkpoint", async () => {
    await using chain = await kind.create(cluster);
    const verify = await signedChain(kind, chain);
    await chain.admin.sql.unsafe(`begin; ${off} ${kind.cut(5)}; commit`).simple();
    expect(await verify("one")).toMatchObject({ code: 0 });
    const told = await verify("one", "two");
    expect(classesIn(told)).toEqual(["truncated"]);
  });
});
