import { describe, expect, test } from "bun:test";
import { faultsIn, leftIn } from "./chaos-judge.ts";
import type { AtRest, Recorded, Seen, Story, Told } from "./chaos-judge.ts";

/** The judge of the chaos tests: it passes what is right, and is seen to fail on each planted fault. */

const at = (second: number): Date => new Date(Date.UTC(2026, 0, 1, 0, 0, second));

const stands = (kind: string): Seen => ({ kind, name: "x", oid: 1, goneBy: null });
const gone = (kind: string): Seen => ({ ...stands(kind), goneBy: at(10) });
const told = (kind: string, end: Told["end"]): Told => ({ kind, name: "x", end });
const row = (type: string, outcome: string | null, more: Partial<Recorded> = {}): Recorded => ({
  name: type === "table" ? "public.x" : "x",
  type,
  state: outcome === "ok" || outcome === "noop" ? "completed" : (outcome ?? "requested"),
  outcome,
  started: ["refused", null].includes(outcome) ? null : at(5),
  approved: at(4),
  ...more,
});
const story = (...parts: readonly (Seen | Recorded | Told)[]): Story => ({
  seen: parts.filter((each) => "oid" in each),
  records: parts.filter((each) => "state" in each),
  told: parts.filter((each) => "end" in each),
  hung: [],
});

test.each<readonly [string, Story]>([
  ["dropped, recorded, told", story(gone("table"), row("table", "ok"), told("table", "done"))],
  ["dropped between two looks", story(row("table", "ok"), told("table", "done"))],
  ["dropped, and whoever asked was cut off", story(gone("table"), row("table", "unknown"))],
  [
    "dropped, the answer came, the proxy died",
    story(gone("table"), row("table", "unknown"), told("table", "done")),
  ],
  ["never sent, and whoever asked was cut off", story(stands("table"), row("table", "unknown"))],
  ["rolled back", story(stands("table"), row("table", "rolled_back"), told("table", "not done"))],
  ["refused", story(stands("schema"), row("schema", "refused"), told("schema", "not done"))],
  ["refused without a ledger, so without a row", story(stands("schema"), told("schema", "not done"))],
  [
    "fenced: its files stay",
    story(gone("database"), stands("files"), row("database", "ok"), told("database", "done")),
  ],
  ["approved", story(gone("role"), row("role", "ok"), told("role", "done"))],
  ["truncated", story(gone("truncate"), stands("table"), row("truncate", "ok"), told("truncate", "done"))],
  [
    "not truncated, but dropped",
    story(
      gone("truncate"),
      gone("table"),
      row("table", "ok"),
      row("truncate", "rolled_back"),
      told("truncate", "not done"),
    ),
  ],
  ["there was none", story(stands("table"), row("table", "noop"))],
  ["a second try", story(gone("table"), row("table", "refused"), row("table", "ok"), told("table", "done"))],
])("right: %s", (_, right) => {
  expect(faultsIn(right)).toEqual([]);
});

test.each<readonly [string, Story, string]>([
  ["a drop without a record", story(gone("table")), "is gone without a record before"],
  [
    "a drop without a record, told as done",
    story(gone("table"), told("table", "done")),
    "is gone without a record before",
  ],
  [
    "one between two looks without a record",
    story(told("table", "done")),
    "was done for the client without a record",
  ],
  [
    "a record that was never begun",
    story(gone("table"), row("table", "ok", { started: null })),
    "is gone without a record before",
  ],
  [
    "a record of the end alone",
    story(row("table", "ok", { started: null })),
    "is recorded as over, and never as begun",
  ],
  [
    "a record that came after",
    story(gone("table"), row("table", "ok", { started: at(11) })),
    "is gone without a record before",
  ],
  ["a record of another kind", story(gone("table"), row("role", "ok")), "is gone without a record before"],
  [
    "a record of another name",
    story(gone("table"), row("table", "ok", { name: "public.y" })),
    "is gone without a record before",
  ],
  [
    "told that it is done, but there",
    story(stands("table"), row("table", "unknown"), told("table", "done")),
    "stands, and the client was told that it is gone",
  ],
  [
    "told of an error, but gone",
    story(gone("table"), row("table", "unknown"), told("table", "not done")),
    "is gone, and the client was told that it is not",
  ],
  [
    "told of an error, but truncated",
    story(gone("truncate"), stands("table"), row("truncate", "unknown"), told("truncate", "not done")),
    "is gone, and the client was told that it is not",
  ],
  [
    "told of an error, recorded as done",
    story(row("table", "ok"), told("table", "not done")),
    "is recorded as done, and the client was told that it is not",
  ],
  [
    "recorded as done, but there",
    story(stands("table"), row("table", "ok")),
    "stands, and is recorded as gone",
  ],
  [
    "recorded as an error, but gone",
    story(gone("table"), row("table", "error")),
    "is gone, and is recorded as there",
  ],
  [
    "recorded as rolled back, but gone",
    story(gone("table"), row("table", "rolled_back")),
    "is gone, and is recorded as there",
  ],
  [
    "recorded as rolled back, told as done",
    story(row("table", "rolled_back"), told("table", "done")),
    "was done for the client, and is recorded as there",
  ],
  [
    "refused, and begun",
    story(stands("table"), row("table", "refused", { state: "refused", started: at(5) })),
    "is recorded as refused, and was begun",
  ],
  [
    "a hold that nobody approved",
    story(gone("role"), row("role", "ok", { approved: null })),
    "is gone without an approval",
  ],
  [
    "a hold approved afterwards",
    story(gone("role"), row("role", "ok", { approved: at(6) })),
    "is gone without an approval",
  ],
  ["what is denied", story(gone("schema"), row("schema", "ok")), "is denied, or only fenced, and gone"],
  [
    "a fence that destroyed",
    story(gone("database"), gone("files"), row("database", "ok")),
    "is denied, or only fenced, and gone",
  ],
  ["a client that hangs", { ...story(), hung: ["a select"] }, "a select came to no end"],
])("wrong: %s", (_, wrong, said) => {
  expect(faultsIn(wrong).join("\n")).toContain(said);
});

describe("what is left", () => {
  const before: AtRest = { descriptors: 20, children: 1, files: ["a"], clients: 0, sessions: 0, backends: 3 };
  test.each<readonly [string, Partial<AtRest>, readonly string[]]>([
    ["nothing", {}, []],
    ["connections of its own", { descriptors: 26, backends: 9 }, []],
    ["less than before", { descriptors: 10, children: 0, files: [], backends: 0 }, []],
    ["a client's socket", { clients: 1 }, ["clients: 1 sockets after the last has gone"]],
    ["a session at the target", { sessions: 1 }, ["sessions: 1 at the target after the last has gone"]],
    ["descriptors", { descriptors: 27 }, ["descriptors: 20 before, 27 after"]],
    ["connections to the target", { backends: 10 }, ["backends: 3 before, 10 after"]],
    ["a process", { children: 2 }, ["children: 1 before, 2 after"]],
    ["a folder", { files: ["a", "custody-b"] }, ["files: custody-b"]],
  ])("%s", (_, after, said) => {
    expect(leftIn(before, { ...before, ...after }, 6)).toEqual(said);
  });
});
