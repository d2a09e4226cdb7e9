import { expect, test } from "bun:test";
import { createCycles } from "../../../../src/proxy/sessions/postgres/cycles.ts";
import { countAnswered, countSent, createSent } from "../../../../src/wire/postgres/tallies.ts";
import { client, server } from "../../../../src/wire/postgres/message-types.ts";

function open() {
  const sent = createSent();
  const answered = { ready: 0, completions: 0, closes: 0, binds: 0 };
  const cycles = createCycles(sent, answered);
  const send = (...types: readonly (keyof typeof client)[]): void => {
    for (const type of types) {
      if (type === "copyDone" || type === "copyFail") cycles.copyEnded();
      countSent(sent, client[type]);
    }
  };
  const answer = (...types: readonly ("bind" | "copyIn" | "ready")[]): void => {
    for (const type of types) {
      if (type === "bind") countAnswered(answered, server.bindComplete);
      if (type === "ready") countAnswered(answered, server.readyForQuery);
      if (type === "copyIn") cycles.copyBegan();
      if (type === "ready") cycles.ready();
    }
  };
  return { cycles, send, answer, isQuiet: () => cycles.answering() === cycles.sending() };
}

test("each Query, Sync and FunctionCall is answered once, and so is the start-up", () => {
  const { send, answer, isQuiet } = open();
  expect(isQuiet()).toBe(false);
  answer("ready");
  expect(isQuiet()).toBe(true);
  send("parse", "bind", "execute");
  expect(isQuiet()).toBe(true);
  send("sync", "query", "functionCall");
  answer("ready", "ready");
  expect(isQuiet()).toBe(false);
  answer("ready");
  expect(isQuiet()).toBe(true);
});

test("libpq's COPY of the extended protocol: the Sync before the data is swallowed", () => {
  for (const isEarly of [true, false]) {
    const { send, answer, isQuiet, cycles } = open();
    answer("ready");
    send("parse", "bind", "execute", "sync");
    if (isEarly) send("copyData", "copyDone", "sync");
    answer("bind", "copyIn");
    if (!isEarly) {
      expect(cycles.isCopying()).toBe(true);
      send("copyData", "copyDone", "sync");
    }
    expect(isQuiet()).toBe(false);
    answer("ready");
    expect(isQuiet()).toBe(true);
  }
});

test("a COPY of a simple query has its one answer, with any Sync in between swallowed", () => {
  const { send, answer, isQuiet } = open();
  answer("ready");
  send("query");
  answer("copyIn");
  send("sync", "copyFail");
  answer("ready");
  expect(isQuiet()).toBe(true);
});

test("data behind a COPY that never began are thrown away, and both Syncs answered", () => {
  const { send, answer, isQuiet } = open();
  answer("ready");
  send("parse", "bind", "execute", "sync", "copyData", "copyDone", "sync");
  answer("ready");
  expect(isQuiet()).toBe(false);
  answer("ready");
  expect(isQuiet()).toBe(true);
  send("query");
  answer("copyIn");
  send("copyDone");
  answer("ready");
  expect(isQuiet()).toBe(true);
});

test("who waits for quiet is woken by the last answer", async () => {
  const { cycles, send, answer } = open();
  answer("ready");
  send("query", "query");
  let isWoken = false;
  const waiting = cycles.quiet().then(() => (isWoken = true));
  answer("ready");
  await Promise.resolve();
  expect(isWoken).toBe(false);
  answer("ready");
  await waiting;
  expect(isWoken).toBe(true);
});
