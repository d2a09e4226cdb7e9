import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { builtInProfiles } from "../../../src/audit/built-in-profiles.ts";
import { parseCheckpoint } from "../../../src/audit/note/checkpoint.ts";
import { parseNote } from "../../../src/audit/note/signed-note.ts";
import type { ChainProfile } from "../../../src/audit/profile.ts";
import { checkEventProof, formatEventProof, parseEventProof } from "../../../src/audit/proof/event-proof.ts";
import { createRowCheck } from "../../../src/audit/row-check.ts";
import { chainDatabase, prepareChains } from "../../support/chain-database.ts";
import { startTestCluster } from "../../support/cluster.ts";
import { proofKey, proveEvents } from "../../support/event-proofs.ts";
import { temporaryFolder } from "../../support/run-commands.ts";
import { custody, documentOf } from "../../support/run-custody.ts";

const cluster = await startTestCluster(15);
await prepareChains(cluster);
const [ours, certctl] = builtInProfiles as [ChainProfile, ChainProfile];

/** The bytes that row_hash is made of. */
function payloadOf(proof: string): Buffer {
  const { row } = parseEventProof(proof);
  const first = createRowCheck(ours).fields.findIndex(
    (each) => "literal" in each && each.literal === "custody.audit.v1",
  );
  const last = first + ours.row.fields.length - 1;
  return Buffer.from(
    row.buffer.slice(row.starts[first]! - 4, row.starts[last]! + Math.max(row.lengths[last]!, 0)),
  );
}

/** Payload cut at its bars, as the hex that a line holds what is no text in. */
function cutAtBars(payload: Buffer): readonly string[] {
  const parts: Buffer[] = [];
  for (let from = 0; ;) {
    const bar = payload.indexOf("|", from);
    parts.push(payload.subarray(from, bar === -1 ? undefined : bar));
    if (bar === -1)
      return parts.map((each) =>
        each.every((byte) => byte >= 32 && byte < 127)
          ? JSON.stringify(each.toString())
          : `{"hex":"${each.toString("hex")}"}`,
      );
    from = bar + 1;
  }
}

test("the bytes of one chain's event are no event of another profile's, whatever their writer put into them", async () => {
  await using chain = await chainDatabase(cluster);
  const forged = [
    "",
    "fake",
    "root",
    "User",
    "all.deleted",
    "db",
    "prod",
    "{}",
    "2026-01-01T00:00:00.000000Z",
    "",
  ];
  const ids = Array.from({ length: 20 }, (_, index) => `e${index}`);
  for (const id of ids) {
    await chain.sql`insert into audit_events (id, actor, actor_type, action, resource_type, resource_id)
      values (${id}, ${forged.join("|")}, 'a', 'b', 'c', 'd')`;
  }
  const proofs = await proveEvents(chain.owner, ids, 20);
  // A hash may hold a bar as well: some event has none but those of its actor.
  const whole = [...proofs.values()].find((each) => cutAtBars(payloadOf(each)).length === 10)!;
  const [previous, id, actor, type, action, kind, resource, details, , category] = cutAtBars(
    payloadOf(whole),
  );
  const { index, path, checkpoint, line } = parseEventProof(whole);
  const hash = (JSON.parse(line) as { row_hash: string }).row_hash;
  const row = `{"prev_hash":${previous},"id":${id},"actor":${actor},"actor_type":${type},"action":${action},"resource_type":${kind},"resource_id":${resource},"details":${details},"timestamp":"2026-01-01T00:00:00.000000Z","event_category":${category},"row_hash":"${hash}"}`;
  const proof = parseEventProof(formatEventProof({ profile: certctl, line: row, index, path, checkpoint }));
  // It does give the row_hash of an event that is in the tree …
  const check = createRowCheck(certctl);
  check.check(proof.row);
  expect(check.verdict.isContentRight).toBe(true);
  // … and is refused for what stands where prev_hash is due.
  const head = parseCheckpoint(parseNote(checkpoint).text);
  expect(checkEventProof(proof, head)).toMatchObject({ isContentRight: false, isIncluded: true });
});

test("a profile that comes with a proof is believed when it is given, and not before", async () => {
  using folder = temporaryFolder();
  await using chain = await chainDatabase(cluster);
  await chain.sql`insert into audit_events (id, actor, actor_type, action, resource_type, resource_id) values ('e1', 'ann', 'a', 'b', 'c', 'd')`;
  const proof = (await proveEvents(chain.owner, ["e1"], 1)).get("e1")!;
  // It hashes the same and takes the actor for the event's id.
  const own = { ...ours, name: "mine", columns: { ...ours.columns, id: "actor" } };
  const { line, ...parts } = parseEventProof(proof);
  const out = join(folder.path, "proof");
  writeFileSync(out, formatEventProof({ ...parts, line, profile: own }));
  const args = ["chain", "check-proof", out, "--public-key", proofKey.vkey, "--output", "json"];
  const refused = await custody(args);
  expect([refused.code, documentOf(refused)]).toMatchObject([
    3,
    { verdict: "not-checked", error: { code: "untrusted-profile" } },
  ]);
  const profile = join(folder.path, "mine.yaml");
  writeFileSync(profile, stringify(own));
  expect(documentOf(await custody([...args, "--profile", profile]))).toMatchObject({
    verdict: "proved",
    id: "ann",
    profile: "mine",
  });
  writeFileSync(profile, stringify({ ...own, name: "other" }));
  expect(documentOf(await custody([...args, "--profile", profile]))).toMatchObject({
    verdict: "not-checked",
  });
});
