import { beforeAll, expect, test } from "bun:test";
import { comparatorNames } from "../../src/backup/compare/difference.ts";
import { dumpFormats } from "../../src/smoke/input.ts";
import type { SmokePorts } from "../../src/smoke/ports.ts";
import { startTestCluster } from "../support/cluster.ts";
import { prove, urlOf } from "../support/prove.ts";
import { createShop } from "../support/shop.ts";

/** Sabotage and proof use the same comparison: a proof that does not look at one aspect must find out by itself. */
const cluster = await startTestCluster(15);
const source = urlOf({ ...cluster.settings, database: "shop" });

beforeAll(async () => {
  await createShop(cluster);
});

const blind =
  (name: string) =>
  (ports: SmokePorts): SmokePorts => ({
    ...ports,
    comparison: {
      comparators: ports.comparison.comparators.filter((comparator) => comparator.name !== name),
      compareChains: name === "chain" ? () => [] : ports.comparison.compareChains,
    },
  });

test.each([...comparatorNames, "chain"])(
  "without the comparator %s the verdict is bad: its fault went unseen",
  async (name) => {
    const { verdict, state, failed } = await prove({ dbUrl: source }, blind(name));
    const unseen = state.faults.filter(({ detected }) => !detected);
    expect(unseen.length).toBeGreaterThan(0);
    expect(new Set(unseen.map(({ comparator }) => comparator))).toEqual(new Set([name]));
    expect(failed).toEqual(["sabotage"]);
    expect(verdict).toBe("disproved");
  },
);

test("every format gives the same head, and is proved", async () => {
  const proofs = await Promise.all(dumpFormats.map((format) => prove({ dbUrl: source, format })));
  expect(proofs.map(({ verdict }) => verdict)).toEqual(dumpFormats.map(() => "proved"));
  const heads = new Set(
    proofs.flatMap(({ state }) => [state.pre.chain_head_hash, state.post.chain_head_hash]),
  );
  expect(heads.size).toBe(1);
});
