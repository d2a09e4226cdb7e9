import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { openNote, addSignatureLines } from "../../../src/audit/note/signed-note.ts";
import { submitCheckpoint } from "../../../src/audit/witness/submit-checkpoint.ts";
import type { SubmitOptions } from "../../../src/audit/witness/submit-checkpoint.ts";
import type { RunningWitness } from "../../../src/chain/witness/ports.ts";
import { InterruptedError, OpsError } from "../../../src/errors.ts";
import { testKey } from "../../support/notes.ts";
import { temporaryFolder } from "../../support/run-commands.ts";
import { testLog } from "../../support/test-log.ts";
import type { TestLog } from "../../support/test-log.ts";
import { cosigner, post, startWitness } from "../../support/witness.ts";

const key = testKey("example.com/audit", 1);
const folder = temporaryFolder();
let witness: RunningWitness;
beforeAll(async () => {
  witness = await startWitness(folder.path, [key.vkey]);
});
afterAll(async () => {
  await witness[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

let count = 0;
const freshLog = (size = 30, forkAt = size) =>
  testLog(key, `example.com/audit/${(count += 1)}`, size, forkAt);

function submit(log: TestLog, size: number, given: Partial<SubmitOptions> & { url?: string } = {}) {
  const asked: number[] = [];
  const lines = submitCheckpoint(given.url ?? witness.url, log.checkpoint(size), {
    oldSize: 0,
    prove: async (from) => {
      asked.push(from);
      return log.proof(from, size);
    },
    signal: new AbortController().signal,
    timeoutMs: 5000,
    ...given,
  });
  return { lines, asked };
}

const codeOf = (lines: Promise<unknown>) =>
  lines.then(
    () => "none",
    (error: unknown) => (error instanceof OpsError ? `${error.code}: ${error.message}` : String(error)),
  );
const openedBy = (log: TestLog, size: number, lines: readonly string[]) =>
  openNote(addSignatureLines(log.checkpoint(size), lines), [cosigner]).signedBy.length;

describe("with a witness of ours", () => {
  test("a first checkpoint, one more with the size that is known, and one without: the witness says it", async () => {
    const log = freshLog();
    const first = submit(log, 5);
    expect([openedBy(log, 5, await first.lines), first.asked]).toEqual([1, []]);
    const known = submit(log, 9, { oldSize: 5 });
    expect([openedBy(log, 9, await known.lines), known.asked]).toEqual([1, [5]]);
    const unknown = submit(log, 12);
    expect([openedBy(log, 12, await unknown.lines), unknown.asked]).toEqual([1, [9]]);
    const wrong = submit(log, 20, { oldSize: 3, url: `${witness.url}/` });
    expect([openedBy(log, 20, await wrong.lines), wrong.asked]).toEqual([1, [3, 12]]);
    const again = submit(log, 20, { oldSize: 25 });
    expect([openedBy(log, 20, await again.lines), again.asked]).toEqual([1, []]);
  });

  test("a witness that knows nothing where something was known gets it from the beginning", async () => {
    const log = freshLog();
    const { lines, asked } = submit(log, 9, { oldSize: 5 });
    expect([openedBy(log, 9, await lines), asked]).toEqual([1, [5]]);
  });

  test("another history is a conflict: of one size, of a greater one, and a smaller one after a longer", async () => {
    const log = freshLog();
    const fork = testLog(key, log.origin, 30, 3);
    await submit(log, 9).lines;
    expect(await codeOf(submit(fork, 9, { oldSize: 9 }).lines)).toStartWith("witness-conflict: ");
    expect(await codeOf(submit(fork, 20).lines)).toStartWith("witness-conflict: ");
    expect(await codeOf(submit(log, 7).lines)).toMatch(
      /^witness-conflict: .* at size 9 already, and this checkpoint has 7$/,
    );
    expect(openedBy(log, 20, await submit(log, 20).lines)).toBe(1);
  });

  test("what it does not trust it refuses", async () => {
    expect(await codeOf(submit(testLog(key, "example.net/x", 3), 3).lines)).toMatch(
      /^witness-refused: .*HTTP 404/,
    );
    const stranger = testLog(testKey("example.com/audit", 5), freshLog().origin, 3);
    expect(await codeOf(submit(stranger, 3).lines)).toMatch(/^witness-refused: .*HTTP 403/);
  });
});

describe("with what is no witness, or a bad one", () => {
  /** A stand-in: no real witness misbehaves so. */
  const serve = (answer: () => Response | Promise<Response>) => {
    const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: answer });
    return { url: `http://127.0.0.1:${server.port}`, [Symbol.dispose]: () => void server.stop(true) };
  };
  const log = testLog(key, "example.com/audit/stand-in", 9);
  const size = (text: string, type = "text/x.tlog.size") =>
    new Response(text, { status: 409, headers: { "content-type": type } });

  test.each([
    ["no lines", () => new Response(""), "witness-refused"],
    ["something else", () => new Response("<html>"), "witness-refused"],
    ["a line without its newline", () => new Response("— w AAAAAAA="), "witness-refused"],
    ["a note for lines", () => new Response(`text\n\n— w AAAAAAA=\n`), "witness-refused"],
    ["a redirect", () => Response.redirect("http://127.0.0.1:1/", 307), "witness-refused"],
    ["an error", () => new Response("no\nmore", { status: 503 }), "witness-refused"],
    ["the same size each time", () => size("0\n"), "witness-refused"],
    ["another size each time", () => size(`${(turn = (turn + 1) % 8) + 1}\n`), "witness-refused"],
    ["a conflict of no size", () => size("3\n", "text/plain"), "witness-conflict"],
    ["a size with a leading zero", () => size("03\n"), "witness-conflict"],
    ["a size without its newline", () => size("3"), "witness-conflict"],
    ["a size of another type", () => size("3\n", "text/x.tlog.size; charset=utf8"), "witness-conflict"],
    ["endless lines", () => new Response("— w AAAAAAA=\n".repeat(100_000)), "witness-refused"],
  ] as const)("%s", async (_what, answer, code) => {
    using server = serve(answer);
    expect(await codeOf(submit(log, 9, { url: server.url }).lines)).toStartWith(
      `${code}: the witness ${server.url} `,
    );
  });
  let turn = 0;

  test("nobody who answers, or not in time", async () => {
    using silent = serve(async () => {
      await new Promise((resolve) => setTimeout(resolve, 3000));
      return new Response("late");
    });
    expect(await codeOf(submit(log, 9, { url: silent.url, timeoutMs: 50 }).lines)).toBe(
      `witness-unreachable: cannot reach the witness ${silent.url}: no answer within 0.05 s`,
    );
    expect(await codeOf(submit(log, 9, { url: "http://127.0.0.1:1" }).lines)).toStartWith(
      "witness-unreachable: ",
    );
    const interruption = new AbortController();
    const { lines } = submit(log, 9, { url: silent.url, signal: interruption.signal });
    interruption.abort();
    await expect(lines).rejects.toBeInstanceOf(InterruptedError);
  });

  test("a URL that is none; and no error shows a password or a query", async () => {
    for (const url of ["witness.example.org", "file:///etc/passwd", ""])
      expect(await codeOf(submit(log, 9, { url }).lines)).toStartWith("bad-input: ");
    const told = await codeOf(submit(log, 9, { url: "http://me:secret@127.0.0.1:1/w/?token=secret" }).lines);
    expect(told).toStartWith("witness-unreachable: cannot reach the witness http://127.0.0.1:1/w: ");
    expect(told).not.toContain("secret");
  });

  test("lines of other keys beside the witness's are handed back, too: who verifies ignores them", async () => {
    const real = await post(witness.url, log.submission(0, 9));
    using server = serve(() => new Response(`${real.body}— other.example AAAAAAA=\n`));
    const lines = await submit(log, 9, { url: server.url }).lines;
    expect([lines.length, openedBy(log, 9, lines)]).toEqual([2, 1]);
  });
});
