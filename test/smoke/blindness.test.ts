import { beforeAll, expect, test } from "bun:test";
import { comparatorNames } from "../../src/backup/compare/difference.ts";
import { dumpFormats } from "../../src/smoke/input.ts";
import type { SmokePorts } from "../../src/smoke/ports.ts";
import { dataFaults } from "../../src/smoke/sabotage/data-faults.ts";
import { catalogFaults, superuserFaults } from "../../src/smoke/sabotage/fault-plan.ts";
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

test("there is something of everything to plant: no kind of fault is left out in silence", async () => {
  const { state, verdict } = await prove({ dbUrl: source });
  expect(verdict).toBe("proved");
  const chainFaults = ["chain-rewritten-verifier-stubbed", "chain-rehashed", "tail-cut-head-mended"];
  const wanted = [
    ...[...catalogFaults, ...superuserFaults].map(({ fault }) => fault),
    ...dataFaults,
    "large-object-changed",
    "sequence-rewound",
    ...chainFaults,
  ];
  expect(state.faults.map(({ fault }) => fault).toSorted()).toEqual(wanted.toSorted());
});

test("every format gives the same head, and is proved", async () => {
  const proofs = await Promise.all(dumpFormats.map((format) => prove({ dbUrl: source, format })));
  expect(proofs.map(({ verdict }) => verdict)).toEqual(dumpFormats.map(() => "proved"));
  const heads = new Set(
    proofs.flatMap(({ state }) => [state.pre.chain_head_hash, state.post.chain_head_hash]),
  );
  expect(heads.size).toBe(1);
});
