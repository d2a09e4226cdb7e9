import { afterAll, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { createEnvelope, inTotoPayloadType } from "../../src/audit/dsse.ts";
import { createSigningKey } from "../../src/audit/note/signing-key.ts";
import type { SigningKey } from "../../src/audit/note/signing-key.ts";
import { checkBundle, makeBundle } from "../support/bundles.ts";
import { appendRows, chainDatabase, prepareChains } from "../support/chain-database.ts";
import { startTestCluster } from "../support/cluster.ts";
import { proofKey } from "../support/event-proofs.ts";
import { pruneChain } from "../support/prune-chain.ts";
import { temporaryFolder } from "../support/run-commands.ts";
import { documentOf } from "../support/run-custody.ts";

const cluster = await startTestCluster(15);
await prepareChains(cluster);

/** A pruned chain with a redaction, two checkpoints and a proof: every kind of file that there is. */
const parent = temporaryFolder();
afterAll(() => parent[Symbol.dispose]());
await using chain = await chainDatabase(cluster);
await appendRows(chain.owner, 9);
await chain.sql`select audit_events_redact('e5', 'subject asked')`;
await pruneChain(chain.owner, 2);
const original = await makeBundle(chain, parent.path, [6, 10], ["--event", "e7"]);

interface Finding {
  readonly class: string;
  readonly detail: string;
}

/** What is said of a copy of the bundle to which something was done. */
async function verdictAfter(
  change: (folder: string) => void,
): Promise<{ readonly code: number; readonly verdict: unknown; readonly said: readonly string[] }> {
  using copy = temporaryFolder();
  const folder = join(copy.path, "bundle");
  fs.cpSync(original.folder, folder, { recursive: true });
  change(folder);
  const told = await checkBundle({ folder, publicKey: original.publicKey });
  const document = documentOf(told);
  const error = document["error"] as { code: string } | null;
  const findings = (document["findings"] ?? []) as readonly Finding[];
  const said = error === null ? findings.map((each) => each.class) : [error.code];
  return { code: told.code, verdict: document["verdict"], said };
}

const files = (fs.readdirSync(original.folder, { recursive: true }) as string[])
  .filter((each) => fs.statSync(join(original.folder, each)).isFile())
  .toSorted();

interface Statement {
  subject: { name: string; digest: { sha256: string } }[];
  predicate: Record<string, unknown>;
}

/** Changes the statement, has the digests of the files as they are, and has it signed by whoever is given. */
function forge(
  folder: string,
  keys: readonly SigningKey[],
  change: (statement: Statement) => void = () => undefined,
): void {
  const path = join(folder, "report.json");
  const { payload } = JSON.parse(fs.readFileSync(path, "utf8")) as { payload: string };
  const statement = JSON.parse(Buffer.from(payload, "base64").toString()) as Statement;
  for (const each of statement.subject) {
    if (!fs.existsSync(join(folder, each.name))) continue;
    each.digest.sha256 = createHash("sha256")
      .update(fs.readFileSync(join(folder, each.name)))
      .digest("hex");
  }
  change(statement);
  fs.writeFileSync(
    path,
    `${JSON.stringify(createEnvelope(Buffer.from(JSON.stringify(statement)), inTotoPayloadType, keys))}\n`,
  );
}

const editRows = (folder: string, edit: (lines: string[]) => string[]): void => {
  const path = join(folder, "rows.jsonl");
  const lines = fs.readFileSync(path, "utf8").trimEnd().split("\n");
  fs.writeFileSync(
    path,
    edit(lines)
      .map((line) => `${line}\n`)
      .join(""),
  );
};

describe("a bundle that was tampered with", () => {
  test("is clean as it was made", async () => {
    expect(await verdictAfter(() => undefined)).toEqual({ code: 0, verdict: "clean", said: [] });
    expect(await verdictAfter((folder) => forge(folder, [proofKey]))).toEqual({
      code: 0,
      verdict: "clean",
      said: [],
    });
    expect(files).toHaveLength(8);
  });

  test("is never clean, whichever byte of whichever file is changed", async () => {
    const edit = fc.constantFrom("flip", "drop", "insert", "cut", "space", "newline");
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...files),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        edit,
        async (file, place, by, how) => {
          const { code, verdict } = await verdictAfter((folder) => {
            const bytes = fs.readFileSync(join(folder, file));
            const at = place % bytes.length;
            const [before, rest] = [bytes.subarray(0, at), bytes.subarray(at)];
            const changed = {
              flip: () => [before, Buffer.of(bytes[at]! ^ by), rest.subarray(1)],
              drop: () => [before, rest.subarray(1)],
              insert: () => [before, Buffer.of(by), rest],
              cut: () => [before],
              space: () => [before, Buffer.from(" "), rest],
              newline: () => [bytes, Buffer.from("\n")],
            }[how]();
            fs.writeFileSync(join(folder, file), Buffer.concat(changed));
          });
          expect([file, how, verdict, code]).not.toEqual([file, how, "clean", code]);
          expect([1, 3]).toContain(code);
        },
      ),
      { numRuns: process.env["CUSTODY_TEST_FULL"] === "1" ? 2000 : 100 },
    );
  }, 600_000);

  test("is never clean when a file is missing, empty, a link, a folder or a pipe, or one too many", async () => {
    for (const file of files) {
      const path = (folder: string): string => join(folder, file);
      const removed = await verdictAfter((folder) => fs.rmSync(path(folder)));
      expect([file, removed.said]).toEqual([
        file,
        expect.arrayContaining([file === "report.json" ? "unreadable-bundle" : "file-missing"]),
      ]);
      const linked = await verdictAfter((folder) => {
        fs.rmSync(path(folder));
        fs.symlinkSync(join(original.folder, file), path(folder));
      });
      expect([file, linked.said]).toEqual([
        file,
        expect.arrayContaining([file === "report.json" ? "unreadable-bundle" : "file-altered"]),
      ]);
      for (const change of [
        (folder: string) => fs.writeFileSync(path(folder), ""),
        (folder: string) => {
          fs.rmSync(path(folder));
          fs.mkdirSync(path(folder));
        },
        (folder: string) => {
          fs.rmSync(path(folder));
          Bun.spawnSync(["mkfifo", path(folder)]);
        },
        (folder: string) => fs.copyFileSync(path(folder), join(dirname(path(folder)), "another")),
      ]) {
        const { code, verdict } = await verdictAfter(change);
        expect([file, verdict === "clean", code === 1 || code === 3]).toEqual([file, false, true]);
      }
    }
    expect((await verdictAfter((folder) => fs.mkdirSync(join(folder, "more")))).said).toEqual([
      "file-unexpected",
    ]);
    const moved = await verdictAfter((folder) => {
      fs.renameSync(join(folder, "checkpoints"), join(folder, "elsewhere"));
      fs.symlinkSync("elsewhere", join(folder, "checkpoints"));
    });
    expect([moved.code, moved.verdict]).toEqual([1, "broken"]);
  });

  test("is not trusted when the report was signed by another key, or by nobody", async () => {
    const stranger = createSigningKey("example.com/audit", new Uint8Array(32).fill(9));
    for (const keys of [[], [stranger]]) {
      expect(await verdictAfter((folder) => forge(folder, keys))).toEqual({
        code: 3,
        verdict: "not-verified",
        said: ["untrusted-bundle"],
      });
    }
  });

  test("shows what was done even to who could sign the report again", async () => {
    const after = async (
      change: (folder: string) => void,
      told?: (statement: Statement) => void,
    ): Promise<readonly string[]> => {
      const { said, verdict } = await verdictAfter((folder) => {
        change(folder);
        forge(folder, [proofKey], told);
      });
      expect(verdict).not.toBe("clean");
      return said;
    };
    const nothing = (): void => undefined;
    expect(
      await after((folder) =>
        editRows(folder, (lines) => lines.with(2, lines[2]!.replace('"ann"', '"bob"'))),
      ),
    ).toEqual(["altered"]);
    expect(await after((folder) => editRows(folder, (lines) => lines.toSpliced(2, 1)))).toEqual(
      expect.arrayContaining(["gap", "missing", "report-wrong", "rewritten"]),
    );
    expect(await after((folder) => editRows(folder, (lines) => lines.slice(0, -1)))).toEqual(
      expect.arrayContaining(["report-wrong"]),
    );
    expect(
      await after((folder) =>
        editRows(folder, (lines) => [...lines.slice(0, 2), lines[3]!, lines[2]!, ...lines.slice(4)]),
      ),
    ).toEqual(expect.arrayContaining(["gap"]));
    expect(await after((folder) => editRows(folder, (lines) => lines.with(2, `${lines[2]!} `)))).toEqual([
      "unreadable-rows",
    ]);
    expect(await after((folder) => fs.writeFileSync(join(folder, "profile.yaml"), "name: x"))).toEqual([
      "unreadable-bundle",
    ]);
    expect(await after(nothing, ({ predicate }) => Object.assign(predicate, { base: null }))).toEqual(
      expect.arrayContaining(["missing", "rewritten"]),
    );
    expect(await after(nothing, ({ predicate }) => Object.assign(predicate, { row_count: 99 }))).toEqual([
      "report-wrong",
    ]);
    expect(
      await after(nothing, ({ predicate }) => Object.assign(predicate, { chain_head_hash: "00" })),
    ).toEqual(["report-wrong"]);
    expect(await after(nothing, ({ predicate }) => Object.assign(predicate, { findings_total: 1 }))).toEqual([
      "chain-broken",
    ]);
    expect(
      await after(nothing, ({ predicate }) =>
        Object.assign((predicate["checkpoints"] as object[])[0]!, { size: 7 }),
      ),
    ).toEqual(expect.arrayContaining(["report-wrong"]));
    expect(
      await after(nothing, ({ predicate }) =>
        Object.assign((predicate["proofs"] as object[])[0]!, { id: "e8" }),
      ),
    ).toEqual(["proof-wrong"]);
    const swapped = await after((folder) =>
      fs.copyFileSync(join(folder, "checkpoints/6.checkpoint"), join(folder, "checkpoints/10.checkpoint")),
    );
    expect(swapped).toEqual(["report-wrong"]);
  });

  test("leads nowhere else, whatever names its report has", async () => {
    for (const name of [
      "../audit.key",
      "/etc/passwd",
      "checkpoints/../../x",
      "proofs/row-1.tlog-proof/..",
      "rows.jsonl\u0000",
      "report.json",
      "ROWS.JSONL",
      "checkpoints/9.checkpoint",
    ]) {
      const { code, said } = await verdictAfter((folder) =>
        forge(
          folder,
          [proofKey],
          (statement) => void statement.subject.push({ name, digest: { sha256: "0".repeat(64) } }),
        ),
      );
      expect([name, code, said]).toEqual([name, 3, ["unreadable-bundle"]]);
    }
    for (const drop of [
      "rows.jsonl",
      "profile.yaml",
      "checkpoints/6.checkpoint",
      "proofs/row-7.tlog-proof",
    ]) {
      const { said } = await verdictAfter((folder) =>
        forge(
          folder,
          [proofKey],
          (statement) => void (statement.subject = statement.subject.filter((each) => each.name !== drop)),
        ),
      );
      expect([drop, said]).toEqual([drop, ["unreadable-bundle"]]);
    }
    const twice = await verdictAfter((folder) =>
      forge(folder, [proofKey], ({ subject }) => void subject.push(subject[0]!)),
    );
    expect(twice.said).toEqual(["unreadable-bundle"]);
    for (const wrong of ["", "{}", "[]", "null", '{"payloadType":"x","payload":"","signatures":[]}\n']) {
      expect(
        (await verdictAfter((folder) => fs.writeFileSync(join(folder, "report.json"), wrong))).said,
      ).toEqual(["unreadable-bundle"]);
    }
    const none = documentOf(
      await checkBundle({ folder: join(parent.path, "none"), publicKey: original.publicKey }),
    );
    expect(none).toMatchObject({ verdict: "not-verified", error: { code: "unreadable-bundle" } });
  });
});
