import { describe, expect, test } from "bun:test";
import { startTestCluster } from "../support/cluster.ts";
import { appendRows, chainDatabase } from "../support/chain-database.ts";
import { bothKinds, prepareBoth } from "../support/either-chain.ts";
import { custody, dsnOf } from "../support/run-custody.ts";
import { ran } from "../support/signer.ts";
import { pruneChain } from "../support/prune-chain.ts";
import { classesOf, tamper, verifyIn } from "../support/verify-chain.ts";

const cluster = await startTestCluster(15);
await prepareBoth(cluster);

/** Gives the last row another link, the hash that it then has, and the head that hash. */
const relink = (profile: string, prev: string): string => {
  const isOurs = profile === "custody";
  const hash = isOurs
    ? `audit_events_row_hash(prev_hash, seq, id, timestamp, actor, actor_type, action, resource_type, resource_id, event_category,
         recorded_at, recorded_by, details_hash)`
    : "certctl_hash(e)";
  return `update audit_events set prev_hash = ${prev} where id = 'e10';
    update audit_events e set row_hash = ${hash} where id = 'e10';
    update audit_chain_head set row_hash = (select ${isOurs ? "encode(row_hash, 'hex')" : "row_hash"} from audit_events where id = 'e10')`;
};

/** Which questions of the report are answered with no. */
async function failedIn(dsn: string): Promise<readonly string[]> {
  const { stdout } = await custody(["chain", "verify", "--db-url", dsn, "--output", "junit"]);
  return [...stdout.matchAll(/<testcase[^>]*name="(\w+): [^"]*"[^>]*>\s*<failure/g)].map(
    ([, name]) => name ?? "",
  );
}

describe.each(bothKinds)(
  "content and link of a chain of $profile's are judged apart",
  ({ profile, create, append }) => {
    const isOurs = profile === "custody";
    const none = isOurs ? "sha256('')" : "encode(sha256(''), 'hex')";
    test.each([
      ["a text", "update audit_events set actor = 'x' where id = 'e4'", "altered", "content"],
      [
        "details",
        "update audit_events set details = '[]' where id = 'e4'",
        isOurs ? "details-altered" : "altered",
        "content",
      ],
      ["the last row's text", "update audit_events set actor = 'x' where id = 'e10'", "altered", "content"],
      ["a link that leads nowhere", relink(profile, none), "missing", "links"],
      [
        "a link that leads to another row",
        relink(profile, "(select row_hash from audit_events where id = 'e8')"),
        "fork",
        "links",
      ],
    ])("%s: one finding, of the right class", async (_, statements, expected, question) => {
      await using chain = await create(cluster);
      await append(chain.admin, 10);
      await tamper(chain.admin, statements);
      const { code, document } = await ran("chain", "verify", "--db-url", dsnOf(chain.settings));
      expect([code, document]).toMatchObject([1, { findings: [{ class: expected }], findings_total: 1 }]);
      expect(await failedIn(dsnOf(chain.settings))).toEqual([question]);
    });

    test("--limit-findings lists the first, and counts all", async () => {
      await using chain = await create(cluster);
      await append(chain.admin, 60);
      await tamper(
        chain.admin,
        "update audit_events set actor = 'x' where id <> 'e1' and id <> 'e60'; delete from audit_events where id in ('e10', 'e20', 'e30')",
      );
      const all = await ran("chain", "verify", "--db-url", dsnOf(chain.settings), "--limit-findings", "1000");
      const found = all.document["findings"] as readonly unknown[];
      expect(all.document["findings_total"]).toBe(found.length);
      for (const limit of [1, 2, 7, 55, 56, 57]) {
        const { document } = await ran(
          "chain",
          "verify",
          "--db-url",
          dsnOf(chain.settings),
          "--limit-findings",
          String(limit),
        );
        expect([limit, document["findings_total"]]).toEqual([limit, found.length]);
        const listed = document["findings"] as readonly { position: number }[];
        expect(listed).toHaveLength(limit);
        const positions = (items: readonly unknown[]): readonly number[] =>
          (items as readonly { position: number }[]).map((each) => each.position);
        expect(positions(listed)).toEqual(positions(found).slice(0, limit));
        for (const field of ["first_break_id", "first_break_pos", "row_count"])
          expect([field, document[field]]).toEqual([field, all.document[field]]);
      }
    });
  },
);

test("redactions that nobody recorded are all counted, and those that were never made", async () => {
  await using chain = await chainDatabase(cluster);
  await appendRows(chain.owner, 40);
  await tamper(chain.admin, "update audit_events set details = null, details_salt = null where seq % 4 = 0");
  expect(await verifyIn(chain.owner, { limitFindings: 3 })).toMatchObject({
    findingsTotal: 10,
    firstBreakPos: 3,
  });
  const all = await verifyIn(chain.owner);
  expect([all.findingsTotal, all.findings.length]).toEqual([10, 10]);
});

test("the name of a pruned chain is bound by the event of its pruning", async () => {
  await using chain = await chainDatabase(cluster);
  await appendRows(chain.owner, 9);
  await pruneChain(chain.owner, 4);
  expect(classesOf(await verifyIn(chain.owner))).toEqual([]);
  await tamper(chain.admin, "update audit_chain_head set chain_id = gen_random_uuid()");
  expect(classesOf(await verifyIn(chain.owner))).toEqual(["head-mismatch@4"]);
});
