import { expect, test } from "bun:test";
import { describeProxy, severityOf } from "../../src/proxy/describe.ts";
import type { ProxyEvent } from "../../src/proxy/events.ts";

const started = (...reachable: readonly boolean[]): ProxyEvent => ({
  type: "proxy-started",
  api: "http://127.0.0.1:7440",
  ledger: "postgres://db/ledger",
  listeners: [{ name: "pg", protocol: "postgres", target: "t0", address: "127.0.0.1:6432" }],
  targets: reachable.map((is, index) => ({ name: `t${index}`, kind: "postgres", reachable: is })),
});

test("a target that is not reached at the start is named, and is worth a line of the log", () => {
  expect(describeProxy(started(true))).toEqual({
    tone: "plain",
    text: "ledger postgres://db/ledger, 1 target, pg on 127.0.0.1:6432, API http://127.0.0.1:7440",
  });
  expect(severityOf(started(true))).toBe("info");
  expect(describeProxy(started(false, true, false))).toMatchObject({
    tone: "bad",
    text: expect.stringContaining(
      "3 targets, pg on 127.0.0.1:6432, API http://127.0.0.1:7440; not reached: t0, t2 ",
    ) as string,
  });
  expect(severityOf(started(false, true))).toBe("warn");
});
