import { afterAll, beforeAll, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { connect } from "node:net";
import { openNote, parseNote } from "../../../src/audit/note/signed-note.ts";
import { formatSubmission } from "../../../src/audit/witness/submission.ts";
import type { RunningWitness } from "../../../src/chain/witness/ports.ts";
import { testKey, verifierOf } from "../../support/notes.ts";
import { temporaryFolder } from "../../support/run-commands.ts";
import { testLog } from "../../support/test-log.ts";
import { cosigner, post, startWitness } from "../../support/witness.ts";

const key = testKey("example.com/audit", 1);
const stranger = testKey("example.net/audit", 3);
const folder = temporaryFolder();
let witness: RunningWitness;
let url = "";
beforeAll(async () => {
  witness = await startWitness(folder.path, [key.vkey]);
  url = witness.url;
});
afterAll(async () => {
  await witness[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

let count = 0;
const freshLog = () => testLog(key, `example.com/audit/${(count += 1)}`, 40);
const send = (body: string | Uint8Array) => post(url, body);

test("add-checkpoint is a POST, and nothing else is there but the last checkpoints and /healthz", async () => {
  const status = async (path: string, method: string) => {
    const response = await fetch(`${url}${path}`, { method });
    return [response.status, response.headers.get("allow")];
  };
  expect(await status("/add-checkpoint", "GET")).toEqual([405, "POST"]);
  expect(await status("/add-checkpoint", "PUT")).toEqual([405, "POST"]);
  expect(await status("/healthz", "GET")).toEqual([200, null]);
  expect(await status("/healthz", "POST")).toEqual([405, "GET, HEAD"]);
  for (const path of [
    "/",
    "/add-checkpoint/",
    "/x/add-checkpoint",
    `/${"0".repeat(64)}/checkpoint`,
    "/../w1.key",
    "/witness.pub",
  ])
    expect((await status(path, "GET"))[0]).toBe(404);
});

test("the last cosigned checkpoint can be read by whoever knows its origin", async () => {
  const log = freshLog();
  const path = `/${createHash("sha256").update(log.origin).digest("hex")}/checkpoint`;
  expect((await fetch(`${url}${path}`)).status).toBe(404);
  await send(log.submission(0, 4));
  await send(
    formatSubmission({ oldSize: 4, proof: log.proof(4, 9), note: log.checkpoint(9, [stranger, key]) }),
  );
  const published = await (await fetch(`${url}${path}`)).text();
  expect(openNote(published, [cosigner, verifierOf(key)]).signedBy).toHaveLength(2);
  expect(parseNote(published).signatures).toHaveLength(2);
  expect(published).toStartWith(`${log.origin}\n9\n`);
});

test("one connection serves many requests", async () => {
  const log = freshLog();
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let received = "";
  socket.on("data", (chunk: Buffer) => (received += chunk.toString()));
  const answers = (): readonly string[] => received.match(/^HTTP\/1\.1 \d+/gm) ?? [];
  for (const [from, to] of [
    [0, 3],
    [3, 4],
    [4, 4],
  ] as const) {
    const before = answers().length;
    const body = Buffer.from(log.submission(from, to));
    socket.write(`POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: ${body.length}\r\n\r\n`);
    socket.write(body);
    while (answers().length === before) await new Promise((resolve) => socket.once("data", resolve));
  }
  socket.destroy();
  expect(answers()).toEqual(Array(3).fill("HTTP/1.1 200"));
});

test("a body over a mebibyte is refused, told or not, and the witness goes on", async () => {
  expect((await send("x".repeat(1_048_577))).status).toBe(413);
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on("error", () => undefined);
  const answered = new Promise<string>((resolve) =>
    socket.once("data", (chunk: Buffer) => resolve(chunk.toString())),
  );
  socket.write("POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nTransfer-Encoding: chunked\r\n\r\n");
  const chunk = `10000\r\n${"x".repeat(65_536)}\r\n`;
  for (let sent = 0; sent < 20; sent += 1) socket.write(chunk);
  expect(await answered).toStartWith("HTTP/1.1 413");
  socket.destroy();
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
});
