import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { cosignedMessage } from "../../../src/audit/note/cosigned-message.ts";
import { formatCheckpoint } from "../../../src/audit/note/checkpoint.ts";
import { addSignatureLines, openNote, parseNote, signNote } from "../../../src/audit/note/signed-note.ts";
import { formatSubmission } from "../../../src/audit/witness/submission.ts";
import type { RunningWitness } from "../../../src/chain/witness/ports.ts";
import { testKey, verifierOf } from "../../support/notes.ts";
import { temporaryFolder } from "../../support/run-commands.ts";
import { testLog } from "../../support/test-log.ts";
import { cosigner, isCosigned, post, startWitness } from "../../support/witness.ts";

// Every MUST of https://c2sp.org/tlog-witness about what is cosigned, over HTTP.

const key = testKey("example.com/audit", 1);
const other = testKey("example.com/audit", 2);
const stranger = testKey("example.net/audit", 3);
const folder = temporaryFolder();
let witness: RunningWitness;
let url = "";
beforeAll(async () => {
  witness = await startWitness(folder.path, [key.vkey, other.vkey]);
  url = witness.url;
});
afterAll(async () => {
  await witness[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

let count = 0;
/** A log that the witness has never heard of, whose key it trusts. */
const freshLog = (size = 40, forkAt = size) =>
  testLog(key, `example.com/audit/${(count += 1)}`, size, forkAt);
const send = (body: string | Uint8Array) => post(url, body);

describe("what is cosigned", () => {
  test("a first checkpoint, from size zero, with an empty proof; its time is now", async () => {
    const log = freshLog();
    const answered = await send(log.submission(0, 7));
    expect(isCosigned(log.checkpoint(7), answered)).toBe(true);
    const whole = addSignatureLines(log.checkpoint(7), answered.body.trimEnd().split("\n"));
    const opened = openNote(whole, [verifierOf(key), cosigner]);
    expect(opened.signedBy.map(({ name }) => name)).toEqual(["example.com/audit", "witness.example.org/w1"]);
    const time = cosignedMessage(Buffer.from(opened.text), opened.signatures[1]!.signature)!.time;
    expect(Math.abs(Number(time) - Date.now() / 1000)).toBeLessThan(60);
  });

  test("every extension with its proof, and the same checkpoint again", async () => {
    const log = freshLog(70);
    let from = 0;
    for (const size of [1, 2, 3, 7, 8, 8, 9, 31, 64, 64, 70]) {
      expect(isCosigned(log.checkpoint(size), await send(log.submission(from, size)))).toBe(true);
      from = size;
    }
  });

  test("an empty tree, and what it grows to", async () => {
    const log = freshLog();
    expect(isCosigned(log.checkpoint(0), await send(log.submission(0, 0)))).toBe(true);
    expect(isCosigned(log.checkpoint(0), await send(log.submission(0, 0)))).toBe(true);
    expect(isCosigned(log.checkpoint(5), await send(log.submission(0, 5)))).toBe(true);
  });

  test("a checkpoint with signatures of unknown keys, which are ignored, and of several known ones", async () => {
    const log = freshLog();
    const note = log.checkpoint(3, [stranger, key, other]);
    expect(isCosigned(note, await send(formatSubmission({ oldSize: 0, proof: [], note })))).toBe(true);
  });

  test("extension lines, which are cosigned with the rest", async () => {
    const log = freshLog();
    const note = signNote(
      `${formatCheckpoint({ origin: log.origin, size: 3, root: log.root(3) })}extension\n`,
      [key],
    );
    expect(isCosigned(note, await send(formatSubmission({ oldSize: 0, proof: [], note })))).toBe(true);
  });

  test("the origin that is the key's name itself", async () => {
    const log = testLog(key, "example.com/audit", 4);
    expect(isCosigned(log.checkpoint(4), await send(log.submission(0, 4)))).toBe(true);
  });
});

describe("400: what is no request", () => {
  const log = freshLog();
  test.each([
    ["nothing", ""],
    ["no old size", log.submission(0, 3).replace("old 0\n", "")],
    ["a leading zero", log.submission(0, 3).replace("old 0\n", "old 00\n")],
    ["no empty line", "old 0\n"],
    ["no signature", `old 0\n\n${parseNote(log.checkpoint(3)).text}`],
    ["no checkpoint", `old 0\n\n${signNote("text\n", [key])}`],
    ["a size with a leading zero", log.submission(0, 3).replace("\n3\n", "\n03\n")],
    ["no newline at the end", log.submission(0, 3).slice(0, -1)],
    [
      "64 lines of proof",
      formatSubmission({ oldSize: 1, proof: Array(64).fill(log.root(1)), note: log.checkpoint(3) }),
    ],
    ["no UTF-8", Buffer.concat([Buffer.from(log.submission(0, 3)), Buffer.of(0xff, 0x0a)])],
    [
      "an old size greater than the checkpoint's",
      formatSubmission({ oldSize: 4, proof: [], note: log.checkpoint(3) }),
    ],
  ])("%s", async (_what, body) => {
    expect(await send(body)).toMatchObject({ status: 400 });
  });
});

test.each(["example.net/audit", "example.com", "example.com/audit2", "example.com/auditor/1"])(
  "404: the origin %s is unknown",
  async (origin) => {
    expect(await send(testLog(key, origin, 3).submission(0, 3))).toMatchObject({ status: 404 });
  },
);

describe("403: not signed by a key that is trusted for the origin", () => {
  test("signed by a stranger, or by nobody who is known", async () => {
    const log = freshLog();
    const note = log.checkpoint(3, [stranger]);
    expect(await send(formatSubmission({ oldSize: 0, proof: [], note }))).toMatchObject({ status: 403 });
    const samename = log.checkpoint(3, [testKey("example.com/audit", 9)]);
    expect(await send(formatSubmission({ oldSize: 0, proof: [], note: samename }))).toMatchObject({
      status: 403,
    });
  });

  test("a trusted key's signature that does not fit, even beside one that does", async () => {
    const log = freshLog();
    const wrong = signNote("other\n", [key]).slice("other\n\n".length);
    const alone = `${parseNote(log.checkpoint(3)).text}\n${wrong}`;
    const beside = `${log.checkpoint(3, [other])}${wrong}`;
    for (const note of [alone, beside])
      expect(await send(formatSubmission({ oldSize: 0, proof: [], note }))).toMatchObject({ status: 403 });
    expect(isCosigned(log.checkpoint(3), await send(log.submission(0, 3)))).toBe(true);
  });
});

describe("409 with the size: the old size is not what was cosigned last", () => {
  const stale = (size: number) => ({ status: 409, type: "text/x.tlog.size", body: `${size}\n` });

  test("of an origin that nothing was cosigned of, it is zero", async () => {
    const log = freshLog();
    expect(await send(log.submission(2, 3))).toEqual(stale(0));
  });

  test("smaller, greater, and after a refusal nothing has changed", async () => {
    const log = freshLog();
    await send(log.submission(0, 5));
    expect(await send(log.submission(0, 9))).toEqual(stale(5));
    expect(await send(log.submission(4, 9))).toEqual(stale(5));
    expect(await send(log.submission(6, 9))).toEqual(stale(5));
    expect(await send(log.submission(0, 3))).toEqual(stale(5));
    expect(isCosigned(log.checkpoint(9), await send(log.submission(5, 9)))).toBe(true);
  });
});

describe("what is no extension is never cosigned", () => {
  test("409: another root of the size that was cosigned", async () => {
    const log = freshLog(9, 9);
    const fork = testLog(key, log.origin, 9, 3);
    await send(log.submission(0, 9));
    const answered = await send(fork.submission(9, 9));
    expect(answered.status).toBe(409);
    expect(answered.type).not.toBe("text/x.tlog.size");
    expect(isCosigned(log.checkpoint(9), await send(log.submission(9, 9)))).toBe(true);
  });

  test("422: a proof that does not lead there", async () => {
    const log = freshLog(20);
    const fork = testLog(key, log.origin, 20, 3);
    await send(log.submission(0, 6));
    const from6 = (proof: readonly Uint8Array[], note: string) =>
      formatSubmission({ oldSize: 6, proof, note });
    const proof = log.proof(6, 20);
    for (const body of [
      fork.submission(6, 20),
      from6(log.proof(6, 20), fork.checkpoint(20)),
      from6([], log.checkpoint(20)),
      from6(proof.slice(1), log.checkpoint(20)),
      from6(proof.slice(0, -1), log.checkpoint(20)),
      from6([...proof, log.root(1)], log.checkpoint(20)),
      from6(proof.toReversed(), log.checkpoint(20)),
      from6(proof, log.checkpoint(6)),
    ])
      expect(await send(body)).toMatchObject({ status: 422 });
    expect(isCosigned(log.checkpoint(20), await send(log.submission(6, 20)))).toBe(true);
  });

  test("422: from zero the proof is empty", async () => {
    const log = freshLog();
    const body = formatSubmission({ oldSize: 0, proof: [log.root(1)], note: log.checkpoint(3) });
    expect(await send(body)).toMatchObject({ status: 422 });
  });

  test("422: the root of an empty tree is that of nothing", async () => {
    const origin = freshLog().origin;
    const note = signNote(formatCheckpoint({ origin, size: 0, root: new Uint8Array(32) }), [key]);
    expect(await send(formatSubmission({ oldSize: 0, proof: [], note }))).toMatchObject({ status: 422 });
  });

  test("of many that come at once each old size is cosigned once, and all lie on one history", async () => {
    const log = freshLog(40, 40);
    const fork = testLog(key, log.origin, 40, 2);
    let from = 0;
    for (const size of [2, 5, 9, 17, 33, 40]) {
      const bodies = Array.from({ length: 12 }, (_, index) =>
        (index % 2 === 0 ? log : fork).submission(from, size),
      );
      const answers = await Promise.all(bodies.map(send));
      const winners = new Set(
        answers.flatMap((each, index) => {
          const note = (index % 2 === 0 ? log : fork).checkpoint(size);
          return isCosigned(note, each) ? [parseNote(note).text] : [];
        }),
      );
      // Of the first size both histories are one still; then the first that came decides.
      if (size > 2) expect(winners.size).toBeLessThanOrEqual(1);
      expect(answers.filter((each) => each.status === 200).length).toBeGreaterThan(0);
      expect([200, 409, 422]).toEqual(
        expect.arrayContaining([...new Set(answers.map((each) => each.status))]),
      );
      from = size;
    }
  });
});
