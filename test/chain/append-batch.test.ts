import { describe, expect, test } from "bun:test";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { appendBatch } from "../../src/audit/append-batch.ts";
import type { BatchEvent } from "../../src/audit/append-batch.ts";
import { InterruptedError } from "../../src/errors.ts";
import { startTestCluster } from "../support/cluster.ts";
import { appenderRole, chainDatabase, firstBreak, prepareChains } from "../support/chain-database.ts";
import type { ChainDatabase } from "../support/chain-database.ts";
import { temporaryFolder } from "../support/run-commands.ts";
import { custody, documentOf, dsnOf, lastLine } from "../support/run-custody.ts";
import type { Told } from "../support/run-custody.ts";

const cluster = await startTestCluster(15);
await prepareChains(cluster);

const main = join(import.meta.dirname, "../../src/main.ts");

const event = (over: Readonly<Record<string, unknown>> = {}): string =>
  JSON.stringify({
    actor: "ann",
    actor_type: "User",
    action: "came",
    resource_type: "door",
    resource_id: "1",
    ...over,
  });
const many = (count: number): string =>
  Array.from({ length: count }, (_, at) => `${event({ id: `e${at + 1}` })}\n`).join("");

function append({ settings }: ChainDatabase, stdin: string, ...flags: readonly string[]): Promise<Told> {
  return custody(
    ["chain", "append", "--db-url", dsnOf(settings), "--batch", "-", "--output", "json", ...flags],
    stdin,
  );
}

async function rowsOf(chain: ChainDatabase): Promise<number> {
  return (await firstBreak(chain.owner)).rows;
}

