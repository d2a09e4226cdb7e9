import { describe, expect, test } from "bun:test";
import { connect } from "node:net";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import type { ApiLimits } from "../../src/http/start-api.ts";
import { requestBody, startTestApi, tokenOf, tokens } from "../support/api-server.ts";
import { temporaryFolder } from "../support/run-commands.ts";

const auth = `Authorization: Bearer ${tokenOf("oncall")}\r\n`;

/** Sends text to a server and resolves with all that it answered, once it has ended the connection. */
function talk(address: string, text: string): Promise<string> {
  const { hostname, port } = new URL(address);
  const { promise, resolve } = Promise.withResolvers<string>();
  let told = "";
  const socket = connect(Number(port), hostname, () => socket.write(text));
  socket.on("data", (chunk: Buffer) => (told += chunk.toString()));
  socket.on("error", () => undefined);
  socket.on("close", () => resolve(told));
  return promise;
}

const hasty = (usual: ApiLimits): ApiLimits => ({
  ...usual,
  connections: { ...usual.connections, headersMs: 300, requestMs: 600, idleMs: 400, most: 4, graceMs: 300 },
});

describe("paths, methods, bodies", () => {
  test("404, 405 with Allow, 413, 415, HEAD", async () => {
    await using api = await startTestApi();
    expect((await api.ask("/v2/drops")).status).toBe(404);
    expect((await api.ask("/v1/drops/")).status).toBe(404);
    const put = await api.ask("/v1/drops", { method: "PUT", body: {} });
    expect([put.status, put.headers.get("allow")]).toEqual(
      [405, "GET, HEAD, POST"].toReversed().toReversed(),
    );
    const get = await api.ask("/v1/drops/x/approve");
    expect([get.status, get.headers.get("allow")]).toEqual([405, "POST"]);
    const text = await api.ask("/v1/drops", { body: "{}", headers: { "content-type": "text/plain" } });
    expect(text.status).toBe(415);
    const large = await api.ask("/v1/drops", { body: requestBody("x".repeat(70_000)) });
    expect(large.status).toBe(413);
    const head = await api.ask("/v1/drops", { method: "HEAD" });
    expect([head.status, await head.text()]).toEqual([200, ""]);
    const chunked = await talk(
      api.server.address,
      `POST /v1/drops HTTP/1.1\r\nHost: x\r\n${auth}Connection: close\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n` +
        `11000\r\n${" ".repeat(0x11000)}\r\n0\r\n\r\n`,
    );
    expect(chunked).toStartWith("HTTP/1.1 413 ");
  });

  test("every answer is for nobody's cache, frame or guess, and for no other origin", async () => {
    await using api = await startTestApi();
    for (const path of ["/v1/drops", "/healthz", "/nowhere", "/v1/drops/x"]) {
      const { headers } = await api.ask(path, { headers: { origin: "http://evil.example" } });
      expect([path, headers.get("cache-control"), headers.get("x-content-type-options")]).toEqual([
        path,
        "no-store",
        "nosniff",
      ]);
      expect(headers.get("access-control-allow-origin")).toBeNull();
    }
  });

  test("health needs no token, and readiness says what is not there", async () => {
    await using api = await startTestApi();
    expect(await (await api.ask("/healthz", { as: null })).json()).toEqual({ status: "ok" });
    expect((await api.ask("/metrics", { as: null })).status).toBe(200);
    expect((await api.ask("/readyz", { as: null })).status).toBe(200);
    await using down = await startTestApi();
    down.chokepoint.world.isReady = false;
    const answer = await down.ask("/readyz", { as: null });
    expect([answer.status, await answer.json()]).toMatchObject([
      503,
      {
        status: "not-ready",
        checks: [
          { name: "ledger", ok: false },
          { name: "customers", ok: true },
        ],
      },
    ]);
  });
});

