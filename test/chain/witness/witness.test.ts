import { expect, test } from "bun:test";
import fc from "fast-check";
import { parseCheckpoint } from "../../../src/audit/note/checkpoint.ts";
import { openNote, parseNote } from "../../../src/audit/note/signed-note.ts";
import type { WitnessRecords } from "../../../src/chain/witness/ports.ts";
import { createWitness } from "../../../src/chain/witness/witness.ts";
import { testKey, verifierOf } from "../../support/notes.ts";
import { testLog } from "../../support/test-log.ts";
import { cosigner, witnessKey } from "../../support/witness.ts";

const key = testKey("example.com/audit", 1);
const size = 24;
const origins = ["example.com/audit/1", "example.com/audit/2"] as const;
/** Three histories of each origin: the second leaves the first at leaf 4, the third at leaf 9. */
const histories = origins.map((origin) => [
  testLog(key, origin, size),
  testLog(key, origin, size, 4, 1),
  testLog(key, origin, size, 9, 2),
]);

/** Records that are slow, so that what comes meanwhile does come meanwhile, and that fail when they are told to. */
function slowRecords(
  failures: readonly boolean[],
): WitnessRecords & { readonly kept: ReadonlyMap<string, string> } {
  const kept = new Map<string, string>();
  let turn = 0;
  const rest = () => new Promise<void>((resolve) => setImmediate(resolve));
  return {
    kept,
    async read(origin) {
      await rest();
      const note = kept.get(origin);
      return note === undefined ? null : parseCheckpoint(parseNote(note).text);
    },
    async write(origin, note) {
      await rest();
      turn += 1;
      if (failures[turn % failures.length]) throw new Error("the disk is full");
      kept.set(origin, note);
      await rest();
    },
    publish: async () => null,
  };
}

const submissions = fc.array(
  fc.record({
    origin: fc.nat(origins.length - 1),
    history: fc.nat(2),
    from: fc.nat(size),
    to: fc.nat(size),
    waits: fc.boolean(),
  }),
  { minLength: 1, maxLength: 40 },
);

test("whatever is submitted, at once or in turn, and whichever records fail, all cosignatures lie on one history", async () => {
  await fc.assert(
    fc.asyncProperty(
      submissions,
      fc.array(fc.boolean(), { minLength: 1, maxLength: 5 }),
      async (all, failures) => {
        const records = slowRecords(failures);
        const witness = createWitness({
          key: witnessKey,
          logs: [verifierOf(key)],
          records,
          now: () => 1_700_000_000,
        });
        const cosigned = origins.map((): { size: number; root: Uint8Array }[] => []);
        const answers = all.map(async ({ origin, history, from, to, waits }) => {
          if (waits) await new Promise((resolve) => setImmediate(resolve));
          const log = histories[origin]![history]!;
          const known = waits ? (await records.read(log.origin))?.size : undefined;
          const at = Math.min(known ?? from, to);
          const answer = await witness.addCheckpoint(Buffer.from(log.submission(at, to)));
          expect([200, 409, 422, 500]).toContain(answer.status);
          if (answer.status === 200) cosigned[origin]!.push({ size: to, root: log.root(to) });
        });
        await Promise.all(answers);
        for (const [index, heads] of cosigned.entries()) {
          const lie = histories[index]!.some((log) =>
            heads.every((each) => Buffer.from(log.root(each.size)).equals(each.root)),
          );
          expect(lie).toBe(true);
          // Each was greater than, or the same as, the one before it.
          expect(heads.map((each) => each.size)).toEqual(
            heads.map((each) => each.size).toSorted((a, b) => a - b),
          );
          const note = records.kept.get(origins[index]!);
          if (note === undefined) expect(heads).toEqual([]);
          else
            expect(parseCheckpoint(openNote(note, [cosigner]).text).size).toBe(
              heads.at(-1)?.size ?? Number.NaN,
            );
        }
      },
    ),
  );
});

test("no body whatever makes it fail", async () => {
  const records = slowRecords([false]);
  const witness = createWitness({
    key: witnessKey,
    logs: [verifierOf(key)],
    records,
    now: () => 1_700_000_000,
  });
  const whole = histories[0]![0]!.submission(0, 7);
  const pieces = fc.array(
    fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom("old 0\n", "\n", whole, whole.slice(0, 90), "— a AAAAAAA=\n"),
    ),
    { maxLength: 6 },
  );
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.uint8Array(),
        pieces.map((each) => Buffer.from(each.join(""))),
      ),
      async (body) => {
        expect([200, 400, 403, 404, 409]).toContain((await witness.addCheckpoint(body)).status);
      },
    ),
  );
});

test("a request with any one byte changed is refused, or is the same request", async () => {
  const body = Buffer.from(histories[0]![0]!.submission(3, 7));
  const start = histories[0]![0]!.submission(0, 3);
  for (let at = 0; at < body.length; at += 1) {
    const records = slowRecords([false]);
    const witness = createWitness({
      key: witnessKey,
      logs: [verifierOf(key)],
      records,
      now: () => 1_700_000_000,
    });
    await witness.addCheckpoint(Buffer.from(start));
    const changed = Buffer.from(body);
    changed[at] = changed[at]! ^ 1;
    expect((await witness.addCheckpoint(changed)).status).toBeGreaterThanOrEqual(400);
    expect((await records.read(origins[0]))?.size).toBe(3);
  }
});
