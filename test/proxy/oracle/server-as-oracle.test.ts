import { afterAll, describe, expect, test } from "bun:test";
import type { Destruction } from "../../../src/destruction/destruction.ts";
import { majors, startTestCluster } from "../../support/cluster.ts";
import type { Verdict } from "../../support/drop-oracle/drop-case.ts";
import { dropCases } from "../../support/drop-oracle/drop-cases.ts";
import { isStopped, openScene } from "../../support/drop-oracle/scene.ts";

/** `CUSTODY_TEST_POSTGRES=18 bin/test test/proxy/oracle`: another server as the oracle. */
const wanted = process.env["CUSTODY_TEST_POSTGRES"] ?? "15";
const major = majors.find((each) => String(each) === wanted);
if (major === undefined)
  throw new Error(`CUSTODY_TEST_POSTGRES is ${wanted}, not one of ${majors.join(", ")}`);
const cluster = await startTestCluster(major, {
  parameters: { wal_level: "logical", max_replication_slots: "4", max_wal_senders: "4" },
});
const scene = await openScene(cluster);
afterAll(() => scene[Symbol.asyncDispose]());

/** What may be said of a loss, by the word that the catalog has for it. */
const kindsOf: Readonly<Record<string, readonly Destruction["kind"][]>> = {
  database: ["database", "functional", "catalog"],
  role: ["role", "functional", "catalog"],
  tablespace: ["tablespace"],
  subscription: ["subscription"],
  slot: ["slot"],
  setting: ["disarming"],
  schema: ["schema", "owned"],
  extension: ["extension"],
  table: ["table", "schema", "owned", "extension", "type"],
  column: ["column"],
  type: ["type", "schema"],
  rows: ["truncate", "unbounded-delete", "table"],
};

/** Names in a cascade are the root's: one loss that is told by its name and kind is enough. */
function isTold(loss: string, { kind, names }: Destruction, isRenamed: boolean): boolean {
  const [, word = "", name = ""] = /^(\w+) (.*?)( of .*)?$/.exec(loss) ?? [];
  if (!(kindsOf[word] ?? []).includes(kind)) return false;
  if (isRenamed || kind === "disarming" || kind === "catalog" || kind === "owned") return true;
  return names.some((each) => each === name || each.split(".").includes(name));
}

/** How the session tells that it ended; of what was not there the catalog says more (`concludeStatement`). */
const outcomes: Readonly<Partial<Record<Verdict, string>>> = {
  drops: "ok",
  hidden: "ok",
  noops: "ok",
  doubtful: "ok",
  undone: "rolled_back",
  fails: "error",
};
const destroying: ReadonlySet<Verdict> = new Set(["drops", "hidden", "unseen"]);

describe.each(dropCases(cluster).map((each, index) => ({ ...each, index })))(
  "$who, $verdict: $name",
  ({ verdict, writes, index, ends, isRenamed = false, ...client }) => {
    test("what was decided is what the server did", async () => {
      const direct = await scene.trial(client, writes, "direct", index);
      // The case says what it is about, and the server agrees.
      expect([direct.losses.length > 0, direct.losses]).toEqual([destroying.has(verdict), direct.losses]);

      const seen = await scene.trial(client, writes, index % 2 === 0 ? "audited" : "held", index);
      expect(seen.losses).toEqual(direct.losses);
      expect(seen.answers).toEqual(direct.answers);
      const sighted = seen.sightings.flatMap(({ destructions }) => destructions);
      const told = sighted.filter(({ kind }) => kind !== "opaque");
      switch (verdict) {
        case "drops":
          expect(told).not.toEqual([]);
          expect([
            direct.losses,
            told,
            direct.losses.some((loss) => told.some((each) => isTold(loss, each, isRenamed))),
          ]).toEqual([direct.losses, told, true]);
          break;
        case "unseen":
        case "harmless":
          expect(sighted).toEqual([]);
          break;
        case "hidden":
          expect(sighted.map(({ kind }) => kind)).toContain("opaque");
          break;
        case "doubtful":
          expect(told).toEqual([]);
          break;
        default:
          expect(sighted).not.toEqual([]);
      }
      const usually = seen.sightings.map(() => outcomes[verdict]).join(" ");
      const isUniform = ends === undefined || !ends.includes(" ");
      const expected =
        ends === undefined ? usually : isUniform ? seen.sightings.map(() => ends).join(" ") : ends;
      expect(seen.outcomes.join(" ")).toBe(expected);

      if (seen.sightings.length === 0) return;
      const denied = await scene.trial(client, writes, "denied", index);
      expect(denied.losses).toEqual([]);
      expect(denied.outcomes).toEqual([]);
      // What the defaults let through or stop as a whole was seen just now.
      if (new Set(seen.sightings.map(isStopped)).size === 2) {
        const usual = await scene.trial(client, writes, "usual", index);
        expect(usual.losses.length).toBeLessThanOrEqual(direct.losses.length);
        expect(usual.outcomes).toHaveLength(usual.sightings.filter((each) => !isStopped(each)).length);
      }
    }, 30_000);
  },
);
