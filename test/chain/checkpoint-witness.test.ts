import { afterAll, expect, test } from "bun:test";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cosignerVkey } from "../../src/audit/note/cosignature.ts";
import { openNote } from "../../src/audit/note/signed-note.ts";
import type { ConnectionSettings } from "../../src/postgres/settings.ts";
import { startTestCluster } from "../support/cluster.ts";
import { appendRows, chainDatabase, prepareChains } from "../support/chain-database.ts";
import { temporaryFolder } from "../support/run-commands.ts";
import { custody, dsnOf, lastLine } from "../support/run-custody.ts";
import { ran, rehash, signerIn } from "../support/signer.ts";
import type { Ran } from "../support/signer.ts";
import { testKey } from "../support/notes.ts";
import { tamper } from "../support/verify-chain.ts";
import { cosigner, startWitness } from "../support/witness.ts";

const cluster = await startTestCluster(15);
await prepareChains(cluster);
const temporary = temporaryFolder();
afterAll(() => temporary[Symbol.dispose]());
const fileAt = (name: string): string => join(temporary.path, name);

/** A signer whose checkpoints a witness of its own is asked to cosign. */
async function witnessed(name: string) {
  const signer = await signerIn(temporary.path, name);
  const folder = fileAt(`${name}-witness`);
  mkdirSync(folder);
  const witness = await startWitness(folder, [`${signer.key}.pub`]);
  const checkpoint = (settings: ConnectionSettings, out: string, ...more: string[]): Promise<Ran> =>
    signer.checkpoint(settings, out, "--witness", witness.url, "--public-key", cosigner.vkey, ...more);
  return { ...signer, witness, checkpoint, alone: signer.checkpoint };
}

test("a witness cosigns each checkpoint that extends the last, and verify can demand it", async () => {
  await using chain = await chainDatabase(cluster);
  const ann = await witnessed("ann");
  await using _witness = ann.witness;
  for (const [index, rows] of [3, 1, 7, 6].entries()) {
    await appendRows(chain.owner, rows, `r${index}-`);
    // From the second on it knows where the witness is; the third time it has forgotten.
    if (index === 2) {
      for (const name of await Array.fromAsync(new Bun.Glob("**/witness-*").scan(ann.state)))
        rmSync(join(ann.state, name));
    }
    expect(await ann.checkpoint(chain.settings, `ann-${index}`)).toMatchObject({
      code: 0,
      document: { verdict: "signed", witnessed_by: [new URL(ann.witness.url).host], conflicts: [] },
    });
    const note = readFileSync(fileAt(`ann-${index}`), "utf8");
    expect(openNote(note, [cosigner]).signedBy).toHaveLength(1);
  }
  expect((await ann.checkpoint(chain.settings, "ann-again")).code).toBe(0);
  // Signed once more without asking anybody: what the witness said of this very checkpoint stays.
  expect((await ann.alone(chain.settings, "ann-alone", "--public-key", cosigner.vkey)).code).toBe(0);
  expect(openNote(readFileSync(fileAt("ann-alone"), "utf8"), [cosigner]).signedBy).toHaveLength(1);

  const log = readFileSync(`${ann.key}.pub`, "utf8").trim();
  const other = cosignerVkey(testKey("witness.example.org/w2", 2));
  const both = `witness w1 ${cosigner.vkey}\nwitness w2 ${other}\ngroup g`;
  for (const [threshold, met] of [
    ["any", true],
    ["all", false],
  ] as const) {
    writeFileSync(fileAt("policy"), `${both} ${threshold} w1 w2\nquorum g\n`);
    const told = await ann.checkpoint(chain.settings, "ann-quorum", "--policy", fileAt("policy"));
    expect(told).toMatchObject({ code: 0, document: { verdict: "signed", quorum: { met }, signed_by: log } });
    const verified = await ann.verify(chain.settings, ["ann-quorum"], "--policy", fileAt("policy"));
    expect([threshold, verified.code]).toEqual([threshold, met ? 0 : 3]);
  }
  writeFileSync(fileAt("policy"), `log ${log}\nwitness w1 ${cosigner.vkey}\nquorum w1\n`);
  expect(await ann.verify(chain.settings, ["ann-3"], "--policy", fileAt("policy"))).toMatchObject({
    code: 0,
    document: { checkpoints: [{ outcome: "matched", cosigned_by: [cosigner.name] }] },
  });
  await appendRows(chain.owner, 1, "alone");
  expect((await ann.checkpoint(chain.settings, "unwitnessed")).code).toBe(0);
  const bare = readFileSync(fileAt("unwitnessed"), "utf8").split("\n").slice(0, 5).join("\n");
  writeFileSync(fileAt("unwitnessed"), `${bare}\n`);
  expect(await ann.verify(chain.settings, ["unwitnessed"], "--policy", fileAt("policy"))).toMatchObject({
    code: 3,
    document: { verdict: "not-verified", error: { code: "untrusted-checkpoint" } },
  });
});

test("a witness that has seen another history says so, where the signer has forgotten it", async () => {
  await using chain = await chainDatabase(cluster);
  const eve = await witnessed("eve");
  await using _witness = eve.witness;
  await appendRows(chain.owner, 5);
  await eve.checkpoint(chain.settings, "eve-1");
  await tamper(chain.admin, `update audit_events set actor = 'x' where seq = 2; ${rehash}`);
  expect((await eve.checkpoint(chain.settings, "eve-2")).document["verdict"]).toBe("refused");
  rmSync(eve.state, { recursive: true });
  expect(await eve.checkpoint(chain.settings, "eve-2")).toMatchObject({
    code: 1,
    document: {
      verdict: "conflict",
      witnessed_by: [],
      conflicts: [{ witness: new URL(eve.witness.url).host }],
    },
  });
  await appendRows(chain.owner, 5, "more");
  expect(await eve.checkpoint(chain.settings, "eve-3")).toMatchObject({
    code: 1,
    document: { verdict: "conflict" },
  });
  expect(openNote(readFileSync(fileAt("eve-1"), "utf8"), [cosigner]).signedBy).toHaveLength(1);
  expect(() => openNote(readFileSync(fileAt("eve-3"), "utf8"), [cosigner])).toThrow();
});

test("one that cannot be reached, or that nobody knows, fails the run once the checkpoint is written", async () => {
  await using chain = await chainDatabase(cluster);
  const dan = await witnessed("dan");
  await appendRows(chain.owner, 2);
  const args = [
    "chain",
    "checkpoint",
    "--db-url",
    dsnOf(chain.settings),
    "--state",
    dan.state,
    "--key",
    dan.key,
  ];
  const out = ["--out", fileAt("dan-1"), "--witness", dan.witness.url];
  expect(await ran(...args, ...out)).toMatchObject({
    code: 3,
    document: { verdict: "not-run", size: 2, error: { code: "untrusted-checkpoint" } },
  });
  await dan.witness[Symbol.asyncDispose]();
  const gone = await dan.checkpoint(chain.settings, "dan-2");
  expect(gone).toMatchObject({
    code: 3,
    document: { verdict: "not-run", size: 2, error: { code: "witness-unreachable" } },
  });
  const told = await custody([...args, ...out]);
  expect([told.code, lastLine(told.stdout)]).toEqual([
    3,
    `SIGNED rows=2 checkpoint=${fileAt("dan-1")}: it is written, but not all was done that was asked for`,
  ]);
  expect((await dan.verify(chain.settings, ["dan-1", "dan-2"])).code).toBe(0);
});
