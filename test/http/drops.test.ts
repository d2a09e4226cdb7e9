import { describe, expect, test } from "bun:test";
import { requestBody, startTestApi } from "../support/api-server.ts";

const read = async (response: Response): Promise<Record<string, unknown>> =>
  (await response.json()) as Record<string, unknown>;

describe("POST /v1/drops", () => {
  test.each([
    ["db_a", 202, "fenced", "ok"],
    ["db_held_a", 202, "held", null],
    ["db_noop_a", 202, "noop", "noop"],
    ["db_refused_a", 403, "refused", "refused"],
    ["db_passing_a", 503, "refused", "refused"],
    ["db_breaker_a", 503, "refused", "breaker_open"],
  ] as const)("%s: %d %s", async (name, status, state, outcome) => {
    await using api = await startTestApi();
    const answer = await api.ask("/v1/drops", { as: "provisioner", body: requestBody(name) });
    expect([answer.status, answer.headers.get("content-type")]).toEqual([status, "application/json"]);
    expect(answer.headers.get("retry-after")).toBe(status === 503 ? "5" : null);
    const drop = await read(answer);
    expect(answer.headers.get("location")).toBe(`/v1/drops/${String(drop["drop_id"])}`);
    expect(drop).toMatchObject({
      state,
      outcome,
      target: "customers",
      resource_type: "postgres",
      provider_resource_id: name,
      backend: "shared",
      caller: "provisioner",
      protocol: "http",
      peer: "127.0.0.1",
    });
    expect(drop["requested_at"]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  test("a repeat is 200 with the first one's state, other content 409 with its drop", async () => {
    await using api = await startTestApi();
    const body = requestBody("db_b");
    const first = await read(await api.ask("/v1/drops", { body }));
    const again = await api.ask("/v1/drops", { body });
    expect([again.status, (await read(again))["drop_id"]]).toEqual([200, first["drop_id"]]);
    const other = await api.ask("/v1/drops", { body: { ...body, provider_resource_id: "db_c" } });
    expect([other.status, other.headers.get("content-type")]).toEqual([409, "application/problem+json"]);
    expect(await read(other)).toMatchObject({
      type: "urn:custody:problem:request-conflict",
      status: 409,
      drop_id: first["drop_id"],
      state: "fenced",
    });
  });

  test.each([
    ["an unknown key", { ...requestBody("db_a"), forse: true }, ""],
    [
      "an unknown key of the intent",
      { ...requestBody("db_a"), intent: { reason: "x", Force: true } },
      "/intent",
    ],
    ["no target", { ...requestBody("db_a"), target: undefined }, "/target"],
    ["an unknown type", { ...requestBody("db_a"), resource_type: "table" }, "/resource_type"],
    [
      "an unknown part",
      { ...requestBody("db_a"), intent: { reason: "x", names: { table: "t" } } },
      "/intent/names",
    ],
    ["a caller of its own", { ...requestBody("db_a"), caller: "root" }, ""],
    [
      "a control character",
      { ...requestBody("db_a"), provider_resource_id: "db\u0000a" },
      "/provider_resource_id",
    ],
    [
      "no date",
      { ...requestBody("db_a"), intent: { reason: "x", not_after: "tomorrow" } },
      "/intent/not_after",
    ],
    [
      "a date that no reader has",
      { ...requestBody("db_a"), intent: { reason: "x", not_after: "9999-12-31T23:59:59-12:00" } },
      "/intent/not_after",
    ],
    ["an array", [], ""],
    ["no JSON", "{", undefined],
    ["no body", undefined, ""],
  ] as const)("%s is 422", async (_what, body, pointer) => {
    await using api = await startTestApi();
    const answer = await api.ask("/v1/drops", { method: "POST", body });
    expect([answer.status, answer.headers.get("content-type")]).toEqual([422, "application/problem+json"]);
    const problem = await read(answer);
    expect(problem).toMatchObject({ type: "urn:custody:problem:invalid", status: 422 });
    if (pointer !== undefined) expect(problem["errors"]).toMatchObject([{ in: "body", pointer }]);
    expect(api.chokepoint.calls).toEqual([]);
  });

  test("what cannot be recorded is 503, an unknown target 422, a bug 500 that says nothing of it", async () => {
    await using api = await startTestApi();
    const unknown = await api.ask("/v1/drops", { body: requestBody("db_a", { target: "nowhere" }) });
    expect([unknown.status, (await read(unknown))["detail"]]).toEqual([422, "no target is named nowhere"]);
    api.chokepoint.world.isLedgerDown = true;
    const down = await api.ask("/v1/drops", { body: requestBody("db_a") });
    expect([down.status, down.headers.get("retry-after")]).toEqual([503, "5"]);
    api.chokepoint.world.isBroken = true;
    const broken = await api.ask("/v1/drops", { body: requestBody("db_a") });
    expect(broken.status).toBe(500);
    expect(await broken.text()).not.toContain("hunter2");
    expect(api.warnings).toEqual([expect.stringContaining("a request failed")]);
  });

  test("dry_run answers the plan, and asks for nothing", async () => {
    await using api = await startTestApi();
    const answer = await api.ask("/v1/drops?dry_run=true", { body: requestBody("db_held_x") });
    expect(answer.status).toBe(200);
    expect(await read(answer)).toMatchObject({
      would_be: "held",
      inspection: { size_bytes: 321_912_832, sessions: 3, parts: [{ part: "database", id: "16384" }] },
    });
    expect(api.chokepoint.calls).toEqual(["plan"]);
  });
});

describe("a drop", () => {
  test("is shown with its events, approved by another person, undone, purged", async () => {
    await using api = await startTestApi();
    const { drop_id: id } = await read(
      await api.ask("/v1/drops", { as: "oncall", body: requestBody("db_held_z") }),
    );
    const path = `/v1/drops/${String(id)}`;
    const own = await api.ask(`${path}/approve`, { as: "oncall", method: "POST" });
    expect([own.status, (await read(own))["detail"]]).toEqual([403, "nobody approves their own"]);
    const other = await api.ask(`${path}/approve`, { as: "second", body: { comment: "seen" } });
    expect([other.status, await read(other)]).toMatchObject([
      200,
      { state: "fenced", approvals: [{ by: "second", person: "ben", comment: "seen" }] },
    ]);
    const twice = await api.ask(`${path}/approve`, { as: "second", method: "POST" });
    expect([twice.status, await read(twice)]).toMatchObject([409, { detail: "it is fenced", drop_id: id }]);
    const shown = await read(await api.ask(path));
    expect((shown["timeline"] as { action: string }[]).map(({ action }) => action)).toEqual([
      "drop.requested",
      "drop.held",
      "drop.approved",
      "drop.started",
      "drop.fenced",
    ]);
    const purge = await api.ask(`${path}/purge`, { as: "second", method: "POST" });
    expect([purge.status, await read(purge)]).toMatchObject([202, { purges: id, hold: { why: "purge" } }]);
    const undo = await api.ask(`${path}/undo`, { as: "provisioner", body: { as: "db_new" } });
    expect([undo.status, await read(undo)]).toMatchObject([202, { state: "undone", undone_as: "db_new" }]);
  });

  test("that is not there is 404, whatever stands for its id", async () => {
    await using api = await startTestApi();
    for (const id of ["6f1c1f6e-0000-4000-8000-000000000000", "x", "..%2f..", "'; drop table"]) {
      const answer = await api.ask(`/v1/drops/${encodeURIComponent(id)}`);
      expect([id, answer.status]).toEqual([id, 404]);
    }
  });
});

describe("GET /v1/drops", () => {
  test("pages through all of them, newest first, each once", async () => {
    await using api = await startTestApi();
    for (let index = 0; index < 7; index += 1)
      await api.ask("/v1/drops", { body: requestBody(`db_${index}`) });
    const seen: unknown[] = [];
    let cursor = "";
    for (;;) {
      const page = await read(await api.ask(`/v1/drops?limit=3${cursor}`));
      seen.push(
        ...(page["drops"] as { provider_resource_id: string }[]).map((each) => each.provider_resource_id),
      );
      if (page["next"] === null) break;
      cursor = `&cursor=${page["next"] as string}`;
    }
    expect(seen).toEqual([6, 5, 4, 3, 2, 1, 0].map((each) => `db_${each}`));
  });

  test("takes every filter, and refuses what is none", async () => {
    await using api = await startTestApi();
    await api.ask("/v1/drops", { as: "provisioner", body: requestBody("db_1", { token: "t7" }) });
    await api.ask("/v1/drops", { body: requestBody("db_held_2") });
    const names = async (query: string): Promise<unknown> =>
      ((await read(await api.ask(`/v1/drops?${query}`)))["drops"] as { provider_resource_id: string }[]).map(
        (each) => each.provider_resource_id,
      );
    expect(await names("state=held")).toEqual(["db_held_2"]);
    expect(await names("state=held,fenced")).toEqual(["db_held_2", "db_1"]);
    expect(await names("caller=provisioner")).toEqual(["db_1"]);
    expect(await names("token=t7&target=customers")).toEqual(["db_1"]);
    expect(await names("provider_resource_id=db_held_2")).toEqual(["db_held_2"]);
    expect(await names("since=2030-01-01T00:00:00Z")).toEqual([]);
    for (const query of [
      "state=gone",
      "limit=0",
      "limit=501",
      "cursor=x",
      "sort=up",
      "target=a&target=b",
      "since=now",
    ]) {
      const answer = await api.ask(`/v1/drops?${query}`);
      expect([query, answer.status]).toEqual([query, 422]);
    }
  });
});
