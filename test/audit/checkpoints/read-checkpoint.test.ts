import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { openCheckpoint, readCheckpoint } from "../../../src/audit/checkpoints/read-checkpoint.ts";
import { formatCheckpoint } from "../../../src/audit/note/checkpoint.ts";
import { formatIdentity } from "../../../src/audit/note/identity.ts";
import { readPublicKeys } from "../../../src/audit/note/public-keys.ts";
import { signReplacement } from "../../../src/audit/note/replacement.ts";
import { signNote } from "../../../src/audit/note/signed-note.ts";
import { OpsError } from "../../../src/errors.ts";
import { codeOf, testKey, verifierOf } from "../../support/notes.ts";
import { temporaryFolder } from "../../support/run-commands.ts";

const shop = testKey("example.com/shop", 1);
const bank = testKey("example.com/bank", 2);
const text = (origin: string) => formatCheckpoint({ origin, size: 1, root: new Uint8Array(32) });
const ofShop = text("example.com/shop/1e8e7792");
const trust = { keys: [shop, bank].map(verifierOf), policy: null };

describe("where the keys of several chains are trusted", () => {
  test("each speaks for its own origins alone", () => {
    expect(openCheckpoint(signNote(ofShop, [shop]), "c", trust).signedBy).toEqual([shop.name]);
    expect(openCheckpoint(signNote(ofShop, [bank, shop]), "c", trust).signedBy).toEqual([shop.name]);
    const forged = signNote(ofShop, [bank]);
    expect(codeOf(() => openCheckpoint(forged, "c", trust))).toBe("untrusted-checkpoint");
    expect(() => openCheckpoint(forged, "c", trust)).toThrow(
      `it is of example.com/shop/1e8e7792, which is example.com/shop+${shop.keyId}'s, and example.com/bank+${bank.keyId} signed it`,
    );
    const policy = { ...trust, logs: trust.keys, witnesses: [], isMet: () => true, describe: () => "none" };
    expect(codeOf(() => openCheckpoint(forged, "c", { keys: [], policy }))).toBe("untrusted-checkpoint");
  });

  test("an origin that is nobody's by name, and a key that is trusted alone, are as they were", () => {
    const byHand = signNote(text("shop's chain"), [bank]);
    expect(openCheckpoint(byHand, "c", trust).signedBy).toEqual([bank.name]);
    const alone = { ...trust, keys: [verifierOf(bank)] };
    expect(openCheckpoint(signNote(ofShop, [bank]), "c", alone).signedBy).toEqual([bank.name]);
  });

  test("who took the place of a chain's key speaks for it", async () => {
    using folder = temporaryFolder();
    writeFileSync(join(folder.path, "bank.replaces"), signReplacement(shop, bank));
    const keys = await readPublicKeys(["bank.replaces", shop.vkey, bank.vkey], folder.path);
    const opened = openCheckpoint(signNote(ofShop, [bank]), "c", { keys, policy: null });
    expect(opened.signedBy).toEqual([bank.name]);
  });

  test("nobody else names the cluster that its checkpoint is of", async () => {
    using folder = temporaryFolder();
    const identity = { systemIdentifier: "7", timeline: 1, databaseOid: "5", lsn: "0/1" };
    const read = () => readCheckpoint("c", folder.path, trust);
    writeFileSync(join(folder.path, "c"), signNote(ofShop, [shop]));
    const beside = (key: typeof shop) =>
      writeFileSync(join(folder.path, "c.identity"), signNote(formatIdentity(ofShop, identity), [key]));
    beside(shop);
    expect((await read()).identity).toMatchObject(identity);
    beside(bank);
    const failure = await read().catch((error: unknown) => error);
    expect(failure instanceof OpsError && failure.code).toBe("untrusted-checkpoint");
  });
});
