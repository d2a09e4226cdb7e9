import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { requestBody, startTestApi, tokenOf } from "../support/api-server.ts";
import type { TestApi } from "../support/api-server.ts";
import { temporaryFolder } from "../support/run-commands.ts";
import { documentOf } from "../support/run-custody.ts";
import { runDrop } from "../support/run-drop.ts";

async function ask(api: TestApi, name: string, as = "oncall", target = "customers"): Promise<string> {
  const answer = await api.ask("/v1/drops", { as, body: requestBody(name, { target }) });
  return ((await answer.json()) as { drop_id: string }).drop_id;
}

describe("a word about a drop", () => {
  test("approve: not by who asked, by another, not twice", async () => {
    await using api = await startTestApi();
    const id = await ask(api, "db_held_1");
    const own = await runDrop(["approve", id, "--output", "json"], api);
    expect([own.code, documentOf(own)]).toMatchObject([
      1,
      { command: "drop approve", verdict: "refused", reason: "nobody approves their own", drop: null },
    ]);
    const other = await runDrop(["approve", id, "--comment", "seen"], api, { as: "second" });
    expect(other.code).toBe(0);
    expect(other.stdout).toMatch(/^FENCED drop_id=/m);
    expect(other.stdout).toMatch(/^approvals {4}1 of 1, second \(ben\) at /m);
    expect(other.stdout).toMatch(/^next: custody drop undo .* it is destroyed at 2026-12-/m);
    const twice = await runDrop(["approve", id], api, { as: "second" });
    expect([twice.code, twice.stdout]).toEqual([1, expect.stringContaining("REFUSED approve") as string]);
  });

  test("deny ends with 0: it did what was asked", async () => {
    await using api = await startTestApi();
    const told = await runDrop(["deny", await ask(api, "db_held_1"), "--output", "json"], api, {
      as: "second",
    });
    expect([told.code, documentOf(told)]).toMatchObject([0, { verdict: "done", drop: { state: "denied" } }]);
  });

  test("ticket: shown once, with what to do with it; not for one's own", async () => {
    await using api = await startTestApi();
    const id = await ask(api, "db_refused_1");
    const own = await runDrop(["ticket", id], api);
    expect([own.code, own.stdout]).toEqual([1, expect.stringContaining("REFUSED ticket") as string]);
    const told = await runDrop(["ticket", id, "--comment", "agreed"], api, { as: "second" });
    const ticket = `${id}.${"A".repeat(43)}`;
    expect(told.code).toBe(0);
    expect(told.stdout).toContain(`with /* custody-ticket='${ticket}' */ in it`);
    expect(told.stdout.trimEnd().endsWith(`TICKET ${ticket}`)).toBe(true);
    const again = await runDrop(["ticket", id, "--output", "json"], api, { as: "second" });
    expect(documentOf(again)).toMatchObject({
      verdict: "done",
      ticket,
      expires_at: expect.any(String) as string,
    });
  });

  test("undo, under another name, and followed", async () => {
    await using api = await startTestApi();
    const told = await runDrop(
      ["undo", await ask(api, "db_1"), "--as", "db_1b", "--wait", "--output", "json"],
      api,
    );
    expect([told.code, documentOf(told)]).toMatchObject([
      0,
      { verdict: "done", drop: { state: "undone", undone_as: "db_1b" } },
    ]);
  });

  test("undo is followed where no viewer has a place: the drop itself is looked at", async () => {
    await using api = await startTestApi(undefined, (usual) => ({
      ...usual,
      hub: { ...usual.hub, viewersOfCaller: 0 },
    }));
    expect((await api.ask("/v1/events")).status).toBe(429);
    const told = await runDrop(["undo", await ask(api, "db_1"), "--wait", "--output", "json"], api);
    expect([told.code, documentOf(told)]).toMatchObject([0, { drop: { state: "undone" } }]);
  });

  test("purge is confirmed by host and name, and held for another person", async () => {
    await using api = await startTestApi();
    const id = await ask(api, "db_1");
    const none = await runDrop(["purge", id], api);
    expect([none.code, none.stderr]).toEqual([
      2,
      expect.stringContaining("--confirm db1.example/db_1") as string,
    ]);
    expect(api.chokepoint.calls).toEqual(["request"]);
    const told = await runDrop(["purge", id, "--confirm", "db1.example/db_1", "--output", "json"], api);
    expect([told.code, documentOf(told)]).toMatchObject([0, { verdict: "held", drop: { purges: id } }]);
  });

  test("a drop that is not there, and a scope that is missing", async () => {
    await using api = await startTestApi();
    const nothing = "6f1c1f6e-0000-4000-8000-000000000000";
    for (const word of ["approve", "deny", "undo", "purge", "show"]) {
      const told = await runDrop([word, nothing, "--output", "json"], api);
      expect([word, told.code, documentOf(told)["error"]]).toMatchObject([word, 2, { code: "bad-input" }]);
    }
    const id = await ask(api, "db_held_1");
    const told = await runDrop(["approve", id, "--output", "json"], api, { as: "provisioner" });
    expect([told.code, documentOf(told)["error"]]).toMatchObject([3, { code: "permission-denied" }]);
  });
});

describe("looking", () => {
  test("list aligns, filters, and says that there is more", async () => {
    await using api = await startTestApi();
    for (const name of ["db_1", "db_held_22", "db_refused_333"]) await ask(api, name);
    const told = await runDrop(["list"], api);
    const lines = told.stdout.split("\n");
    const head = lines.findIndex((line) => line.startsWith("DROP"));
    const column = lines[head]!.indexOf("NAME");
    expect(lines.slice(head + 1, head + 4).map((line) => line.slice(column).split(/ +/)[0])).toEqual([
      "db_refused_333",
      "db_held_22",
      "db_1",
    ]);
    const held = await runDrop(
      ["list", "--state", "held", "--state", "refused", "--limit", "1", "--output", "json"],
      api,
    );
    expect(documentOf(held)).toMatchObject({
      verdict: "listed",
      has_more: true,
      drops: [{ state: "refused" }],
    });
    expect((await runDrop(["list", "--caller", "nobody"], api)).stdout).toContain("no drops");
    expect((await runDrop(["list", "--limit", "0"], api)).code).toBe(2);
  });

  test("show tells all that the ledger has", async () => {
    await using api = await startTestApi();
    const id = await ask(api, "db_1");
    const told = await runDrop(["show", id], api);
    expect(told.stdout).toMatch(/^\d+ +2026-\S+ +drop\.started +oncall$/m);
    expect(told.stdout).toMatch(/^FENCED drop_id=/m);
    const document = documentOf(await runDrop(["show", id, "--output", "json"], api));
    expect(document).toMatchObject({
      command: "drop show",
      drop: { drop_id: id, timeline: [{ seq: 1 }, {}, {}] },
    });
  });

  test("over a Unix socket, with a token of a file", async () => {
    using folder = temporaryFolder();
    const listen = join(folder.path, "api.sock");
    const { tokens } = await import("../support/api-server.ts");
    await using api = await startTestApi({ listen, tokens });
    const file = join(folder.path, "token");
    await Bun.write(file, `${tokenOf("reader")}\n`);
    const told = await runDrop(["list", "--token-file", file, "--api", `unix:${listen}`], api, { as: null });
    expect([told.code, told.stderr]).toEqual([0, ""]);
  });
});
