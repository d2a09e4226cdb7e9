import { expect, test } from "bun:test";
import { OpsError } from "../../src/errors.ts";
import { createWorld, dropRequest, provisioner, startInstance, untilState } from "../support/engine.ts";

const signal = new AbortController().signal;

test.each(["ledger.record", "held.fence"])(
  "a ledger that is lost in the middle, after %s: nobody is told that nothing was done, and it is gone on with",
  async (place) => {
    const world = createWorld();
    let wasLost = false;
    await using one = startInstance(world, {
      name: "one",
      async at(name, when) {
        await Promise.resolve();
        if (name !== place || when !== "after" || wasLost) return;
        wasLost = true;
        world.store.isDown = true;
        const hint = "start it";
        throw new OpsError("connection-lost", "the answer was lost", hint, { isOutcomeUnknown: true });
      },
    });
    const answer = await one.chokepoint.request(dropRequest(), provisioner, signal);
    expect(answer).toMatchObject({ kind: "undecided", dropId: "one-1" });
    world.store.isDown = false;
    world.store.owners.delete("one-1");
    await untilState(world, "one-1", ["completed"]);
    expect(one.bugs).toEqual([]);
  },
);
