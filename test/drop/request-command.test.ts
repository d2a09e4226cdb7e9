import { describe, expect, test } from "bun:test";
import type { DropState } from "../../src/chokepoint/drop.ts";
import { startTestApi } from "../support/api-server.ts";
import type { TestApi } from "../support/api-server.ts";
import { documentOf } from "../support/run-custody.ts";
import { runDrop } from "../support/run-drop.ts";

const request = (name: string, ...more: string[]): string[] => [
  "request",
  "customers",
  "postgres",
  name,
  "--token",
  "t42",
  "--request-id",
  `r-${name}`,
  "--reason",
  "expired",
  ...more,
];

describe("custody drop request", () => {
  test.each([
    ["db_1", 0, "accepted", "fenced"],
    ["db_held_1", 0, "held", "held"],
    ["db_noop_1", 0, "noop", "noop"],
    ["db_refused_1", 1, "refused", "refused"],
    ["db_passing_1", 1, "refused", "refused"],
  ] as const)("%s ends with %d: %s", async (name, code, verdict, state) => {
    await using api = await startTestApi();
    const told = await runDrop(request(name, "--output", "json"), api);
    expect([told.code, told.stderr]).toEqual([code, ""]);
    expect(documentOf(told)).toMatchObject({
      v: 1,
      command: "drop request",
      verdict,
      error: null,
      drop: { state, provider_resource_id: name, request_id: `r-${name}`, token: "t42", caller: "oncall" },
      plan: null,
    });
  });

  test("a held one says so, and who can do what about it", async () => {
    await using api = await startTestApi();
    const told = await runDrop(request("db_held_1", "--part", "role=usr_1"), api, { as: "provisioner" });
    expect(told.code).toBe(0);
    expect(told.stdout).toMatch(/^next: custody drop approve [0-9a-f-]{36}, by another person, until 2026-/m);
    expect(told.stdout).toMatch(/^HELD drop_id=[0-9a-f-]{36} target=customers name=db_held_1$/m);
    expect(told.stdout).toMatch(/^role {9}usr_1$/m);
  });

  test("--dry-run shows sizes, steps and what would say no, and asks for nothing", async () => {
    await using api = await startTestApi();
    const told = await runDrop(request("db_held_1", "--dry-run"), api);
    expect(told.stdout).toContain("322 MB to dump, 3 sessions of others");
    expect(told.stdout).toMatch(/^database {2}db_held_1 {2}16384 {2}322 MB$/m);
    expect(told.stdout).toContain(" 2. fence");
    expect(told.stdout).toContain("WOULD BE HELD");
    const refused = await runDrop(request("db_refused_1", "--dry-run", "--output", "json"), api);
    expect([refused.code, documentOf(refused)["verdict"]]).toEqual([1, "would-be-refused"]);
    expect(api.chokepoint.calls).toEqual(["plan", "plan"]);
  });

  test("a request_id that stands for something else, an unknown target, a type that is none", async () => {
    await using api = await startTestApi();
    await runDrop(request("db_1"), api);
    const other = await runDrop([...request("db_2"), "--request-id", "r-db_1", "--output", "json"], api);
    expect(other.code).toBe(2);
    const taken = await runDrop(
      ["request", "customers", "postgres", "db_2", "--token", "t", "--request-id", "r-db_1", "--reason", "x"],
      api,
    );
    expect([taken.code, taken.stderr]).toEqual([
      2,
      expect.stringContaining("asks for something else") as string,
    ]);
    const nowhere = await runDrop(["request", "nowhere", ...request("db_1").slice(2)], api);
    expect([nowhere.code, nowhere.stderr]).toEqual([
      2,
      expect.stringContaining("customers, others") as string,
    ]);
    const table = await runDrop(["request", "customers", "table", ...request("db_1").slice(3)], api);
    expect(table.code).toBe(2);
  });

  test("it cannot be asked: nobody there, a wrong token, none, too few scopes, a ledger that is down", async () => {
    const gone = await startTestApi();
    await gone.server[Symbol.asyncDispose]();
    const unreachable = await runDrop(request("db_1", "--output", "json"), gone);
    expect([unreachable.code, documentOf(unreachable)]).toMatchObject([
      3,
      { command: "drop request", verdict: "not-run", error: { code: "unreachable" } },
    ]);
    await using api = await startTestApi();
    for (const [as, code, error] of [
      ["nobody", 3, "authentication-failed"],
      [null, 3, "authentication-failed"],
      ["reader", 3, "permission-denied"],
    ] as const) {
      const told = await runDrop(request("db_1", "--output", "json"), api, { as });
      expect([as, told.code, documentOf(told)["error"]]).toMatchObject([as, code, { code: error }]);
      expect(told.stdout + told.stderr).not.toContain("0123456789abcdef");
    }
    api.chokepoint.world.isLedgerDown = true;
    const down = await runDrop(request("db_1", "--output", "json"), api);
    expect([down.code, documentOf(down)["error"]]).toMatchObject([
      3,
      { code: "server-error", message: "the ledger cannot be written" },
    ]);
  });

  test("the token comes from a file or the environment, and an address holds none", async () => {
    await using api = await startTestApi();
    const { hostname, port } = new URL(api.server.address);
    const told = await runDrop(request("db_1", "--api", `http://me:hunter2@${hostname}:${port}`), api);
    expect(told.code).toBe(2);
    expect(told.stderr).not.toContain("hunter2");
    const missing = await runDrop(request("db_1", "--token-file", "nowhere"), api);
    expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining("--token-file") as string]);
  });
});

