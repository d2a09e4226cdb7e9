import { describe, expect, test } from "bun:test";
import { connect } from "node:net";
import { createEventHub } from "../../src/http/event-hub.ts";
import type { HubLimits } from "../../src/http/event-hub.ts";
import type { DropFact } from "../../src/chokepoint/ports.ts";
import { requestBody, startTestApi, tokenOf, tokens } from "../support/api-server.ts";
import type { TestApi } from "../support/api-server.ts";

interface Told {
  readonly event: string;
  readonly id: string | null;
  readonly data: Record<string, unknown>;
}

/** The events of a stream, one by one; comments are left out unless they are asked for. */
async function* read(answer: Response, comments: string[] = []): AsyncGenerator<Told, void> {
  let rest = "";
  for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
    rest += chunk;
    const blocks = rest.split("\n\n");
    rest = blocks.pop() ?? "";
    for (const block of blocks) {
      const field = (name: string): string | null =>
        new RegExp(`^${name}: (.*)$`, "m").exec(block)?.[1] ?? null;
      if (block.startsWith(":")) comments.push(block);
      const event = field("event");
      if (event !== null)
        yield {
          event,
          id: field("id"),
          data: JSON.parse(field("data") ?? "null") as Record<string, unknown>,
        };
    }
  }
}

async function next(stream: AsyncGenerator<Told, void>): Promise<Told> {
  const { value, done } = await stream.next();
  if (done === true || value === undefined) throw new Error("the stream ended");
  return value;
}

const drop = async (api: TestApi, name: string, target = "customers"): Promise<string> =>
  (
    (await (await api.ask("/v1/drops", { body: requestBody(name, { target }) })).json()) as {
      drop_id: string;
    }
  ).drop_id;

