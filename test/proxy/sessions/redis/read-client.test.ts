import { expect, test } from "bun:test";
import { readClient } from "../../../../src/proxy/sessions/redis/read-client.ts";
import type { ClientBytes } from "../../../../src/proxy/sessions/redis/read-client.ts";
import type { Step } from "../../../../src/proxy/sessions/redis/step.ts";
import { drop, pass } from "../../../../src/proxy/sessions/redis/step.ts";
import { redisLimits } from "../../../../src/wire/redis/command-limits.ts";
import { command } from "../../../../src/wire/redis/write-reply.ts";

interface Told {
  readonly forwarded: Uint8Array[];
  readonly taken: Uint8Array[];
  plain: number;
}

function reading(step: () => Step | Promise<Step>): { readonly bytes: ClientBytes; readonly told: Told } {
  const told: Told = { forwarded: [], taken: [], plain: 0 };
  const bytes = readClient({ ...redisLimits, wholeBytes: 200_000 }, () => true, {
    forward: (sent) => void told.forwarded.push(sent),
    plain: (count) => void (told.plain += count),
    take(sent) {
      told.taken.push(sent);
      return step();
    },
    broken: () => undefined,
    closing: () => undefined,
    caughtUp: () => undefined,
  });
  return { bytes, told };
}

const joined = (pieces: readonly Uint8Array[]): Buffer => Buffer.concat(pieces);

test("bytes in which nothing is to be decided go on as they are: the same, in one piece", () => {
  const { bytes, told } = reading(() => drop);
  const chunk = Buffer.concat(
    Array.from({ length: 100 }, (_, index) => command("SET", `k${index}`, "FLUSHALL")),
  );
  bytes.push(chunk);
  expect(told).toMatchObject({ plain: 100, taken: [] });
  expect(told.forwarded.length).toBe(1);
  expect(told.forwarded[0]).toBe(chunk);
});

test("what is let pass at once goes on in one piece with what stands around it", () => {
  const { bytes, told } = reading(() => pass);
  const chunk = Buffer.concat([command("GET", "a"), command("EVALSHA", "x", "0"), command("GET", "b")]);
  bytes.push(chunk);
  expect(told.taken.length).toBe(1);
  expect(told.forwarded[0]).toBe(chunk);
});

test("a large value streams: nothing of it is kept", () => {
  const { bytes, told } = reading(() => drop);
  const large = command("SET", "k", "x".repeat(5_000_000));
  for (let at = 0; at < large.length; at += 10_000) {
    const piece = large.subarray(at, at + 10_000);
    bytes.push(piece);
    expect(told.forwarded.at(-1)).toBe(piece);
  }
  expect(told.taken).toEqual([]);
  expect(told.plain).toBe(1);
});

test.each([
  ["let through", pass],
  ["refused", drop],
])("a command that is longer than what is held is judged by its beginning; %s", (_, step) => {
  const { bytes, told } = reading(() => step);
  const long = command("EVAL", "-".repeat(3_000_000), "0");
  const all = Buffer.concat([command("GET", "a"), long, command("GET", "b")]);
  for (let at = 0; at < all.length; at += 10_000) bytes.push(all.subarray(at, at + 10_000));
  expect(told.taken.length).toBe(1);
  expect(told.taken[0]?.length).toBeLessThan(250_000);
  expect(told.plain).toBe(2);
  const expected = step === pass ? all : Buffer.concat([command("GET", "a"), command("GET", "b")]);
  expect(joined(told.forwarded).equals(expected)).toBe(true);
});

test("what comes while one is decided on waits, in its order", async () => {
  const verdict = Promise.withResolvers<Step>();
  const { bytes, told } = reading(() => verdict.promise);
  bytes.push(Buffer.concat([command("GET", "a"), command("FLUSHALL"), command("GET", "b")]));
  bytes.push(command("GET", "c"));
  expect(joined(told.forwarded)).toEqual(Buffer.from(command("GET", "a")));
  expect({ isBlocked: bytes.isBlocked, waiting: bytes.waiting }).toEqual({
    isBlocked: true,
    waiting: 2 * command("GET", "b").length,
  });
  verdict.resolve(drop);
  await verdict.promise;
  await Promise.resolve();
  expect(joined(told.forwarded)).toEqual(Buffer.concat(["a", "b", "c"].map((key) => command("GET", key))));
  expect({ isIdle: bytes.isIdle, waiting: bytes.waiting }).toEqual({ isIdle: true, waiting: 0 });
});
