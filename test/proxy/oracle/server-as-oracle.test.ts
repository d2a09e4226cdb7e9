import { describe, expect, test } from "bun:test";
import type { Destruction } from "../../../src/destruction/destruction.ts";
import { startTestCluster } from "../../support/cluster.ts";
import { dropCases } from "../../support/drop-oracle/drop-cases.ts";
import { openScene } from "../../support/drop-oracle/scene.ts";

const cluster = await startTestCluster(15, {
  parameters: { wal_level: "logical", max_replication_slots: "4", max_wal_senders: "4" },
});
const scene = await openScene(cluster);

/** What may be said of a loss, by the word that the catalog has for it. */
const kindsOf: Readonly<Record<string, readonly Destruction["kind"][]>> = {
  database: ["database", "functional", "catalog"],
  role: ["role", "functional", "catalog"],
  slot: ["slot"],
  setting: ["disarming"],
  schema: ["schema", "owned"],
  extension: ["extension"],
  table: ["table", "schema", "owned"],
  column: ["column"],
  type: ["type"],
  rows: ["truncate", "unbounded-delete"],
  object: ["unbounded-delete"],
};

/** Names in a cascade are the root's, a column's is its table's as well: one loss that is told by its name and kind is enough. */
function isTold(loss: string, { kind, names }: Destruction): boolean {
  const [word = ""] = loss.split(" ", 1);
  const name = loss.slice(word.length + 1);
  if (!(kindsOf[word] ?? []).includes(kind)) return false;
  if (kind === "disarming" || kind === "catalog" || word === "object") return true;
  return names.some((each) => each === name || each.split(".").includes(name)) || kind === "owned";
}

describe.each(dropCases.map((each, index) => ({ ...each, index })))(
  "$who, $verdict: $name",
  ({ verdict, writes, index, ...client }) => {
    test("what was decided is what the server did", async () => {
      const direct = await scene.trial(client, writes, "direct", index);
      const seen = await scene.trial(client, writes, "seen", index);
      const isDestroyed = verdict === "drops" || verdict === "hidden";
      // The case says what it is about, and the server agrees.
      expect(direct.losses.length > 0).toBe(isDestroyed);
      expect(seen.losses).toEqual(direct.losses);
      expect(seen.answers).toEqual(direct.answers);
      const isOpaque = seen.sighted.some(({ kind }) => kind === "opaque");
      const told = seen.sighted.filter(({ kind }) => kind !== "opaque");
      if (verdict === "drops")
        expect(direct.losses.some((loss) => told.some((each) => isTold(loss, each)))).toBe(true);
      if (verdict === "hidden") expect(isOpaque).toBe(true);
      if (verdict === "attempts") expect(seen.sighted).not.toEqual([]);
      if (verdict === "harmless") expect(seen.sighted).toEqual([]);
      if (verdict === "doubtful") expect(told).toEqual([]);
      const denied = await scene.trial(client, writes, "denied", index);
      expect(denied.losses).toEqual([]);
      if (verdict === "harmless") expect(denied.answers).toEqual(direct.answers);
    }, 30_000);
  },
);
