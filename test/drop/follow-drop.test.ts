import { expect, test } from "bun:test";
import { describeDrop } from "../../src/chokepoint/documents/drop-document.ts";
import type { DropDocument } from "../../src/chokepoint/documents/drop-document.ts";
import { followDrop } from "../../src/drop/adapters/follow-drop.ts";
import { readEvents } from "../../src/drop/adapters/read-events.ts";
import { OpsError } from "../../src/errors.ts";
import { requestBody, startTestApi } from "../support/api-server.ts";

async function aDrop(): Promise<DropDocument> {
  await using api = await startTestApi();
  const answer = await api.ask("/v1/drops", { body: requestBody("db_1") });
  const { drop_id: id } = (await answer.json()) as { drop_id: string };
  return describeDrop((await api.chokepoint.show(id))!.drop);
}

const stream = (...texts: string[]): Response =>
  new Response(texts.join(""), { headers: { "content-type": "text/event-stream; charset=utf-8" } });

const event = (drop: DropDocument): string =>
  `id: a-1\nevent: drop\ndata: ${JSON.stringify({ event: `drop.${drop.state}`, drop })}\n\n`;

test("a stream that breaks is opened again, and what moved in between is seen", async () => {
  const drop = await aDrop();
  const states = ["fenced", "proved"] as const;
  const streams: (() => Promise<Response>)[] = [
    () => Promise.resolve(stream(": custody\n\n", event({ ...drop, state: "tombstoned" }))),
    () => Promise.reject(new Error("ECONNREFUSED")),
    () =>
      Promise.resolve(stream('event: lost\ndata: {"count":3}\n\n', event({ ...drop, state: "completed" }))),
  ];
  let looked = 0;
  const gone = new AbortController();
  const seen: string[] = [];
  const followed = followDrop({
    show: () => Promise.resolve({ ...drop, state: states[Math.min(looked++, 1)]! }),
    openEvents: () => streams.shift()!(),
    signal: gone.signal,
  });
  for await (const { state } of followed) {
    seen.push(state);
    if (state === "completed") gone.abort();
  }
  expect(seen).toEqual(["fenced", "tombstoned", "proved", "proved", "completed"]);
});

test("what another instance did is seen at the next heartbeat, and a ledger that is away is waited for", async () => {
  const drop = await aDrop();
  const answers: (() => Promise<DropDocument>)[] = [
    () => Promise.reject(new OpsError("server-error", "the ledger cannot be written", "ask again")),
    () => Promise.resolve({ ...drop, state: "held" }),
    () => Promise.resolve({ ...drop, state: "completed" }),
  ];
  const gone = new AbortController();
  const seen: string[] = [];
  const followed = followDrop({
    show: () => answers.shift()!(),
    openEvents: () => Promise.resolve(stream(": custody\nretry: 2000\n\n", ": heartbeat\n\n")),
    signal: gone.signal,
  });
  for await (const { state } of followed) {
    seen.push(state);
    if (state === "completed") gone.abort();
  }
  expect(seen).toEqual(["held", "completed"]);
});

test("what is no broken connection ends it", async () => {
  const refused = new OpsError("permission-denied", "may not read", "ask another");
  const followed = followDrop({
    show: () => Promise.reject(refused),
    openEvents: () => Promise.resolve(stream()),
    signal: new AbortController().signal,
  });
  expect(followed.next()).rejects.toBe(refused);
});

test("events are read wherever the stream is cut", async () => {
  const text =
    ': hello\nretry: 1\n\nevent: drop\ndata: {"a":"é€"}\n\ndata: 1\n\nevent: x\n\ndata: nonsense\n\n';
  const bytes = new TextEncoder().encode(text);
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(bytes.slice(0, cut));
        controller.enqueue(bytes.slice(cut));
        controller.close();
      },
    });
    const seen = await Array.fromAsync(
      readEvents(new Response(body, { headers: { "content-type": "text/event-stream" } })),
    );
    expect(seen).toEqual([
      { event: "drop", data: { a: "é€" } },
      { event: "message", data: 1 },
      { event: "message", data: undefined },
    ]);
  }
  expect(await Array.fromAsync(readEvents(new Response("data: 1\n\n")))).toEqual([]);
});

test("a stream that falls silent is given up", async () => {
  let isCancelled = false;
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode("data: 1\n\n")),
    cancel: () => void (isCancelled = true),
  });
  const silent = new Response(body, { headers: { "content-type": "text/event-stream" } });
  expect(await Array.fromAsync(readEvents(silent, 20))).toEqual([{ event: "message", data: 1 }]);
  expect(isCancelled).toBe(true);
});
