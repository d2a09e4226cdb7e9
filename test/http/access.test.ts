import { describe, expect, test } from "bun:test";
import type { HttpSection } from "../../src/chokepoint/faces.ts";
import { checkApi } from "../../src/http/check-api.ts";
import { requestBody, sha256, startTestApi, tokenOf, tokens } from "../support/api-server.ts";

const paths = ["/v1/drops", "/v1/events", "/openapi.json", "/nowhere", "/v1/drops/x/approve"];

describe("who asks", () => {
  test("401 for nobody, whatever is asked for, before the body is read", async () => {
    await using api = await startTestApi();
    for (const path of paths) {
      for (const authorization of [
        undefined,
        "Bearer wrong",
        "Bearer ",
        "Basic b25jYWxs",
        `bearer${tokenOf("oncall")}`,
        `Bearer ${sha256(tokenOf("oncall"))}`,
      ]) {
        const answer = await fetch(`${api.server.address}${path}`, {
          method: path === "/v1/drops" ? "POST" : "GET",
          ...(path === "/v1/drops" ? { body: "{" } : {}),
          headers: authorization === undefined ? {} : { authorization },
        });
        expect([path, answer.status === 429 ? 401 : answer.status]).toEqual([path, 401]);
        expect(answer.headers.get("content-type")).toBe("application/problem+json");
      }
    }
    expect(api.chokepoint.calls).toEqual([]);
  });

  test("others from now on: a token that is gone opens nothing, and whoever looked on says again who they are", async () => {
    await using api = await startTestApi();
    const viewing = await api.ask("/v1/events", { as: "reader" });
    const seen = viewing.text();
    api.server.replace({ tokens: tokens.filter(({ name }) => name !== "reader") });
    expect((await api.ask("/v1/drops", { as: "reader" })).status).toBe(401);
    expect((await api.ask("/v1/drops", { as: "oncall" })).status).toBe(200);
    // It ended.
    expect(await seen).toStartWith(": custody");
  });

  test("the same as before: nobody's stream ends", async () => {
    await using api = await startTestApi();
    const stream = (await api.ask("/v1/events")).body!.pipeThrough(new TextDecoderStream()).getReader();
    expect((await stream.read()).value).toStartWith(": custody");
    api.server.replace({ tokens: [...tokens] });
    await api.ask("/v1/drops", { body: requestBody("db_1") });
    expect((await stream.read()).value).toContain("drop.requested");
    await stream.cancel();
  });

  test("scopes are kept", async () => {
    await using api = await startTestApi();
    const drop = (await (await api.ask("/v1/drops", { body: requestBody("db_held_1") })).json()) as {
      drop_id: string;
    };
    const status = async (as: string, path: string, body?: unknown): Promise<number> =>
      (await api.ask(path, { as, ...(body === undefined ? {} : { body }) })).status;
    expect(await status("reader", "/v1/drops")).toBe(200);
    expect(await status("reader", "/v1/drops", requestBody("db_1"))).toBe(403);
    expect(await status("reader", "/v1/drops?dry_run=true", requestBody("db_1"))).toBe(403);
    for (const word of ["approve", "deny", "purge"]) {
      expect(await status("provisioner", `/v1/drops/${drop.drop_id}/${word}`, {})).toBe(403);
    }
    expect(await status("reader", `/v1/drops/${drop.drop_id}/undo`, {})).toBe(403);
    expect(api.chokepoint.calls).toEqual(["request"]);
  });

  test("a caller of other targets sees nothing of these", async () => {
    await using api = await startTestApi();
    const mine = (await (
      await api.ask("/v1/drops", { as: "limited", body: requestBody("db_1", { target: "others" }) })
    ).json()) as { drop_id: string };
    const drop = (await (await api.ask("/v1/drops", { body: requestBody("db_2") })).json()) as {
      drop_id: string;
    };
    const as = "limited";
    expect((await api.ask("/v1/drops", { as, body: requestBody("db_3") })).status).toBe(403);
    expect(
      (await api.ask("/v1/drops", { as, body: requestBody("db_3", { target: "nowhere" }) })).status,
    ).toBe(403);
    expect((await api.ask(`/v1/drops/${drop.drop_id}`, { as })).status).toBe(404);
    expect((await api.ask(`/v1/drops/${drop.drop_id}/undo`, { as, body: {} })).status).toBe(404);
    const list = (await (await api.ask("/v1/drops", { as })).json()) as { drops: { drop_id: string }[] };
    expect(list.drops.map((each) => each.drop_id)).toEqual([mine.drop_id]);
    const others = (await (await api.ask("/v1/drops?target=customers", { as })).json()) as { drops: [] };
    expect(others.drops).toEqual([]);
  });

  test("no conflict tells of a drop that the caller may not see", async () => {
    await using api = await startTestApi();
    const body = requestBody("db_secret");
    await api.ask("/v1/drops", { body });
    const answer = await api.ask("/v1/drops", { as: "limited", body: { ...body, target: "others" } });
    expect(answer.status).toBe(409);
    expect(await answer.text()).not.toContain("db_secret");
  });
});

