import { expect, test } from "bun:test";
import { keepFresh } from "../../../src/proxy/gate/keep-fresh.ts";
import { createRoleFacts } from "../../../src/proxy/gate/role-facts.ts";
import type { RoleFacts } from "../../../src/proxy/gate/role-facts.ts";

const factsOf = (...names: readonly string[]): RoleFacts =>
  createRoleFacts(
    names.map((name) => ({ oid: name, name, isSuperuser: false, isPowerful: false })),
    [],
  );

function scene() {
  let now = 0;
  const asked: PromiseWithResolvers<RoleFacts>[] = [];
  const source = keepFresh({
    nowMs: () => now,
    deadlineMs: 50,
    read() {
      const answer = Promise.withResolvers<RoleFacts>();
      asked.push(answer);
      return answer.promise;
    },
  });
  return { source, asked, wait: (ms: number) => (now += ms) };
}

test("asked once for all who wait, and not again while it is fresh", async () => {
  const { source, asked, wait } = scene();
  const [one, two] = [source.facts(["a"]), source.facts(["b"])];
  expect(asked).toHaveLength(1);
  asked[0]?.resolve(factsOf("a"));
  expect(await one).toBe(await two);
  wait(2000);
  expect(source.facts(["a"])).not.toBeInstanceOf(Promise);
  expect(asked).toHaveLength(1);
  wait(1);
  const next = source.facts(["a"]);
  expect(next).toBeInstanceOf(Promise);
  expect(asked).toHaveLength(2);
  asked[1]?.resolve(factsOf("a"));
  await next;
});

test("a role that is not known is asked for after it was named, and not all the time", async () => {
  const { source, asked, wait } = scene();
  const first = source.facts(["a"]);
  asked[0]?.resolve(factsOf("a"));
  await first;
  // Nobody is let in by what was known before the role was made; and the target is not asked at once for each who comes.
  const soon = source.facts(["nobody"]);
  const other = source.facts(["nobody", "else"]);
  expect(asked).toHaveLength(1);
  while (asked.length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
  asked[1]?.resolve(factsOf("a", "nobody", "else"));
  expect((await soon).standing("nobody")).not.toBeNull();
  expect((await other).standing("else")).not.toBeNull();
  expect(asked).toHaveLength(2);
  wait(251);
  expect(source.facts(["a"])).not.toBeInstanceOf(Promise);
  const next = source.facts(["a", "new"]);
  expect(asked).toHaveLength(3);
  asked[2]?.resolve(factsOf("a", "new"));
  await next;
});

test("what was asked for before a role was named says nothing of it", async () => {
  const { source, asked, wait } = scene();
  const first = source.facts(["a"]);
  asked[0]?.resolve(factsOf("a"));
  await first;
  wait(300);
  const earlier = source.facts(["b"]);
  wait(1);
  const later = source.facts(["c"]);
  asked[1]?.resolve(factsOf("a", "b"));
  await earlier;
  while (asked.length < 3) await new Promise((resolve) => setTimeout(resolve, 1));
  asked[2]?.resolve(factsOf("a", "b", "c"));
  expect((await later).standing("c")).not.toBeNull();
});

test("what fails, or takes too long, is asked again; of what is in, what was known counts for a while", async () => {
  const { source, asked, wait } = scene();
  expect(source.last()).toBeNull();
  asked[0]?.resolve(factsOf("a"));
  await source.facts(["a"]);
  wait(3000);
  const failing = source.facts(["a"]) as Promise<RoleFacts>;
  asked[1]?.reject(new Error("away"));
  await expect(failing).rejects.toThrow("away");
  const late: unknown = await Promise.resolve(source.facts(["a"])).catch((error: unknown) => error);
  expect(late).toMatchObject({ code: "timeout" });
  expect(source.last()?.standing("a")).not.toBeNull();
  wait(30_000);
  expect(source.last()).toBeNull();
  expect(asked.length).toBeGreaterThan(3);
});

test("once somebody has come it is asked for by itself, until it is disposed of", async () => {
  let now = 0;
  let reads = 0;
  let wake = Promise.withResolvers<void>();
  const source = keepFresh({
    nowMs: () => now,
    warmEveryMs: 1,
    async read() {
      reads += 1;
      wake.resolve();
      return factsOf("a");
    },
  });
  await source.facts(["a"]);
  for (let round = 0; round < 3; round += 1) {
    wake = Promise.withResolvers<void>();
    await wake.promise;
    now += 29_000;
    expect(source.last()?.standing("a")).not.toBeNull();
  }
  source[Symbol.dispose]();
  expect(reads).toBeGreaterThan(3);
});

test("a target that is down is not asked by each who comes: they wait, and are answered together", async () => {
  const { source, asked, wait } = scene();
  const first = source.facts(["a"]) as Promise<RoleFacts>;
  asked[0]?.reject(new Error("down"));
  await expect(first).rejects.toThrow("down");
  wait(240);
  const next = [source.facts(["a"]), source.facts(["b"])];
  await Promise.resolve();
  expect(asked).toHaveLength(1);
  while (asked.length < 2) await new Promise((resolve) => setTimeout(resolve, 1));
  asked[1]?.resolve(factsOf("a", "b"));
  for (const each of next) expect((await each).standing("a")).not.toBeNull();
  expect(asked).toHaveLength(2);
});