describe("chain append --batch", () => {
  test("appends every line in order, and says where they stand; details stay to the digit", async () => {
    await using chain = await chainDatabase(cluster);
    await append(chain, many(2));
    const exact =
      '{"b": 1.50, "a": 12345678901234567890.1234567890, "b2": 1E400, "t": "\\u00e9\\ud83d\\ude00"}';
    const whole = `{"timestamp": "2026-01-02 03:04:05.678901Z", "id": "x", "event_category": "doors", "actor": "Zoë", "actor_type": "", "action": "|", "resource_type": "a\\"b", "resource_id": "{:,[", "details": ${exact}}`;
    const told = await append(chain, `${whole}\n\n${event({ details: null })}\r\n${event()}`);
    expect([told.code, told.stderr]).toEqual([0, ""]);
    const [head] = await chain.sql`select row_hash from audit_chain_head`;
    expect(documentOf(told)).toMatchObject({
      v: 1,
      command: "chain append",
      verdict: "appended",
      error: null,
      appended: 3,
      skipped: 0,
      first_seq: 3,
      last_seq: 5,
      row_hash: head!["row_hash"],
    });
    const rows = await chain.sql`select id, actor, action, resource_type, resource_id, event_category,
        details::text, details = ${exact}::text::jsonb as is_exact,
        "timestamp" = '2026-01-02 03:04:05.678901Z' as is_given from audit_events where seq > 2 order by seq`;
    expect(rows[0]).toMatchObject({
      id: "x",
      actor: "Zoë",
      action: "|",
      resource_type: 'a"b',
      resource_id: "{:,[",
      event_category: "doors",
      is_exact: true,
      is_given: true,
    });
    expect(String(rows[0]!["details"])).toContain('"a": 12345678901234567890.1234567890');
    expect(String(rows[0]!["details"])).toContain('"b": 1.50');
    expect(rows.slice(1).map((row) => [row["details"], row["event_category"], row["is_given"]])).toEqual([
      ["null", "general", false],
      ["null", "general", false],
    ]);
    expect(await firstBreak(chain.owner)).toEqual({ id: null, pos: -1, rows: 5 });
  });

  test("takes a batch of nothing, and a file", async () => {
    await using chain = await chainDatabase(cluster);
    expect(documentOf(await append(chain, "\n"))).toMatchObject({
      appended: 0,
      first_seq: null,
      error: null,
    });
    using folder = temporaryFolder();
    const path = join(folder.path, "events.jsonl");
    writeFileSync(path, many(3));
    const flags = ["chain", "append", "--db-url", dsnOf(chain.settings), "--batch"];
    expect(lastLine((await custody([...flags, path])).stdout)).toMatch(
      /^APPENDED events=3 skipped=0 seq=1\.\.3 row_hash=[0-9a-f]{64}$/,
    );
    const missing = await custody([...flags, join(folder.path, "none")]);
    expect([missing.code, missing.stderr.split("\n").length]).toEqual([3, 3]);
  });

  const wrongLines: readonly (readonly [string, string, string])[] = [
    ["no JSON", "{", "it is no JSON"],
    ["no object", "[1]", "it is no JSON object"],
    ["an unknown key", event({ actr: "x" }), "unknown key: actr"],
    ["a column of the triggers", event({ seq: 1 }), "unknown key: seq"],
    ["the prototype", '{"__proto__": {}}', "unknown key: __proto__"],
    ["a number for a text", event({ actor: 1 }), "actor is no string"],
    ["a null for a text", event({ id: null }), "id is no string"],
    ["a key twice", event().replace("{", '{"actor": "bob", '), "a key twice"],
    ["a missing key", event().replace('"action":"came",', ""), "it has no action"],
    ["a reserved action", event({ action: "audit.x" }), "reserved"],
    ["a bad time", event({ timestamp: "yesterday-ish" }), "yesterday-ish"],
    ["a long id", event({ id: "x".repeat(256) }), "at most 255"],
    ["a NUL", event({ details: "\u0000" }), "the event is refused"],
    ["half a surrogate", event({ actor: "\ud800" }), "the event is refused"],
    ["an id that is there", event({ id: "old" }), "duplicate key"],
    ["an id of the batch", event({ id: "e7" }), "duplicate key"],
    ["details that are too long", event({ details: "x".repeat(1_048_576) }), "at most 1048576"],
    ["a line without an end", `"${"x".repeat(5_000_000)}"`, "longer than"],
  ];

  test.each(wrongLines)(
    "refuses a batch for %s, names the line and appends nothing",
    async (_, line, why) => {
      await using chain = await chainDatabase(cluster);
      await append(chain, event({ id: "old" }));
      // Behind a first statement's worth of events, so that it is found in a later one.
      const told = await append(chain, `${many(600)}${line}\n${event()}\n`);
      expect([told.code, told.stderr.trimEnd().split("\n").length]).toEqual([2, 2]);
      expect(documentOf(told)).toMatchObject({
        verdict: "not-run",
        appended: 0,
        error: { code: "bad-input" },
      });
      expect(told.stderr).toContain("line 601: ");
      expect(told.stderr).toContain(why);
      expect(await rowsOf(chain)).toBe(1);
    },
  );

  test("refuses a redaction that is none, which only its link tells", async () => {
    await using chain = await chainDatabase(cluster);
    const told = await append(chain, `${many(2)}${event({ action: "audit.redacted" })}\n`);
    expect([told.code, await rowsOf(chain)]).toEqual([2, 0]);
  });

  test("repeated with --on-conflict skip appends what is not there; it needs ids", async () => {
    await using chain = await chainDatabase(cluster);
    await append(chain, many(700));
    const again = await append(chain, many(1200), "--on-conflict", "skip");
    expect(documentOf(again)).toMatchObject({ appended: 500, skipped: 700, first_seq: 701, last_seq: 1200 });
    const third = await append(chain, many(1200), "--on-conflict", "skip");
    expect(documentOf(third)).toMatchObject({ appended: 0, skipped: 1200, first_seq: null, last_seq: null });
    const without = await append(chain, event(), "--on-conflict", "skip");
    expect([without.code, without.stderr.includes("line 1: it has no id")]).toEqual([2, true]);
    expect(await firstBreak(chain.owner)).toEqual({ id: null, pos: -1, rows: 1200 });
  });

  test("needs no more than an appender's rights", async () => {
    await using chain = await chainDatabase(cluster);
    const flags = ["chain", "append", "--db-url", dsnOf(chain.settings, appenderRole), "--batch", "-"];
    const told = await custody([...flags, "--on-conflict", "skip", "--output", "json"], many(3));
    expect(documentOf(told)).toMatchObject({ appended: 3, skipped: 0, first_seq: null, row_hash: null });
    expect(await rowsOf(chain)).toBe(3);
  });

  test("stands alone: an event's flags beside it are refused, and --on-conflict without it", async () => {
    await using chain = await chainDatabase(cluster);
    for (const flag of ["actor", "actor-type", "details"])
      expect((await append(chain, event(), `--${flag}`, "x")).stderr).toContain(`--${flag} cannot stand`);
    const args = ["chain", "append", "--db-url", dsnOf(chain.settings), "--actor", "a", "--action", "b"];
    expect((await custody([...args, "--resource", "c/d", "--on-conflict", "skip"])).code).toBe(2);
    expect((await custody(args)).stderr).toContain("--resource is missing");
    expect(await rowsOf(chain)).toBe(0);
  });

  test("is interrupted while it waits for more, and appends nothing", async () => {
    await using chain = await chainDatabase(cluster);
    const controller = new AbortController();
    const sent = Promise.withResolvers<undefined>();
    async function* endless(): AsyncGenerator<BatchEvent, void> {
      for (let line = 1; line <= 1000; line += 1) yield { line, json: event() };
      sent.resolve(undefined);
      await new Promise(() => undefined);
    }
    const session = await chain.open();
    const options = {
      onConflict: "refuse",
      signal: controller.signal,
      onCommit: () => undefined,
      onProgress: () => undefined,
    } as const;
    const batch = appendBatch(session, { schema: "public" }, endless(), options).catch(
      (error: unknown) => error,
    );
    await sent.promise;
    controller.abort();
    expect(await batch).toBeInstanceOf(InterruptedError);
    await session[Symbol.asyncDispose]();
    expect(await rowsOf(chain)).toBe(0);
  });

  test("appends 100 000 lines in flat memory", async () => {
    await using chain = await chainDatabase(cluster);
    using folder = temporaryFolder();
    const details = { serial: "d41d8cd98f00b204e9800998ecf8427e".repeat(20) };
    const linesOf = (prefix: string, count: number): string => {
      const path = join(folder.path, prefix);
      const lines = Array.from({ length: count }, (_, at) => `${event({ id: `${prefix}${at}`, details })}\n`);
      writeFileSync(path, lines.join(""));
      return path;
    };
    const few = await residentMb(chain, linesOf("few", 100));
    // 80 MB.
    const most = await residentMb(chain, linesOf("most", 100_000));
    expect(most - few).toBeLessThan(60);
    expect(await firstBreak(chain.owner)).toEqual({ id: null, pos: -1, rows: 100_100 });
  }, 180_000);
});

/** The most memory that a process of its own held while it appended a file. */
async function residentMb(chain: ChainDatabase, path: string): Promise<number> {
  const args = ["chain", "append", "--db-url", dsnOf(chain.settings), "--batch", path];
  const child = spawn(process.execPath, [main, ...args], { cwd: dirname(path), stdio: "ignore" });
  const ended = once(child, "close");
  let most = 0;
  const sampler = setInterval(() => {
    const status = existsSync(`/proc/${child.pid}/status`)
      ? readFileSync(`/proc/${child.pid}/status`, "utf8")
      : "";
    most = Math.max(most, Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024);
  }, 20);
  const [code] = await ended;
  clearInterval(sampler);
  expect(code).toBe(0);
  return most;
}
