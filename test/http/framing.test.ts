import { describe, expect, test } from "bun:test";
import { connect } from "node:net";
import type { ApiLimits } from "../../src/http/start-api.ts";
import { requestBody, startTestApi, tokenOf, tokens } from "../support/api-server.ts";
import type { TestApi } from "../support/api-server.ts";

const auth = `Authorization: Bearer ${tokenOf("oncall")}\r\n`;
const smuggled = `POST /v1/drops/7aa6455d-cc31-4726-b3fb-e2ed61483f65/approve HTTP/1.1\r\nHost: x\r\n${auth}\r\n`;
const next = `GET /v1/targets HTTP/1.1\r\nHost: x\r\n${auth}Connection: close\r\n\r\n`;
const hasty = (usual: ApiLimits): ApiLimits => ({
  ...usual,
  connections: { ...usual.connections, headersMs: 400, requestMs: 600, idleMs: 400 },
});

/** Sends bytes, and resolves with the statuses of all that was answered once the server has ended the connection. */
async function talk(api: TestApi, text: string): Promise<readonly number[]> {
  const { hostname, port } = new URL(api.server.address);
  const ended = Promise.withResolvers<void>();
  let told = "";
  const socket = connect(Number(port), hostname, () => socket.write(text));
  socket.on("data", (chunk: Buffer) => (told += chunk.toString("latin1")));
  socket.on("error", () => undefined);
  socket.on("close", () => ended.resolve());
  await ended.promise;
  return [...told.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status));
}

