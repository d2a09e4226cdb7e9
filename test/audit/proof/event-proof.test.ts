import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { openCheckpoint } from "../../../src/audit/checkpoints/read-checkpoint.ts";
import { checkEventProof, parseEventProof } from "../../../src/audit/proof/event-proof.ts";
import type { EventProofCheck } from "../../../src/audit/proof/event-proof.ts";
import { OpsError } from "../../../src/errors.ts";
import { connect } from "../../../src/postgres/connect.ts";
import { appendCertctlRows, certctlSchema } from "../../support/certctl-chain.ts";
import { appendRows, chainDatabase, prepareChains } from "../../support/chain-database.ts";
import { freshDatabase, startTestCluster } from "../../support/cluster.ts";
import { proofVkey, proveEvents } from "../../support/event-proofs.ts";
import { pruneChain } from "../../support/prune-chain.ts";

const cluster = await startTestCluster(15);
await prepareChains(cluster);

const proved: EventProofCheck = {
  isContentRight: true,
  isDigestRight: true,
  isErased: false,
  isIncluded: true,
};

/** As `chain check-proof` does it, without its words. */
function check(text: string): EventProofCheck {
  const proof = parseEventProof(text);
  return checkEventProof(
    proof,
    openCheckpoint(proof.checkpoint, "it", { keys: [proofVkey], policy: null }).head,
  );
}

/** "refused" for what cannot be read or is not trusted, "not proved" for what does not hold. */
function verdictOn(text: string): string {
  try {
    const { isContentRight, isDigestRight, isIncluded } = check(text);
    return isContentRight && isDigestRight && isIncluded ? "proved" : "not proved";
  } catch (error) {
    if (error instanceof OpsError) return "refused";
    throw error;
  }
}

describe("the proof of an event", () => {
  test("holds for every event of a chain under a checkpoint, old or new", async () => {
    await using chain = await chainDatabase(cluster);
    await appendRows(chain.owner, 13);
    await chain.sql`select audit_events_redact('e3', 'subject asked')`;
    const ids = Array.from({ length: 13 }, (_, index) => `e${index + 1}`);
    for (const size of [1, 7, 8, 13, 14]) {
      const proofs = await proveEvents(chain.owner, ids, size);
      expect([...proofs.keys()]).toEqual(ids.slice(0, size));
      for (const [id, text] of proofs) {
        expect(JSON.parse(parseEventProof(text).line)).toMatchObject({ id });
        expect(check(text)).toEqual({ ...proved, isErased: id === "e3" });
      }
    }
  });

  test("holds in a pruned chain", async () => {
    await using chain = await chainDatabase(cluster);
    await appendRows(chain.owner, 13);
    await pruneChain(chain.owner, 5);
    const proofs = await proveEvents(chain.owner, ["e6", "e9", "e13"], 13);
    expect([...proofs.values()].map(check)).toEqual([proved, proved, proved]);
  });

  test("holds in a chain of links, and with a profile of one's own", async () => {
    await using database = await freshDatabase(cluster);
    await using session = await connect(database.settings, { applicationName: "test" });
    await session.sql.unsafe(certctlSchema).simple();
    await appendCertctlRows(session, 9);
    const proofs = await proveEvents(session, ["c1", "c5", "c9"], 9);
    expect([...proofs.values()].map(check)).toEqual([proved, proved, proved]);
    const proof = parseEventProof(proofs.get("c5")!);
    const own = { ...proof.profile, name: "mine" };
    const text = proofs
      .get("c5")!
      .replace(
        /^extra .*$/m,
        `extra ${Buffer.from(`{"v":1,"profile":${JSON.stringify(own)},"row":${proof.line}}`).toString("base64")}`,
      );
    expect([parseEventProof(text).profile, check(text)]).toEqual([own, proved]);
  });

  test("does not hold once a byte of it is changed", async () => {
    await using chain = await chainDatabase(cluster);
    await appendRows(chain.owner, 13);
    const text = (await proveEvents(chain.owner, ["e6"], 13)).get("e6")!;
    expect(verdictOn(text)).toBe("proved");
    const bytes = Buffer.from(text);
    fc.assert(
      fc.property(
        fc.nat(bytes.length - 1),
        fc.integer({ min: 1, max: 255 }),
        fc.constantFrom("change", "drop", "double"),
        (at, by, how) => {
          const altered =
            how === "change"
              ? Buffer.from(bytes.with(at, bytes[at]! ^ by))
              : Buffer.concat([
                  bytes.subarray(0, at),
                  ...(how === "drop" ? [] : [bytes.subarray(at, at + 1)]),
                  bytes.subarray(how === "drop" ? at + 1 : at),
                ]);
          expect(verdictOn(altered.toString("utf8"))).not.toBe("proved");
        },
      ),
    );
  });

  test("does not hold for another event, row or profile", async () => {
    await using chain = await chainDatabase(cluster);
    await appendRows(chain.owner, 13);
    const proofs = await proveEvents(chain.owner, ["e6", "e7"], 13);
    const [six, seven] = [proofs.get("e6")!, proofs.get("e7")!];
    const extraOf = (text: string): string => /^extra (.*)$/m.exec(text)![1]!;
    expect(verdictOn(six.replace(extraOf(six), extraOf(seven)))).toBe("not proved");
    const document = Buffer.from(extraOf(six), "base64").toString();
    const withExtra = (changed: string): string => {
      expect(changed).not.toBe(document);
      return six.replace(extraOf(six), Buffer.from(changed).toString("base64"));
    };
    expect(verdictOn(withExtra(document.replace('"ann"', '"bob"')))).toBe("not proved");
    expect(check(withExtra(document.replace('{\\"n\\": 6}', '{\\"n\\": 7}')))).toEqual({
      ...proved,
      isDigestRight: false,
    });
    expect(verdictOn(withExtra(document.replace(/"details_salt":"[0-9a-f]+"/, '"details_salt":null')))).toBe(
      "not proved",
    );
    for (const refused of [
      document.replace('"v":1', '"v":2'),
      document.replace('"profile":"custody"', '"profile":"certctl"'),
      document.replace('"profile":"custody"', '"profile":"other"'),
      document.replace('"profile":"custody"', '"profile":{"name":"custody"}'),
      document.replace('"profile":"custody"', '"profile":7'),
      document.replace('"v":1,', '"v":1, '),
      document.replace(/"row":.*$/, '"row":[]}'),
      `${document} `,
    ]) {
      expect(verdictOn(withExtra(refused))).toBe("refused");
    }
    expect(verdictOn(six.replace(/^extra .*\n/m, ""))).toBe("refused");
  });
});
