import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "../../src/postgres/connect.ts";
import { buildProgram } from "../support/build-program.ts";
import { startTestCluster } from "../support/cluster.ts";
import { startStory } from "../support/drop-story.ts";
import type { Story } from "../support/drop-story.ts";
import { startNats } from "../support/nats-server.ts";
import { readKeys, startRedis } from "../support/redis-server.ts";
import type { Told } from "../support/run-custody.ts";
import { dsnOf } from "../support/run-custody.ts";

const { settings } = await startTestCluster(15);
const redis = await startRedis();
const nats = await startNats();
const home = mkdtempSync(join(tmpdir(), "drop-story-"));
let story: Story;

beforeAll(async () => {
  chmodSync(home, 0o755);
  story = await startStory(buildProgram(home), home, { settings, redis, nats });
}, 60_000);
afterAll(async () => {
  await story[Symbol.asyncDispose]();
  await nats[Symbol.asyncDispose]();
  await redis[Symbol.asyncDispose]();
  rmSync(home, { recursive: true, force: true });
});

/** How much there is under the old name: rows, keys, messages. */
const holdings = {
  async customers() {
    await using session = await connect(settings, { applicationName: "test" });
    const [found] = await session.sql`select from pg_database where datname = 'db_acme'`;
    if (found === undefined) return 0;
    await using inside = await connect({ ...settings, database: "db_acme" }, { applicationName: "test" });
    const [row] = await inside.sql<{ count: number }[]>`select count(*)::int as count from public.orders`;
    return row?.count ?? -1;
  },
  async cache() {
    await using client = await redis.connect();
    return (await readKeys(client, "acme:")).length;
  },
  async queues() {
    const { streams } = await jetstreamManager(await nats.connect());
    for await (const { config, state } of streams.list())
      if (config.name === "db_orders" && config.subjects?.includes("orders.>")) return state.messages;
    return 0;
  },
};

/** The exit code, what was told as an error, and the last line, without the run's own id. */
function endOf({ code, stdout, stderr }: Told): readonly unknown[] {
  return [code, stderr, (stdout.trimEnd().split("\n").at(-1) ?? "").replace(/drop_id=\S+/, "drop_id=ID")];
}

function dropIn({ stdout }: Told): string {
  return /^drop +(\S+)$/m.exec(stdout)?.[1] ?? "";
}