describe("GET /v1/events", () => {
  test("tells each event with the drop as it stood then", async () => {
    await using api = await startTestApi();
    const stream = read(await api.ask("/v1/events"));
    const id = await drop(api, "db_1");
    const told = [await next(stream), await next(stream), await next(stream)];
    expect(
      told.map(({ event, data }) => [event, data["event"], (data["drop"] as { state: string }).state]),
    ).toEqual([
      ["drop", "drop.requested", "requested"],
      ["drop", "drop.started", "started"],
      ["drop", "drop.fenced", "fenced"],
    ]);
    expect(told.map(({ data }) => (data["drop"] as { drop_id: string }).drop_id)).toEqual([id, id, id]);
  });

  test("is silent about what the viewer may not see or did not ask for", async () => {
    await using api = await startTestApi();
    const limited = read(await api.ask("/v1/events", { as: "limited" }));
    const one = read(await api.ask("/v1/events?target=others"));
    await drop(api, "db_1");
    const id = await drop(api, "db_2", "others");
    for (const stream of [limited, one]) {
      expect(((await next(stream)).data["drop"] as { drop_id: string }).drop_id).toBe(id);
    }
  });

  test("a viewer that comes back gets what it missed, or is told that nobody can", async () => {
    await using api = await startTestApi({ tokens }, (usual) => ({
      ...usual,
      hub: { ...usual.hub, kept: 4 },
    }));
    const watched = read(await api.ask("/v1/events"));
    await drop(api, "db_held_1");
    await next(watched);
    const first = await next(watched);
    const from = (id: string): Promise<Response> =>
      api.ask("/v1/events", { headers: { "last-event-id": id } });
    await drop(api, "db_2");
    const again = read(await from(first.id!));
    const told = [await next(again), await next(again), await next(again)];
    expect(told.map(({ data }) => data["event"])).toEqual(["drop.requested", "drop.started", "drop.fenced"]);
    await drop(api, "db_3");
    await drop(api, "db_4");
    for (const id of [first.id!, "000000000000-1", "nonsense", `${first.id!}9`]) {
      const { event, data } = await next(read(await from(id)));
      expect([id, event, data["count"]]).toEqual([id, "lost", null]);
    }
  });

  test("a heartbeat comes when nothing else does", async () => {
    await using api = await startTestApi({ tokens }, (usual) => ({
      ...usual,
      hub: { ...usual.hub, heartbeatMs: 20 },
    }));
    const comments: string[] = [];
    const answer = await api.ask("/v1/events");
    const reader = answer.body!.getReader();
    while (comments.length < 3) comments.push(new TextDecoder().decode((await reader.read()).value));
    expect(comments.join("")).toContain(": heartbeat\n\n: heartbeat\n\n");
    await reader.cancel();
  });

  test("a connection that takes nothing holds up nobody, and its drops are counted", async () => {
    await using api = await startTestApi({ tokens }, (usual) => ({
      ...usual,
      hub: { ...usual.hub, queue: 8 },
    }));
    const { hostname, port } = new URL(api.server.address);
    const socket = connect(Number(port), hostname);
    await new Promise<void>((resolve) => socket.once("connect", () => resolve()));
    socket.write(`GET /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${tokenOf("oncall")}\r\n\r\n`);
    await new Promise<void>((resolve) => socket.once("data", () => resolve()));
    socket.pause();
    const id = await drop(api, "db_1");
    const sent = 20_000;
    for (let index = 0; index < sent; index += 1) api.chokepoint.move(id, "tombstoned");
    let told = "";
    const { promise, resolve } = Promise.withResolvers<void>();
    socket.on("data", (chunk: Buffer) => {
      told += chunk.toString();
      if (told.includes("event: lost") && told.endsWith("\n\n\r\n")) resolve();
    });
    socket.resume();
    await promise;
    socket.destroy();
    const lost = Number(/"count":(\d+)/.exec(told)?.[1]);
    const shown = told.split("event: drop").length - 1;
    // Requested, started and fenced came before.
    expect(shown + lost).toBe(sent + 3);
    expect(lost).toBeGreaterThan(0);
  });

  test("a HEAD is no viewer", async () => {
    await using api = await startTestApi({ tokens }, (usual) => ({
      ...usual,
      hub: { ...usual.hub, viewers: 1 },
    }));
    for (let index = 0; index < 3; index += 1) {
      const { status } = await api.ask("/v1/events", { method: "HEAD" });
      expect(status).toBe(200);
    }
    expect((await api.ask("/v1/events")).status).toBe(200);
  });

  test("one caller does not keep the others from looking", async () => {
    await using api = await startTestApi({ tokens }, (usual) => ({
      ...usual,
      hub: { ...usual.hub, viewers: 3, viewersOfCaller: 2 },
    }));
    const statuses: number[] = [];
    for (const as of ["oncall", "oncall", "oncall", "reader", "reader"])
      statuses.push((await api.ask("/v1/events", { as })).status);
    expect(statuses).toEqual([200, 200, 429, 200, 429]);
  });

  test("there are only so many viewers, and those that went away are none", async () => {
    await using api = await startTestApi({ tokens }, (usual) => ({
      ...usual,
      hub: { ...usual.hub, viewers: 1 },
    }));
    const gone = new AbortController();
    const watch = (signal?: AbortSignal): Promise<Response> =>
      fetch(`${api.server.address}/v1/events`, {
        headers: { authorization: `Bearer ${tokenOf("oncall")}` },
        ...(signal === undefined ? {} : { signal }),
      });
    expect((await watch(gone.signal)).status).toBe(200);
    expect((await watch()).status).toBe(429);
    gone.abort();
    let status = 429;
    while (status === 429) status = (await watch()).status;
    expect(status).toBe(200);
  });
});

test("a viewer's queue is bounded, and what it lost stands where it was lost", async () => {
  const limits: HubLimits = { queue: 2, kept: 10, viewers: 1, viewersOfCaller: 1, heartbeatMs: 10_000 };
  const tellers: ((fact: DropFact) => void)[] = [];
  await using api = await startTestApi();
  const id = await drop(api, "db_1");
  const { drop: row } = (await api.chokepoint.show(id))!;
  using hub = createEventHub((listener) => {
    tellers.push(listener);
    return { [Symbol.dispose]: () => undefined };
  }, limits);
  const stream = hub.subscribe({
    caller: "oncall",
    wants: () => true,
    lastEventId: null,
    signal: new AbortController().signal,
  });
  if (typeof stream === "string") throw new Error(stream);
  const tell = (event: string): void =>
    tellers[0]!({ type: "drop-moved", drop: row, event, at: new Date(0) });
  for (const event of ["a", "b", "c", "d"]) tell(event);
  const told = read(new Response(stream));
  const names = async (): Promise<unknown> => {
    const { event, data } = await next(told);
    return event === "lost" ? `lost ${String(data["count"])}` : data["event"];
  };
  expect([await names(), await names(), await names()]).toEqual(["a", "b", "lost 2"]);
  tell("e");
  expect(await names()).toBe("e");
});
