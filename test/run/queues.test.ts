import { describe, expect, test } from "bun:test";
import { createBoundedQueue } from "../../src/run/bounded-queue.ts";
import { createKeyedQueue } from "../../src/run/keyed-queue.ts";

describe("a keyed queue", () => {
  test("runs what is for one key in turn, whatever fails, and what is for others meanwhile", async () => {
    const queue = createKeyedQueue();
    const order: string[] = [];
    const gate = Promise.withResolvers<void>();
    const first = queue.run("a", async () => {
      await gate.promise;
      order.push("a1");
      throw new Error("no");
    });
    const second = queue.run("a", async () => order.push("a2"));
    await queue.run("b", async () => order.push("b1"));
    expect(order).toEqual(["b1"]);
    gate.resolve();
    await expect(first).rejects.toThrow("no");
    await second;
    expect(await queue.run("a", async () => "a3")).toBe("a3");
    expect(order).toEqual(["b1", "a1", "a2"]);
  });
});

describe("a bounded queue", () => {
  test("gives what was pushed, in order, before and while it is read, and ends when it is closed", async () => {
    const queue = createBoundedQueue<number>(3);
    queue.push(1);
    const read: number[] = [];
    const reading = (async () => {
      for await (const each of queue) {
        read.push(each);
        if (each < 3) queue.push(each + 1);
        else queue.close();
      }
    })();
    await reading;
    expect(read).toEqual([1, 2, 3]);
  });

  test("drops and counts what it has no room for", async () => {
    const queue = createBoundedQueue<number>(2);
    for (const each of [1, 2, 3, 4]) queue.push(each);
    expect(queue.dropped).toBe(2);
    queue.close();
    queue.push(5);
    expect(await Array.fromAsync(queue)).toEqual([1, 2]);
    expect(queue.dropped).toBe(3);
  });
});
