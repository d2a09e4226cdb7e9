import { expect, test } from "bun:test";
import { Cycles } from "../../../../src/proxy/sessions/postgres/cycles.ts";
import { countAnswered, countSent, createSent } from "../../../../src/wire/postgres/tallies.ts";
import { client, server } from "../../../../src/wire/postgres/message-types.ts";

function open() {
  const sent = createSent();
  const answered = { ready: 0, completions: 0, closes: 0 };
  let isLost = false;
  const cycles = new Cycles(sent, answered, () => (isLost = true));
  const send = (...types: readonly (keyof typeof client)[]): void => {
    for (const type of types) {
      const isEnd = type === "copyDone" || type === "copyFail";
      if (isEnd || (type === "copyData" && sent.syncs > 0)) cycles.copySent(isEnd);
      countSent(sent, client[type]);
    }
  };
  const answer = (...types: readonly ("copyIn" | "error" | "cancelled" | "ready")[]): void => {
    for (const type of types) {
      if (type === "copyIn") cycles.copyBegan();
      if (type === "error") cycles.failed(() => "22P02");
      if (type === "cancelled") cycles.failed(() => "57014");
      if (type !== "ready") continue;
      countAnswered(answered, server.readyForQuery);
      cycles.ready();
    }
  };
  return {
    cycles,
    send,
    answer,
    isQuiet: () => cycles.answering() === cycles.sending(),
    isLost: () => isLost,
  };
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

test("libpq's COPY of the extended protocol: the Sync before the data is swallowed, whether the COPY fails or not", () => {
  for (const isFailing of [false, true]) {
    const { send, answer, isQuiet, cycles, isLost } = open();
    answer("ready");
    send("parse", "bind", "execute", "sync");
    answer("copyIn");
    expect(cycles.isCopying()).toBe(true);
    send("copyData", "copyData");
    if (isFailing) answer("error");
    send("copyDone", "sync");
    expect(isQuiet()).toBe(false);
    answer("ready");
    expect([isQuiet(), isLost()]).toEqual([true, false]);
  }
});

test("a COPY of a simple query has its one answer, also where its data are sent before they are wanted", () => {
  for (const isEarly of [false, true]) {
    const { send, answer, isQuiet, isLost, cycles } = open();
    answer("ready");
    send("query");
    if (isEarly) send("copyData", "copyDone", "query");
    answer("copyIn");
    if (!isEarly) send("copyData", "copyFail", "query");
    expect(cycles.isCopying()).toBe(false);
    answer("ready");
    expect(isQuiet()).toBe(false);
    answer("ready");
    expect([isQuiet(), isLost()]).toEqual([true, false]);
  }
});

test("data of a COPY that has failed are thrown away, and so is their end", () => {
  const { send, answer, isQuiet, isLost } = open();
  answer("ready");
  send("query");
  answer("copyIn");
  send("copyData");
  answer("error", "ready");
  send("copyData", "copyDone", "sync");
  answer("ready");
  send("copyData", "copyDone", "query");
  answer("copyIn");
  send("copyDone");
  answer("ready");
  expect([isQuiet(), isLost()]).toEqual([true, false]);
});

test.each([
  ["a Sync amid the data", ["copyData", "sync", "copyData"]],
  ["a Sync at the end of the data", ["copyData", "sync", "copyDone"]],
  ["a Sync once data are wanted", ["sync", "copyData"]],
] as const)("%s may be read before the COPY fails, or behind: nobody can tell", (_, sent) => {
  for (const isEarly of [false, true]) {
    const { send, answer, isLost } = open();
    answer("ready");
    send("parse", "bind", "execute");
    if (isEarly) send(...sent);
    answer("copyIn");
    if (!isEarly) send(...sent);
    expect(isLost()).toBe(true);
  }
});

test("a COPY that ends before the server can have read all leaves it open whether a Sync was swallowed", () => {
  const { send, answer, isLost } = open();
  answer("ready");
  send("parse", "bind", "execute", "sync");
  answer("copyIn");
  send("copyData");
  answer("cancelled");
  expect(isLost()).toBe(true);
});

test("more answers than questions: nothing is certain any more", () => {
  const { answer, isLost } = open();
  answer("ready", "ready");
  expect(isLost()).toBe(true);
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
