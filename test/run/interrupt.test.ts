import { expect, test } from "bun:test";
import { InterruptedError } from "../../src/errors.ts";
import { beforeForcedExit, cleanUpForced } from "../../src/run/forced-exit.ts";
import { interruptible, throwIfInterrupted } from "../../src/run/interrupt.ts";

test("a run that was interrupted throws at its next step", () => {
  const interruption = new AbortController();
  throwIfInterrupted(interruption.signal);
  interruption.abort();
  expect(() => throwIfInterrupted(interruption.signal)).toThrow(InterruptedError);
});

test("waiting ends with the work, with its failure, or with the signal", async () => {
  const interruption = new AbortController();
  expect(await interruptible(Promise.resolve(1), interruption.signal)).toBe(1);
  await expect(interruptible(Promise.reject(new Error("no")), interruption.signal)).rejects.toThrow("no");
  const endless = interruptible(new Promise<never>(() => undefined), interruption.signal);
  interruption.abort();
  await expect(endless).rejects.toThrow(InterruptedError);
});

test("forced clean-ups run once, newest first, whatever one of them throws; those that were given back do not run", () => {
  const ran: string[] = [];
  using _first = beforeForcedExit(() => void ran.push("first"));
  using _broken = beforeForcedExit(() => {
    throw new Error("no");
  });
  beforeForcedExit(() => void ran.push("given back"))[Symbol.dispose]();
  using _last = beforeForcedExit(() => void ran.push("last"));
  cleanUpForced();
  cleanUpForced();
  expect(ran).toEqual(["last", "first"]);
});
