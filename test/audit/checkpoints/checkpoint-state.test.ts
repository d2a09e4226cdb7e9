import { describe, expect, test } from "bun:test";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import {
  keepCheckpoint,
  keepOperatorNote,
  nextOrigin,
  readCheckpointState,
} from "../../../src/audit/checkpoints/checkpoint-state.ts";
import { formatAcceptance, formatRebaseline } from "../../../src/audit/checkpoints/operator-notes.ts";
import { signCheckpoint } from "../../../src/audit/checkpoints/sign-checkpoint.ts";
import { cosignerVkey } from "../../../src/audit/note/cosignature.ts";
import { messageAt } from "../../../src/audit/note/cosigned-message.ts";
import { signatureLine, signNote } from "../../../src/audit/note/signed-note.ts";
import { parseVerifierKey } from "../../../src/audit/note/vkey.ts";
import { testKey } from "../../support/notes.ts";
import { temporaryFolder } from "../../support/run-commands.ts";

const key = testKey("example.com/log", 1);
const witness = testKey("example.org/w1", 2);
const keys = [parseVerifierKey(key.vkey), parseVerifierKey(cosignerVkey(witness))];
const trust = { keys, policy: null };
const base = "example.com/log/one";
const root = new Uint8Array(32);

const statement = { at: "2026-11-22T00:00:00Z", who: "olga@bastion", reason: "disk failure" };
const cluster = { systemIdentifier: "1", timeline: 1 };
const acceptanceOf = (origin: string): string =>
  formatAcceptance({
    before: { origin, size: 9, root },
    after: { origin: `${origin}/2`, size: 0, root },
    cluster,
    ...statement,
  });
const rebaselineOf = (origin: string): string =>
  formatRebaseline({
    origin,
    checkpointSha256: "0".repeat(64),
    from: cluster,
    to: { ...cluster, timeline: 2 },
    ...statement,
  });

/** A note under which a witness has put a cosignature, as it would under a checkpoint. */
function cosigned(text: string): string {
  const time = Buffer.alloc(8, 1);
  const signature = witness.sign(messageAt(Buffer.from(text), time.readBigUInt64BE()));
  const keyId = cosignerVkey(witness).split("+")[1] ?? "";
  return `${text}\n${signatureLine(witness.name, keyId, Buffer.concat([time, signature]))}`;
}

async function read(files: Readonly<Record<string, string>>): Promise<unknown> {
  using folder = temporaryFolder();
  for (const [name, text] of Object.entries(files)) await Bun.write(join(folder.path, name), text);
  return await readCheckpointState(folder.path, base, trust).catch((error: unknown) => error);
}

describe("what is kept of a chain", () => {
  test("is read: its acceptances, its rebaselines", async () => {
    const state = await read({
      "acceptance-000001.note": signNote(acceptanceOf(base), [key]),
      "rebaseline-000001.note": signNote(rebaselineOf(`${base}/2`), [key]),
    });
    expect(state).toMatchObject({
      acceptances: [{ after: { origin: `${base}/2` } }],
      rebaselines: [{ origin: `${base}/2` }],
      last: null,
    });
  });

  test.each([
    ["an acceptance", "acceptance-000001.note", acceptanceOf("example.com/log/two")],
    ["a rebaseline", "rebaseline-000001.note", rebaselineOf("example.com/log/two")],
  ])("is not %s of another chain, though the same key signed it", async (_what, name, text) => {
    expect(await read({ [name]: signNote(text, [key]) })).toMatchObject({
      code: "untrusted-checkpoint",
      message: expect.stringContaining("example.com/log/two"),
    });
  });

  test("is not the last checkpoint of another chain", async () => {
    using folder = temporaryFolder();
    const head = { origin: "example.com/log/two", size: 0, root };
    keepCheckpoint(folder.path, base, signCheckpoint(head, null, key));
    expect(
      await readCheckpointState(folder.path, base, trust).catch((error: unknown) => error),
    ).toMatchObject({
      code: "untrusted-checkpoint",
    });
  });

  test("loses no note to the next where one before was lost, and begins no origin twice", async () => {
    const second = formatAcceptance({
      before: { origin: `${base}/2`, size: 9, root },
      after: { origin: `${base}/3`, size: 0, root },
      cluster,
      ...statement,
    });
    using folder = temporaryFolder();
    await Bun.write(join(folder.path, "acceptance-000002.note"), signNote(second, [key]));
    const { acceptances } = await readCheckpointState(folder.path, base, trust);
    expect(nextOrigin(base, acceptances)).toBe(`${base}/4`);
    keepOperatorNote(folder.path, base, "acceptance", signNote(second, [key]));
    expect(readdirSync(folder.path)).toEqual(
      expect.arrayContaining(["acceptance-000002.note", "acceptance-000003.note"]),
    );
    // The newest one: what was signed since then says that it was there.
    for (const name of readdirSync(folder.path)) rmSync(join(folder.path, name));
    keepCheckpoint(folder.path, base, signCheckpoint({ origin: `${base}/3`, size: 0, root }, null, key));
    keepOperatorNote(folder.path, base, "acceptance", signNote(acceptanceOf(base), [key]));
    expect(
      await readCheckpointState(folder.path, base, trust).catch((error: unknown) => error),
    ).toMatchObject({ code: "unreadable-checkpoint", message: expect.stringContaining("has lost the note") });
  });

  test("that cannot be read is an error, of a note and not of custody", async () => {
    expect(await read({ "acceptance-000001.note/inside": "" })).toMatchObject({
      code: "unreadable-checkpoint",
    });
    // What a witness cosigned last is a guess, and the witness knows better.
    expect(await read({ "witness-00000000000000000000000000000000/inside": "" })).toMatchObject({
      witnessedSizes: new Map(),
    });
  });

  test.each([
    ["acceptance-000001.note", acceptanceOf(base)],
    ["rebaseline-000001.note", rebaselineOf(base)],
  ])("a witness's word is no operator's: %s", async (name, text) => {
    expect(await read({ [name]: cosigned(text) })).toMatchObject({ code: "untrusted-checkpoint" });
  });
});
