import { expect, test } from "bun:test";
import { together } from "../../src/run/together.ts";

async function collect<E, R>(generator: AsyncGenerator<E, R>): Promise<{ facts: E[]; result: R }> {
  const facts: E[] = [];
  for (;;) {
    const next = await generator.next();
    if (next.done) return { facts, result: next.value };
    facts.push(next.value);
  }
}

async function* speak(
  words: readonly string[],
  gate: Promise<void>,
  result: number,
): AsyncGenerator<string, number> {
  for (const word of words) {
    await gate;
    yield word;
  }
  return result;
}

test("facts come as they arise, results in the order of the generators", async () => {
  const gate = Promise.withResolvers<void>();
  const both = together<string, [number, number]>(
    speak(["late"], gate.promise, 1),
    speak(["early"], Promise.resolve(), 2),
  );
  expect((await both.next()).value).toBe("early");
  gate.resolve();
  expect(await collect(both)).toEqual({ facts: ["late"], result: [1, 2] });
});

test("a failure is thrown once the others have ended, so that none of them works on unseen", async () => {
  const ended: string[] = [];
  async function* fails(): AsyncGenerator<string, number> {
    yield "about to fail";
    throw new Error("failed");
  }
  async function* goesOn(): AsyncGenerator<string, number> {
    yield "one";
    yield "two";
    ended.push("the other");
    return 1;
  }
  const facts: string[] = [];
  const run = async (): Promise<void> => {
    for await (const fact of together<string, [number, number]>(fails(), goesOn())) facts.push(fact);
  };
  await expect(run()).rejects.toThrow("failed");
  expect(ended).toEqual(["the other"]);
  expect(facts).toContain("two");
});

test("a consumer that leaves early releases every generator", async () => {
  const released: string[] = [];
  async function* holds(name: string): AsyncGenerator<string, number> {
    try {
      for (;;) yield name;
    } finally {
      released.push(name);
    }
  }
  for await (const _fact of together<string, [number, number]>(holds("a"), holds("b"))) break;
  expect(released.toSorted()).toEqual(["a", "b"]);
});