describe("--wait", () => {
  const moveNewest = async (api: TestApi, states: readonly DropState[]): Promise<void> => {
    const [drop] = await api.chokepoint.list({ limit: 1 });
    for (const state of states) api.chokepoint.move(drop!.dropId, state);
  };

  /** Moves the only drop once the command has said so much. */
  const whenSaid = (api: TestApi, said: string, states: readonly DropState[]) => {
    let printed = "";
    let isDone = false;
    return (text: string): void => {
      printed += text;
      if (isDone || !printed.includes(said)) return;
      isDone = true;
      void moveNewest(api, states);
    };
  };

  test("follows until the tombstone is proved", async () => {
    await using api = await startTestApi();
    const told = await runDrop(request("db_1", "--wait"), api, {
      onOutput: whenSaid(api, "fenced: out of reach", ["tombstoned", "proved", "completed"]),
    });
    expect(told.code).toBe(0);
    expect(told.stdout).toContain("COMPLETED drop_id=");
  });

  test("what is denied ends with 1", async () => {
    await using api = await startTestApi();
    const told = await runDrop(request("db_held_1", "--wait", "--output", "jsonl"), api, {
      onOutput: whenSaid(api, '"drop-moved"', ["denied"]),
    });
    const last = JSON.parse(told.stdout.trimEnd().split("\n").at(-1)!) as Record<string, unknown>;
    expect([told.code, last["verdict"]]).toEqual([1, "denied"]);
  });

  test("interrupted, it says what goes on without it", async () => {
    await using api = await startTestApi();
    const interruption = new AbortController();
    const told = await runDrop(request("db_held_1", "--wait"), api, {
      signal: interruption.signal,
      onOutput: (text) => {
        if (text.includes("held: ")) interruption.abort();
      },
    });
    expect(told.code).toBe(130);
    expect(told.stderr).toMatch(/drop [0-9a-f-]{36} goes on without this command: it was held/);
    expect(told.stderr).toMatch(/custody drop show [0-9a-f-]{36}/);
  });
});

describe("what nobody can bring back", () => {
  const args = [
    "request",
    "others",
    "postgres",
    "db_9",
    "--token",
    "t",
    "--request-id",
    "r9",
    "--reason",
    "x",
  ];

  test("without a terminal it is confirmed by a flag that says the same", async () => {
    await using api = await startTestApi();
    const none = await runDrop(args, api);
    expect([none.code, none.stderr]).toEqual([
      2,
      expect.stringContaining("--confirm db2.example/db_9") as string,
    ]);
    const wrong = await runDrop([...args, "--confirm", "db1.example/db_9"], api);
    expect(wrong.code).toBe(2);
    expect(api.chokepoint.calls).toEqual([]);
    const right = await runDrop([...args, "--confirm", "db2.example/db_9"], api);
    expect(right.code).toBe(0);
  });

  test("at a terminal somebody types it", async () => {
    await using api = await startTestApi();
    const wrong = await runDrop(args, api, { isTTY: true, typed: "yes\n" });
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain("Nobody can undo this: db_9 on others (db2.example)");
    expect(api.chokepoint.calls).toEqual([]);
    const right = await runDrop(args, api, { isTTY: true, typed: "db2.example/db_9\n" });
    expect(right.code).toBe(0);
    expect(api.chokepoint.calls).toEqual(["request"]);
  });

  test("a flag that is given is right also where there is a way back", async () => {
    await using api = await startTestApi();
    expect((await runDrop(request("db_1", "--confirm", "db2.example/db_1"), api)).code).toBe(2);
    expect((await runDrop(request("db_1", "--confirm", "db1.example/db_1"), api)).code).toBe(0);
  });
});
