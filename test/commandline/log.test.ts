import { expect, test } from "bun:test";
import { createLog } from "../../src/commandline/log.ts";
import type { Envelope, Fact } from "../../src/run/contract.ts";

const envelope = (event: Fact): Envelope => ({
  v: 1,
  run: "r",
  seq: 1,
  at: "2026-01-01T00:00:00.000Z",
  event,
});

async function logged(
  level: "warn" | "info" | "silent",
  severity?: (event: Fact) => "info" | "warn" | "error" | undefined,
): Promise<readonly (readonly [number, string])[]> {
  const lines: string[] = [];
  const log = await createLog(level, (text) => void lines.push(text), severity);
  for (const type of ["grave", "odd", "fine", "noted"]) log.event(envelope({ type }));
  return lines.map((each) => {
    const { level: number, msg } = JSON.parse(each) as { level: number; msg: string };
    return [number, msg];
  });
}

const severity = ({ type }: Fact) => (type === "grave" ? "error" : type === "odd" ? "warn" : undefined);

test("what a feature calls grave is logged at the default level, the rest when it is asked for", async () => {
  expect(await logged("warn", severity)).toEqual([
    [50, "grave"],
    [40, "odd"],
  ]);
  expect(await logged("info", severity)).toEqual([
    [50, "grave"],
    [40, "odd"],
    [30, "noted"],
  ]);
  expect(await logged("info")).toEqual([[30, "noted"]]);
  expect(await logged("warn")).toEqual([]);
  expect(await logged("silent", severity)).toEqual([]);
});