const body = (): string => JSON.stringify(requestBody("db_1"));
const chunked = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`;
const post = (fields: string, text: string): string =>
  `POST /v1/drops HTTP/1.1\r\nHost: x\r\n${auth}Content-Type: application/json\r\n${fields}\r\n${text}`;
const te = "Transfer-Encoding: chunked\r\n";

describe("where a request ends can be read one way alone", () => {
  const text = body();
  const cl = `Content-Length: ${text.length}\r\n`;
  test.each([
    ["two lengths", post(`${cl}Content-Length: 5\r\n`, text)],
    ["the same length twice", post(cl + cl, text)],
    ["a list of lengths", post(`Content-Length: ${text.length}, ${text.length}\r\n`, text)],
    ["a length with a sign", post(`Content-Length: +${text.length}\r\n`, text)],
    ["a length beyond 64 bits", post(`Content-Length: ${2n ** 64n + BigInt(text.length)}\r\n`, text)],
    ["a length and chunks", post(cl + te, chunked(text))],
    ["chunks and a length", post(`${te}Content-Length: 4\r\n`, chunked(text) + smuggled)],
    ["a length round empty chunks", post(`Content-Length: 5\r\n${te}`, `0\r\n\r\n${smuggled}`)],
    ["another encoding", post("Transfer-Encoding: xchunked\r\n", chunked(text))],
    ["chunks that are not last", post("Transfer-Encoding: chunked, identity\r\n", chunked(text))],
    ["two encodings", post(`Transfer-Encoding: identity\r\n${te}`, chunked(text))],
    ["a blank before the colon", post(`Transfer-Encoding : chunked\r\n${cl}`, text)],
    ["a folded line", post("Transfer-Encoding:\r\n chunked\r\n", chunked(text))],
    ["lines without CR", post(cl, text).replaceAll("\r\n", "\n")],
    ["a chunk of a negative size", post(te, `-1\r\n${text}\r\n0\r\n\r\n`)],
    ["a chunk beyond 64 bits", post(te, `1${"0".repeat(16)}ff\r\n${text}\r\n0\r\n\r\n`)],
    ["a chunk that does not end", post(te, `${text.length.toString(16)}\r\n${text}XX0\r\n\r\n`)],
    ["two hosts", `GET /v1/targets HTTP/1.1\r\nHost: x\r\nHost: y\r\n${auth}\r\n`],
    ["two credentials", `GET /v1/targets HTTP/1.1\r\nHost: x\r\n${auth}Authorization: Bearer x\r\n\r\n`],
  ])("%s: 400, and nothing of it was done", async (_what, request) => {
    await using api = await startTestApi();
    expect(await talk(api, request + next)).toEqual([400]);
    expect(api.chokepoint.calls).toEqual([]);
    expect(api.warnings).toEqual([]);
  });

  test.each([
    ["nothing is at its path", "/nowhere", auth, [404, 200]],
    ["it has a body where none is read", "/v1/targets", auth, [405, 200]],
    ["nobody is known", "/v1/drops", "", [401]],
  ])("a body is never the next request, where %s", async (_what, path, fields, statuses) => {
    await using api = await startTestApi();
    const request = `POST ${path} HTTP/1.1\r\nHost: x\r\n${fields}Content-Length: ${smuggled.length}\r\n\r\n${smuggled}`;
    expect(await talk(api, request + next)).toEqual(statuses);
    expect(api.chokepoint.calls).toEqual([]);
  });
});

describe("what comes byte by byte, or is never taken", () => {
  const whole = body();
  test.each([
    ["a head", "GET /healthz HTTP/1.1\r\nX-A: ", "b"],
    ["a second head", "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nX-A: ", "b"],
    ["empty lines", "", "\r\n"],
    ["a body", post("Content-Length: 60000\r\n", whole), " "],
    ["chunks", post(te, ""), "1\r\n \r\n"],
    ["a body that nobody wants", `POST /no HTTP/1.1\r\nHost: x\r\n${auth}Content-Length: 60000\r\n\r\n`, " "],
  ])("%s: the connection is ended, and nothing was done", async (_what, first, drop) => {
    await using api = await startTestApi({ tokens }, hasty);
    const { hostname, port } = new URL(api.server.address);
    const ended = Promise.withResolvers<void>();
    const socket = connect(Number(port), hostname, () => socket.write(first));
    const dripping = setInterval(() => socket.write(drop), 50);
    socket.resume();
    socket.on("error", () => undefined);
    socket.on("close", () => ended.resolve());
    await ended.promise;
    clearInterval(dripping);
    expect(api.chokepoint.calls).toEqual([]);
    expect(api.warnings).toEqual([]);
  });

  test("an answer that nobody takes: the connection is ended; one that is taken slowly is not", async () => {
    const large = { expose: async () => "# as many series as there can be\n".repeat(1_000_000) };
    await using api = await startTestApi({ tokens }, hasty, large);
    const { hostname, port } = new URL(api.server.address);
    const ask = "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    const ended = Promise.withResolvers<void>();
    const deaf = connect(Number(port), hostname, () => deaf.write(ask));
    deaf.pause();
    // Whoever does not read is told by what they write that nobody is there.
    const knocking = setInterval(() => deaf.write("\r\n"), 50);
    deaf.on("error", () => ended.resolve());
    deaf.on("close", () => ended.resolve());
    const slow = connect(Number(port), hostname, () => slow.write(ask));
    let taken = 0;
    const finished = Promise.withResolvers<void>();
    slow.on("data", (chunk: Buffer) => {
      taken += chunk.length;
      if (taken > 8_000_000) return;
      slow.pause();
      setTimeout(() => slow.resume(), 10);
    });
    slow.on("close", () => finished.resolve());
    await ended.promise;
    clearInterval(knocking);
    deaf.destroy();
    await finished.promise;
    expect(taken).toBeGreaterThan(32_000_000);
  });
});

describe("what a body says twice or says in the deep", () => {
  test("a key that stands twice is refused: neither is guessed at", async () => {
    await using api = await startTestApi();
    const twice = body().replace('"target":', '"target":"others","target":');
    const answer = await api.ask("/v1/drops", { body: twice });
    expect([answer.status, answer.headers.get("content-type")]).toEqual([422, "application/problem+json"]);
    expect(await answer.json()).toMatchObject({ detail: '"target" stands twice in one object of the body' });
    const inner = body().replace('"reason":', '"force":false,"force":true,"reason":');
    expect((await api.ask("/v1/drops", { body: inner })).status).toBe(422);
    expect(api.chokepoint.calls).toEqual([]);
  });

  test.each([
    ["arrays", "[".repeat(30_000) + "]".repeat(30_000)],
    ["arrays that do not end", "[".repeat(60_000)],
    ["objects", `${'{"a":'.repeat(10_000)}1${"}".repeat(10_000)}`],
    ["an intent", body().replace(/"reason":"[^"]*"/, `"reason":${"[".repeat(20_000)}${"]".repeat(20_000)}`)],
  ])("nested %s are no request, and break nothing", async (_what, text) => {
    await using api = await startTestApi();
    expect((await api.ask("/v1/drops", { body: text })).status).toBe(422);
    expect(api.warnings).toEqual([]);
    expect((await api.ask("/v1/targets")).status).toBe(200);
  });

  test("what steers a terminal or reorders a line is refused in every text of a request", async () => {
    await using api = await startTestApi();
    const bad = ["a\u001b[2Jb", "a\u009b2Jb", "a\nb", "a\u202eb", "a\u2066b", "a\u2028b", "a\ud800b"];
    const intent = requestBody("db_1").intent;
    for (const text of bad) {
      for (const more of [
        { token: text },
        { provider_resource_id: text },
        { request_id: text },
        { intent: { ...intent, reason: text } },
        { intent: { ...intent, requested_by: text } },
        { intent: { ...intent, resource_status: text } },
        { intent: { ...intent, names: { database: text } } },
      ]) {
        const answer = await api.ask("/v1/drops", { body: requestBody("db_1", more) });
        expect([more, answer.status, await answer.text()]).toEqual([
          more,
          422,
          expect.stringContaining("control characters"),
        ]);
      }
    }
    expect(api.chokepoint.calls).toEqual([]);
    const made = await api.ask("/v1/drops", {
      body: requestBody("db_1", { intent: { ...intent, reason: "עזב 👋 é" } }),
    });
    const { drop_id: id } = (await made.json()) as { drop_id: string };
    for (const text of bad) {
      for (const [word, said] of [
        ["approve", { comment: text }],
        ["deny", { comment: text }],
        ["purge", { comment: text }],
        ["purge", { request_id: text }],
        ["undo", { as: text }],
      ] as const)
        expect([word, said, (await api.ask(`/v1/drops/${id}/${word}`, { body: said })).status]).toEqual([
          word,
          said,
          422,
        ]);
    }
  });
});