describe.each([
  { target: "customers", type: "postgres", name: "db_acme" },
  { target: "cache", type: "redis", name: "usr_acme" },
  { target: "queues", type: "queue", name: "db_orders" },
] as const)("the compiled program, a drop on $target", ({ target, type, name }) => {
  const ask = (id: string): Promise<Told> => {
    const flags = ["--token", "acme", "--request-id", `${target}-${id}`, "--reason", "the customer left"];
    return story.run(["drop", "request", target, type, name, ...flags], "provisioner");
  };
  const told = `drop_id=ID target=${target} name=${name}`;
  let held = 0;

  test("is held, seen, approved, proved, and undone", async () => {
    held = await holdings[target]();
    expect(held).toBeGreaterThan(10);
    const asked = await ask("1");
    expect(endOf(asked)).toEqual([0, "", `HELD ${told}`]);
    const id = dropIn(asked);
    const listed = await story.run(["drop", "list", "--state", "held", "--target", target], "ann");
    expect([listed.code, listed.stdout]).toEqual([
      0,
      expect.stringMatching(new RegExp(`${id}  held .* ${name} +prov`)),
    ]);
    const waiting = await story.run(["drop", "show", id], "ann");
    expect(waiting.stdout).toContain(`next: custody drop approve ${id}, by another person, until `);
    expect(endOf(await story.run(["drop", "approve", id], "provisioner"))[0]).toBe(3);
    const approved = await story.run(["drop", "approve", id, "--comment", "ticket 4711", "--wait"], "ann");
    expect(endOf(approved)).toEqual([0, "", `COMPLETED ${told} outcome=ok`]);
    expect(approved.stdout).toContain("proved: the dump restores to the same\n");
    expect(await holdings[target]()).toBe(0);
    const shown = await story.run(["drop", "show", id, "--output", "json"], "ann");
    const { verdict, drop } = JSON.parse(shown.stdout) as {
      verdict: string;
      drop: { state: string; approvals: unknown; timeline: { action: string; actor: string }[] };
    };
    expect([verdict, drop.state]).toEqual(["shown", "completed"]);
    expect(drop.approvals).toMatchObject([{ by: "ann", person: "ann", comment: "ticket 4711" }]);
    expect(drop.timeline.map(({ action, actor }) => `${action} ${actor}`)).toEqual([
      "drop.requested provisioner",
      "drop.held provisioner",
      "drop.approved ann",
      "drop.started provisioner",
      "drop.fenced provisioner",
      "drop.tombstoned custody",
      "drop.proved custody",
      "drop.completed custody",
    ]);
    expect(endOf(await story.run(["drop", "undo", id, "--wait"], "ann"))).toEqual([
      0,
      "",
      `UNDONE ${told} outcome=ok`,
    ]);
    expect(await holdings[target]()).toBe(held);
  }, 60_000);

  test("is denied, and nothing was done", async () => {
    const id = dropIn(await ask("2"));
    const denied = await story.run(["drop", "deny", id, "--comment", "they came back"], "ann");
    expect(endOf(denied)).toEqual([0, "", `DENIED ${told} outcome=denied`]);
    expect(await holdings[target]()).toBe(held);
  });

  test("is purged before its time by two people, neither of whom had to do with it", async () => {
    const id = dropIn(await ask("3"));
    expect((await story.run(["drop", "approve", id, "--wait"], "ann")).code).toBe(0);
    const unsaid = await story.run(["drop", "purge", id], "ben");
    const confirm = /--confirm (\S+)/.exec(unsaid.stderr)?.[1] ?? "";
    expect([unsaid.code, confirm]).toEqual([2, expect.stringMatching(new RegExp(`/${name}$`))]);
    const asked = await story.run(["drop", "purge", id, "--confirm", confirm], "ben");
    expect(endOf(asked)).toEqual([0, "", `HELD ${told}`]);
    const purge = dropIn(asked);
    for (const [who, why] of [
      ["ann", "ann approved the drop that is to be purged: a purge takes another"],
      ["ben", "ben asked for it: nobody approves their own"],
    ] as const) {
      const own = await story.run(["drop", "approve", purge], who);
      expect([own.code, own.stdout]).toEqual([1, expect.stringContaining(why)]);
    }
    const approved = await story.run(["drop", "approve", purge, "--wait"], "carl");
    expect(endOf(approved)).toEqual([0, "", `COMPLETED ${told} outcome=ok`]);
    expect(endOf(await story.run(["drop", "show", id], "ann"))).toEqual([0, "", `PURGED ${told} outcome=ok`]);
    expect(await holdings[target]()).toBe(0);
    const undone = await story.run(["drop", "undo", id], "ann");
    expect(undone.code).toBe(1);
  }, 60_000);

  test("is what reconciliation finds for what is gone", async () => {
    const round = await story.run(["drop", "reconcile", "--target", target], "ann");
    expect(endOf(round)).toEqual([0, "", "RECONCILED targets=1"]);
    const json = await story.run(["drop", "reconcile", "--target", target, "--output", "json"], "ann");
    expect(JSON.parse(json.stdout)).toMatchObject({
      verdict: "reconciled",
      targets: [{ name: target }],
      unseen: [],
      findings: [],
    });
  });
});

test("what goes round the proxy is missed", async () => {
  await using client = await redis.connect();
  await client.ask("ACL", "SETUSER", "usr_gone", "on", ">secret");
  expect((await story.run(["drop", "reconcile", "--target", "cache"], "ann")).code).toBe(0);
  await client.ask("ACL", "DELUSER", "usr_gone");
  const round = await story.run(["drop", "reconcile", "--target", "cache"], "ann");
  expect(endOf(round)).toEqual([1, "", "UNRECONCILED findings=1"]);
  expect(round.stdout).toContain("UNATTRIBUTED cache: user usr_gone");
});

test("lockdown finds the server open, closes it, and finds it closed but for pg_hba.conf", async () => {
  const lockdown = (...flags: readonly string[]): Promise<Told> =>
    story.run(["lockdown", "--db-url", dsnOf(settings), "--tenants", "^(db|usr)_", ...flags]);
  const waysOf = ({ stdout }: Told): ReadonlySet<string> => {
    const { servers } = JSON.parse(stdout) as { servers: { findings: { way: string }[] }[] };
    return new Set(servers.flatMap(({ findings }) => findings.map(({ way }) => way)));
  };
  const before = await lockdown("--check", "--output", "json");
  expect([before.code, waysOf(before)]).toEqual([1, new Set(["database-connect", "guard", "hba-trust"])]);
  const applied = await lockdown("--apply");
  expect([applied.code, applied.stdout]).toEqual([
    1,
    expect.stringMatching(/^OPEN findings=\d applied=[1-9]/m),
  ]);
  const after = await lockdown("--check", "--output", "json");
  expect([after.code, waysOf(after)]).toEqual([1, new Set(["hba-trust"])]);
  expect((await lockdown("--apply")).stdout).toMatch(/^OPEN findings=\d applied=0$/m);
});
