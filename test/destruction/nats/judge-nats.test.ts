import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { hole } from "../../../src/destruction/destruction.ts";
import { judgeNatsSubject } from "../../../src/destruction/nats/judge-nats.ts";

function judged(subject: string): string | null {
  const found = judgeNatsSubject(subject.replaceAll("§", hole));
  return found && [found.kind, found.what, ...found.names, found.certainty].join(" ");
}

describe("what destroys", () => {
  test.each([
    ["$JS.API.STREAM.DELETE.ORDERS", "stream $JS.API.STREAM.DELETE ORDERS certain"],
    ["$JS.hub.API.STREAM.DELETE.ORDERS", "stream $JS.API.STREAM.DELETE ORDERS certain"],
    ["$JS.API.STREAM.PURGE.KV_sessions", "stream $JS.API.STREAM.PURGE KV_sessions certain"],
    ["$JS.API.STREAM.MSG.DELETE.OBJ_files", "stream $JS.API.STREAM.MSG.DELETE OBJ_files certain"],
    ["$JS.API.ACCOUNT.PURGE.AABC", "stream $JS.API.ACCOUNT.PURGE AABC certain"],
    ["$SYS.REQ.CLAIMS.DELETE", "stream $SYS.REQ.CLAIMS.DELETE certain"],
    ["$JS.API.STREAM.DELETE.§", "stream $JS.API.STREAM.DELETE … certain"],
    ["$JS.§.API.STREAM.DELETE.Q_§", "stream $JS.API.STREAM.DELETE Q_… certain"],
    ["$JS.API.STREAM.DELETE.%s", "stream $JS.API.STREAM.DELETE … certain"],
    ["§.STREAM.DELETE.§", "stream $JS.API.STREAM.DELETE … likely"],
    ["STREAM.PURGE.ORDERS", "stream $JS.API.STREAM.PURGE ORDERS likely"],
  ])("%s", (subject, expected) => {
    expect(judged(subject)).toBe(expected);
  });
});

describe("what does not", () => {
  test.each([
    "$JS.API.STREAM.UPDATE.ORDERS",
    "$JS.API.STREAM.CREATE.ORDERS",
    "$JS.API.STREAM.INFO.ORDERS",
    "$JS.API.STREAM.MSG.GET.ORDERS",
    "$JS.API.CONSUMER.DELETE.ORDERS.worker",
    "$JS.API.STREAM.DELETE.*",
    "$JS.API.STREAM.>",
    "$JS.EVENT.ADVISORY.STREAM.DELETED.ORDERS",
    "$SYS.REQ.CLAIMS.UPDATE",
    "orders.delete.STREAM.DELETE.x",
    "STREAM.DELETE",
    "$JS.API.STREAM.DELETE.x failed: no such stream",
    "§",
    "",
  ])("%s", (subject) => {
    expect(judged(subject)).toBeNull();
  });
});

test("no subject makes it throw", () => {
  fc.assert(fc.property(fc.string(), (subject) => void judgeNatsSubject(subject)));
});