describe("what comes too slowly, too often or not at all", () => {
  test.each([
    ["nothing", ""],
    ["half a head", `GET /v1/drops HTTP/1.1\r\n${auth}X-`],
    [
      "half a body",
      `POST /v1/drops HTTP/1.1\r\nHost: x\r\n${auth}Content-Type: application/json\r\nContent-Length: 99\r\n\r\n{`,
    ],
    ["one request and no other", `GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n`],
  ])("%s: the connection is ended", async (_what, text) => {
    await using api = await startTestApi({ tokens }, hasty);
    expect(await talk(api.server.address, text)).not.toContain("500");
    expect(api.chokepoint.calls).toEqual([]);
  });

  test("connections beyond the limit are refused, and those before them answered", async () => {
    await using api = await startTestApi({ tokens }, (usual) => ({
      ...usual,
      connections: { ...usual.connections, most: 2 },
    }));
    const gone = new AbortController();
    const open = await Promise.all(
      [1, 2].map(() =>
        fetch(`${api.server.address}/v1/events`, {
          headers: { authorization: `Bearer ${tokenOf("oncall")}` },
          signal: gone.signal,
        }),
      ),
    );
    expect(open.map(({ status }) => status)).toEqual([200, 200]);
    expect(await talk(api.server.address, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")).toBe("");
    gone.abort();
  });

  test("a caller that asks too often is told when to come back; others are not held up", async () => {
    await using api = await startTestApi({ tokens }, (usual) => ({
      ...usual,
      app: { ...usual.app, requests: { perSecond: 0.1, burst: 3 } },
    }));
    const statuses = [];
    for (let index = 0; index < 4; index += 1) statuses.push((await api.ask("/v1/drops")).status);
    expect(statuses).toEqual([200, 200, 200, 429]);
    const late = await api.ask("/v1/drops");
    expect(Number(late.headers.get("retry-after"))).toBeGreaterThan(5);
    expect((await api.ask("/v1/drops", { as: "reader" })).status).toBe(200);
    expect((await api.ask("/healthz", { as: null })).status).toBe(200);
  });

  test("wrong credentials are counted by address, and keep nobody out who is known", async () => {
    await using api = await startTestApi({ tokens }, (usual) => ({
      ...usual,
      app: { ...usual.app, failures: { perSecond: 0.1, burst: 2 } },
    }));
    const statuses = [];
    for (let index = 0; index < 3; index += 1)
      statuses.push((await api.ask("/v1/drops", { as: "nobody" })).status);
    expect(statuses).toEqual([401, 401, 429]);
    expect((await api.ask("/v1/drops")).status).toBe(200);
  });
});

describe("places and ends", () => {
  test("a Unix socket is for its owner, is taken again after a crash, and is gone at the end", async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "api.sock");
    const get = async (): Promise<number> =>
      (await fetch("http://x/healthz", { unix: path } as RequestInit)).status;
    {
      await using api = await startTestApi({ listen: path });
      expect(api.server.address).toBe(`unix:${path}`);
      expect(await get()).toBe(200);
      expect(statSync(path).mode & 0o077).toBe(0);
      expect(startTestApi({ listen: path })).rejects.toMatchObject({ code: "bad-config" });
    }
    expect(existsSync(path)).toBe(false);
  });

  test("what is being answered when it is told to stop is answered", async () => {
    await using api = await startTestApi();
    const reached = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<void>();
    const { list } = api.chokepoint;
    api.chokepoint.list = async (filter) => {
      reached.resolve();
      await answer.promise;
      return await list(filter);
    };
    const asked = api.ask("/v1/drops");
    await reached.promise;
    api.stop.abort();
    answer.resolve();
    const { status, headers } = await asked;
    expect([status, headers.get("connection")?.toLowerCase()]).toEqual([200, "close"]);
  });

  test("once it is told to stop it finishes what it answers, and takes nothing new", async () => {
    await using api = await startTestApi({ tokens }, hasty);
    const stream = await api.ask("/v1/events");
    api.stop.abort();
    expect(await stream.text()).toContain(": custody");
    await api.server[Symbol.asyncDispose]();
    expect(api.ask("/healthz")).rejects.toThrow();
  });
});
