import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { readdirSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { parseCheckpoint } from "../../src/audit/note/checkpoint.ts";
import { openNote } from "../../src/audit/note/signed-note.ts";
import { testKey, verifierOf } from "../support/notes.ts";
import { temporaryFolder } from "../support/run-commands.ts";
import { testLog } from "../support/test-log.ts";
import type { TestLog } from "../support/test-log.ts";
import { cosigner, isCosigned, post, writeWitnessKey } from "../support/witness.ts";
import { startWitnessProcess } from "../support/witness-process.ts";
import type { WitnessProcess } from "../support/witness-process.ts";

const key = testKey("example.com/audit", 1);
const rounds = process.env["CUSTODY_TEST_FULL"] === "1" ? 200 : 20;
const leaves = 4000;
const forkAt = 6;
const honest = testLog(key, "example.com/audit/1", leaves);
const fork = testLog(key, "example.com/audit/1", leaves, forkAt);

const folder = temporaryFolder();
let args: readonly string[] = [];
beforeAll(() => {
  args = ["--key", writeWitnessKey(folder.path), "--state", "state", "--log", key.vkey];
});
afterAll(() => folder[Symbol.dispose]());

const start = (): Promise<WitnessProcess> => startWitnessProcess(folder.path, args);

interface Cosigned {
  readonly size: number;
  readonly root: string;
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** Whether one history has all these roots: no two of them contradict each other. */
function lieOnOneHistory(cosigned: readonly Cosigned[]): boolean {
  return [honest, fork].some((log) => cosigned.every(({ size, root }) => hex(log.root(size)) === root));
}

/** The size that the witness says it cosigned last. */
async function knownSize(url: string): Promise<number> {
  const { status, body } = await post(url, honest.submission(leaves, leaves));
  return status === 409 ? Number(body) : Number.NaN;
}

/** Submits of both histories, as fast as it is answered, until the witness is gone. Every cosignature that arrives is kept. */
async function submitUntilGone(
  url: string,
  kept: Cosigned[],
  random: () => number,
  onAnswer: () => void,
): Promise<void> {
  let size = 0;
  for (;;) {
    const log: TestLog = random() < 0.7 ? honest : fork;
    const next = Math.min(size + Math.floor(random() * 3), leaves);
    const answered = await post(url, log.submission(size, next)).catch(() => null);
    if (answered === null) return;
    onAnswer();
    if (isCosigned(log.checkpoint(next), answered)) {
      kept.push({ size: next, root: hex(log.root(next)) });
      size = next;
    } else if (answered.type === "text/x.tlog.size") size = Number(answered.body);
  }
}

/** Numbers that are the same for one seed. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

test("killed at any moment, and started again, it never cosigns a fork, and forgets nothing that it cosigned", async () => {
  const random = seeded(Number(process.env["CUSTODY_TEST_SEED"] ?? 1));
  const kept: Cosigned[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const witness = await start();
    const most = Math.max(0, ...kept.map(({ size }) => size));
    expect(await knownSize(witness.url)).toBeGreaterThanOrEqual(most);
    // Between two answers, in the middle of one, or before any.
    let left = Math.floor(random() * 30);
    const onAnswer = (): void => {
      left -= 1;
      if (left === 0) setTimeout(() => witness.child.kill("SIGKILL"), random() * 10);
    };
    const clients = [1, 2, 3].map(() => submitUntilGone(witness.url, kept, random, onAnswer));
    if (left <= 0) witness.child.kill("SIGKILL");
    expect(await witness.ended).toBeNull();
    await Promise.all(clients);
    expect(lieOnOneHistory(kept)).toBe(true);
  }
  // It was killed between a record and its answer, or in the middle of a record, only if it did work each time.
  expect(kept.length).toBeGreaterThan(rounds);
  expect(Math.max(...kept.map(({ size }) => size))).toBeGreaterThan(forkAt);
  expect(new Set(kept.filter(({ size }) => size > forkAt).map(({ size }) => size)).size).toBeGreaterThan(
    rounds / 2,
  );

  // The checker sees a fork: what a witness that lost its record would do.
  const record = createHash("sha256").update(honest.origin).digest("hex");
  const winner = lieOnOneHistory([...kept, { size: leaves, root: hex(honest.root(leaves)) }]) ? honest : fork;
  const loser = winner === honest ? fork : honest;
  rmSync(join(folder.path, "state", record));
  const witness = await start();
  const answered = await post(witness.url, loser.submission(0, 50));
  expect(isCosigned(loser.checkpoint(50), answered)).toBe(true);
  expect(lieOnOneHistory([...kept, { size: 50, root: hex(loser.root(50)) }])).toBe(false);
  witness.child.kill("SIGKILL");
  await witness.ended;
});

describe("told to stop", () => {
  test.each(["SIGTERM", "SIGINT"] as const)(
    "%s: it answers what was begun, ends with 130, and keeps its records",
    async (signal) => {
      const witness = await start();
      const log = testLog(key, `example.com/audit/${signal}`, 9);
      expect((await post(witness.url, log.submission(0, 4))).status).toBe(200);
      const { hostname, port } = new URL(witness.url);
      const body = Buffer.from(log.submission(4, 9));
      const socket = connect(Number(port), hostname);
      let received = "";
      socket.on("data", (chunk: Buffer) => (received += chunk.toString()));
      await new Promise<void>((resolve) => socket.once("connect", resolve));
      socket.write(`POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: ${body.length}\r\n\r\n`);
      socket.write(body.subarray(0, 20));
      // Its headers are there when another answer is.
      await fetch(`${witness.url}/healthz`);
      witness.child.kill(signal);
      const refused = async (): Promise<void> => {
        while (
          await fetch(`${witness.url}/healthz`).then(
            () => true,
            () => false,
          )
        )
          await Bun.sleep(10);
      };
      await refused();
      socket.write(body.subarray(20));
      await new Promise<void>((resolve) => socket.once("close", resolve));
      expect(received).toStartWith("HTTP/1.1 200");
      const lines = received.slice(received.indexOf("\r\n\r\n") + 4);
      expect(openNote(`${log.checkpoint(9).split("\n\n")[0]}\n\n${lines}`, [cosigner]).signedBy).toHaveLength(
        1,
      );
      expect(await witness.ended).toBe(130);
      expect(witness.stderr()).toContain("custody: error: interrupted\ncustody: hint: ");
      expect(witness.lines.at(-1)).toMatchObject({
        command: "chain witness",
        verdict: "stopped",
        error: { code: "interrupted" },
        requests: { cosigned: 2 },
      });
      const names = readdirSync(join(folder.path, "state"));
      expect(names.filter((name) => name.startsWith("."))).toEqual([]);
      const again = await start();
      expect(await post(again.url, log.submission(0, 9))).toMatchObject({ status: 409, body: "9\n" });
      again.child.kill("SIGKILL");
      await again.ended;
    },
  );
});

test("each request is a fact, and a fork's evidence is kept whole in it", async () => {
  const witness = await start();
  const log = testLog(key, "example.com/audit/facts", 9);
  const other = testLog(key, log.origin, 9, 2);
  await post(witness.url, log.submission(0, 5));
  await post(witness.url, other.submission(5, 5));
  await post(witness.url, "nonsense");
  witness.child.kill("SIGTERM");
  await witness.ended;
  // What contradicts a record is logged whatever the log level is.
  const logged = witness
    .stderr()
    .split("\n")
    .filter((line) => line.includes('"outcome":"conflict"'));
  expect(logged.map((line) => (JSON.parse(line) as { evidence: string }).evidence)).toEqual([
    other.checkpoint(5),
  ]);
  const facts = witness.lines.flatMap(({ event }) =>
    event?.["type"] === "checkpoint-judged" ? [event] : [],
  );
  expect(facts).toMatchObject([
    {
      status: 200,
      outcome: "cosigned",
      origin: log.origin,
      oldSize: 0,
      size: 5,
      peer: "127.0.0.1",
      reason: null,
      evidence: null,
    },
    { status: 409, outcome: "conflict", origin: log.origin, evidence: other.checkpoint(5) },
    { status: 400, outcome: "malformed", origin: null },
  ]);
  expect(parseCheckpoint(openNote(String(facts[1]!["evidence"]), [verifierOf(key)]).text).size).toBe(5);
});
