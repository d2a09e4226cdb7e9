import { expect, test } from "bun:test";
import type { Failpoint } from "../../src/chokepoint/failpoints.ts";
import {
  createWorld,
  dropRequest,
  provisioner,
  startInstance,
  testPolicy,
  untilState,
} from "../support/engine.ts";

const signal = new AbortController().signal;

const stories = [
  { name: "kept and purged", tombstone: { mode: "required", retention: "0s", keep: "1h" }, end: "purged" },
  { name: "kept", tombstone: { mode: "required", retention: "1h" }, end: "completed" },
  { name: "fenced alone", tombstone: { mode: "soft", retention: "1h" }, end: "completed" },
  { name: "destroyed at once", tombstone: { mode: "off" }, end: "completed" },
] as const;

/** Counts the places and stops for ever at the given one. */
function stopAt(place: number): {
  readonly at: Failpoint;
  readonly stopped: Promise<string>;
  readonly count: () => number;
} {
  const { promise: stopped, resolve } = Promise.withResolvers<string>();
  let count = 0;
  const at: Failpoint = async (name, when) => {
    count += 1;
    if (count < place) return;
    resolve(`${when} ${name}`);
    await new Promise<never>(() => undefined);
  };
  return { at, stopped, count: () => count };
}

test.each(stories)(
  "killed before and after every await: $name",
  async ({ tombstone, end }) => {
    const policy = testPolicy({ tombstone });
    const dry = createWorld();
    const counting = stopAt(Number.POSITIVE_INFINITY);
    const pause = (name: string): Promise<void> => counting.at(name, "before");
    await using whole = startInstance(dry, { name: "whole", policy, at: counting.at, pause });
    const answer = await whole.chokepoint.request(dropRequest(), provisioner, signal);
    if (!("drop" in answer)) throw new Error(answer.kind);
    await untilState(dry, answer.drop.dropId, [end]);
    const places = counting.count();
    expect(places).toBeGreaterThan(15);

    for (let place = 1; place <= places; place += 1) {
      const world = createWorld();
      const { at, stopped } = stopAt(place);
      const first = startInstance(world, {
        name: "first",
        policy,
        at,
        pause: (name) => at(name, "before"),
      });
      await using second = startInstance(world, { name: "second", policy });
      void first.chokepoint.request(dropRequest(), provisioner, signal).catch(() => undefined);
      const where = await Promise.race([stopped, untilState(world, "first-1", [end]).then(() => "the end")]);
      first.kill();
      const again = await second.chokepoint.request(dropRequest(), provisioner, signal);
      if (!("drop" in again)) throw new Error(`${where}: ${again.kind}`);
      const drop = await untilState(world, again.drop.dropId, [end, "noop"]);
      expect(`${where}: ${drop.state}`).toBe(`${where}: ${end}`);
      for (const change of world.server.changes) expect(change.recorded).toContain("drop.started");
      expect(second.bugs).toEqual([]);
      const standing = world.server.things.map((each) => each.name.replace(/custody_tomb_.*_/, "fenced "));
      const isKept = end === "completed" && tombstone.mode !== "off";
      expect(standing).toEqual(isKept ? ["fenced database", "fenced role", "db_other"] : ["db_other"]);
      if (tombstone.mode === "off") continue;
      const undo = await second.chokepoint.undo(drop.dropId, provisioner, { as: null, from: null });
      expect(undo.kind).toBe("done");
      await untilState(world, drop.dropId, ["undone"]);
      expect(world.server.things.map((each) => each.name).toSorted()).toEqual([
        "db_acme",
        "db_other",
        "usr_acme",
      ]);
    }
  },
  60_000,
);