describe("where nobody is asked", () => {
  test("programs of this machine are anonymous, no person, and approve nothing", async () => {
    await using api = await startTestApi({});
    expect(api.warnings).toEqual([expect.stringContaining("anonymous")]);
    const drop = (await (
      await api.ask("/v1/drops", { as: null, body: requestBody("db_held_1") })
    ).json()) as Record<string, unknown>;
    expect(drop).toMatchObject({ caller: "anonymous", person: null });
    const answer = await api.ask(`/v1/drops/${String(drop["drop_id"])}/approve`, {
      as: null,
      method: "POST",
    });
    expect(answer.status).toBe(403);
    expect(api.chokepoint.calls).toEqual(["request"]);
  });

  test("browsers are not programs of this machine", async () => {
    await using api = await startTestApi({});
    for (const headers of [
      { origin: "http://evil.example" },
      { host: "evil.example:7440" },
      { origin: "null" },
    ]) {
      const answer = await api.ask("/v1/drops", { as: null, headers });
      expect([headers, answer.status]).toEqual([headers, 403]);
    }
    expect((await api.ask("/v1/drops", { as: null, headers: { host: "localhost" } })).status).toBe(200);
  });
});

describe("what it does not start with", () => {
  const client = { name: "c", common_name: "c", scopes: ["read" as const] };
  test.each([
    ["others, and nobody asked", { listen: "0.0.0.0:0" }, "asks nobody"],
    ["a name that is not the loopback", { listen: "example.com:80" }, "asks nobody"],
    [
      "a target that is not there",
      { tokens: [{ ...tokens[0]!, targets: ["nowhere"] }] },
      "no target is named",
    ],
    ["one name twice", { tokens: [tokens[0]!, { ...tokens[1]!, name: "provisioner" }] }, "twice"],
    ["one token twice", { tokens: [tokens[0]!, { ...tokens[0]!, name: "x" }] }, "same token"],
    ["anonymous", { tokens: [{ ...tokens[0]!, name: "anonymous" }] }, "anonymous"],
    ["certificates and no authority", { clients: [client] }, "client_ca"],
  ] as const)("%s", (_what, http, said) => {
    const { problems } = checkApi(http as never, ["customers", "others"]);
    expect(problems).toMatchObject([
      { code: "bad-config", message: expect.stringContaining(said) as string },
    ]);
  });

  test("an address that is taken", async () => {
    await using api = await startTestApi();
    const listen = api.server.address.replace("http://", "");
    expect(startTestApi({ listen, tokens })).rejects.toMatchObject({
      code: "bad-config",
      message: `cannot listen on ${listen}: somebody listens there already, another custody perhaps (EADDRINUSE)`,
    });
  });

  test("what is open is warned of", () => {
    const said = (http: HttpSection): string =>
      checkApi({ listen: "127.0.0.1:0", ...http }, ["others"]).open.join("\n");
    expect(said({ tokens })).toBe("");
    expect(said({ listen: "/run/x.sock" })).toContain("anonymous");
    expect(said({ listen: "0.0.0.0:80", tokens })).toContain("in clear");
    expect(said({ tokens: [tokens[0]!] })).toContain("nobody can approve");
  });
});

test("targets are told to those who may speak of them, without a secret", async () => {
  await using api = await startTestApi();
  const told = async (as: string): Promise<unknown> => (await api.ask("/v1/targets", { as })).json();
  expect(await told("reader")).toMatchObject({
    targets: [
      { name: "customers", host: "db1.example", tombstone: "required", is_irrevocable: false },
      { name: "others", host: "db2.example", tombstone: "off", is_irrevocable: true },
    ],
  });
  expect(await told("limited")).toMatchObject({ targets: [{ name: "others" }] });
  expect(JSON.stringify(await told("oncall"))).not.toContain("secret");
  expect((await api.ask("/v1/targets", { as: null })).status).toBe(401);
});
