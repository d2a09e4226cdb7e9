import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { answerRequest } from "../../../src/chain/answer-request.ts";
import { backoffMs } from "../../../src/chain/watch/backoff.ts";
import { exposeStatus } from "../../../src/chain/watch/expose-status.ts";
import { parseWatchInput } from "../../../src/chain/watch/input.ts";
import { judgeHealth } from "../../../src/chain/watch/judge-health.ts";
import { judgeMemory } from "../../../src/chain/watch/judge-reading.ts";
import { formatMemory, parseMemory } from "../../../src/chain/watch/memory-format.ts";
import type { WatchMemory } from "../../../src/chain/watch/memory.ts";
import { partsDue } from "../../../src/chain/watch/pace.ts";
import { statusPages } from "../../../src/chain/watch/status-pages.ts";
import type { Reading } from "../../../src/chain/watch/ports.ts";
import { initialStatus } from "../../../src/chain/watch/status.ts";
import type { WatchStatus } from "../../../src/chain/watch/status.ts";
import { OpsError } from "../../../src/errors.ts";
import { parseFamilies } from "../../../src/run/exposition.ts";

const codeOf = (work: () => unknown): string => {
  try {
    work();
    return "done";
  } catch (error) {
    return error instanceof OpsError ? error.code : String(error);
  }
};

test("waits longer and longer before it connects again, never the same for two, never over half a minute", () => {
  expect([1, 2, 3, 4, 5].map((each) => backoffMs(each, 1))).toEqual([250, 500, 1000, 2000, 4000]);
  expect([backoffMs(1000, 1), backoffMs(1000, 0)]).toEqual([30_000, 15_000]);
});

test("what became of the rows that were verified is put down to what the server's identity and log say", () => {
  const identity = { chainId: "c", systemIdentifier: "7", timeline: 1 };
  const memory = { identity, lsn: "0/9000000", tip: { size: 70, root: new Uint8Array(32) }, table: null };
  const judged = (server: Partial<typeof identity>, lsnAfter: string | null) => {
    const result = { treeSize: 40, waypoints: new Map() };
    const reading = { identity: { ...identity, ...server }, lsnAfter, recorded: null, result };
    const [found] = judgeMemory(reading as unknown as Reading, memory as unknown as WatchMemory, 0);
    return [found?.class, found?.cause];
  };
  expect(judged({}, "0/9000001")).toEqual([
    "truncated",
    "rows were deleted since watch verified them, and the head was mended",
  ]);
  expect(judged({}, null)).toEqual(judged({}, "0/9000001"));
  expect(judged({}, "0/8FFFFFF")[1]).toStartWith("the cluster's files were brought back from an older copy");
  expect(judged({ timeline: 2 }, "0/8FFFFFF")[0]).toBe("restored");
});

test("a pass over history ends before the time that it was given, and no part comes twice", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5000 }),
      fc.integer({ min: 1000, max: 1e9 }),
      (parts, fullEveryMs) => {
        expect(partsDue({ elapsedMs: 0, fullEveryMs, parts })).toBe(0);
        expect(partsDue({ elapsedMs: fullEveryMs * 0.91, fullEveryMs, parts })).toBe(parts);
        expect(partsDue({ elapsedMs: fullEveryMs * 100, fullEveryMs, parts })).toBe(parts);
      },
    ),
  );
});

describe("health", () => {
  const now = 1_000_000;
  const good: WatchStatus = {
    ...initialStatus(10_000),
    checkedAt: now - 5000,
    isConnected: true,
    checkMs: 100,
  };

  test.each<[string, Partial<WatchStatus>, string[]]>([
    ["is good while the last check is recent and found nothing", {}, []],
    ["is bad before the first check", { checkedAt: null }, ["nothing has been verified since the start"]],
    ["is bad when checks stop", { checkedAt: now - 31_000 }, ["the last check was 31 s ago"]],
    ["allows for what a check takes", { checkedAt: now - 31_000, checkMs: 60_000 }, []],
    ["is bad with findings", { findingsNow: 2 }, ["the chain has 2 findings"]],
    ["is bad when nothing can be read", { problem: "gone" }, ["the last check could not be made: gone"]],
    [
      "is bad when nothing can be written down",
      { stateProblem: "full" },
      ["the state cannot be written: full"],
    ],
  ])("%s", (_, change, reasons) => {
    expect(judgeHealth({ ...good, ...change }, now)).toEqual({ isGood: reasons.length === 0, reasons });
  });

  const ask = (
    path: string,
    more: { token?: string; authorization?: string; method?: string; status?: WatchStatus } = {},
  ) =>
    answerRequest(
      { method: more.method ?? "GET", path, authorization: more.authorization },
      statusPages(more.status ?? good, now, "shop"),
      more.token ?? null,
    );

  test("is told over HTTP, to those who have the token where there is one", () => {
    expect(ask("/healthz")).toMatchObject({ status: 200, body: "ok\n" });
    expect(ask("/healthz", { status: { ...good, findingsNow: 1 } })).toMatchObject({ status: 503 });
    expect(ask("/readyz", { status: initialStatus(1000) }).status).toBe(503);
    expect([ask("/readyz").status, ask("/other").status, ask("/metrics", { method: "POST" }).status]).toEqual(
      [200, 404, 405],
    );
    for (const path of ["/metrics", "/healthz", "/readyz", "/other"]) {
      const statuses = [undefined, "Bearer wrong", "Basic c2VjcmV0", "Bearer secret-secret-secret"].map(
        (authorization) =>
          ask(path, {
            token: "secret-secret-secret",
            ...(authorization === undefined ? {} : { authorization }),
          }).status,
      );
      expect(statuses.slice(0, 3)).toEqual([401, 401, 401]);
      expect(statuses[3]).not.toBe(401);
    }
  });
});

test("every series is there from the start, under the prefix", () => {
  const families = parseFamilies(exposeStatus(initialStatus(10_000), 0, "shop"));
  const outcomes = families.find((each) => each.name === "shop_chain_verify_total")?.samples;
  expect(outcomes).toEqual(
    ["clean", "broken", "restored", "not-verified"].map((outcome) => ({
      series: `shop_chain_verify_total{outcome="${outcome}"}`,
      value: 0,
    })),
  );
  expect(families.map((each) => each.name)).toEqual(
    expect.arrayContaining([
      "shop_chain_break_detected_total",
      "shop_chain_rows",
      "shop_chain_last_verified_timestamp_seconds",
    ]),
  );
  expect(families.every((each) => each.name.startsWith("shop_chain_") && each.samples.length > 0)).toBe(true);
});

test("times are durations, and no shorter than makes sense", () => {
  const parse = (interval: string, fullEvery = "6h") =>
    parseWatchInput({
      dbUrl: "env",
      schema: null,
      profile: null,
      interval,
      fullEvery,
      onceBroken: "alarm",
      checkpoints: [],
      publicKeys: [],
      policy: null,
      listen: null,
    });
  expect(parse("10s")).toMatchObject({ interval: 10_000, fullEvery: 21_600_000 });
  for (const wrong of ["10", "0s", "soon", "99999d"])
    expect([wrong, codeOf(() => parse(wrong))]).toEqual([wrong, "bad-usage"]);
  expect(codeOf(() => parse("10s", "1ms"))).toBe("bad-usage");
});

describe("the state's file", () => {
  const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });
  const size = fc.nat();
  // As many roots of complete subtrees as a tree of that size has.
  const frontier = (leaves: number): fc.Arbitrary<Uint8Array[]> => {
    const roots = leaves.toString(2).replaceAll("0", "").length;
    return fc.array(hash, { minLength: roots, maxLength: roots });
  };
  const memory = fc.record({
    identity: fc.record({
      chainId: fc.option(fc.string()),
      systemIdentifier: fc.option(fc.string()),
      timeline: fc.option(fc.nat()),
    }),
    lsn: fc.constantFrom(null, "0/0", "16/B374D848"),
    tip: fc.record({ size, root: hash }),
    mark: fc.option(
      size.chain((leaves) =>
        fc.record({ size: fc.constant(leaves), rowHash: hash, frontier: frontier(leaves) }),
      ),
    ),
    table: fc.option(
      size.chain((blocks) =>
        fc.record({
          first: fc.constant(blocks),
          below: frontier(blocks),
          blocks: fc.array(fc.record({ root: hash, lastHash: hash })),
        }),
      ),
    ),
    checkpoints: fc.constant("0".repeat(64)),
    pass: fc.record({ next: size, startedAt: fc.nat() }),
    acceptances: fc.option(fc.array(fc.stringMatching(/^[0-9a-f]{64}$/))),
    allReadSince: fc.nat(),
  });

  test("gives back what was written", () => {
    fc.assert(fc.property(memory, (each) => expect(parseMemory(formatMemory(each))).toEqual(each)));
  });

  test("gives nothing when a frontier is not of its tree's size", () => {
    fc.assert(
      fc.property(memory, hash, (each, more) => {
        fc.pre(each.mark !== null);
        const mark = each.mark && { ...each.mark, frontier: [...each.mark.frontier, more] };
        expect(typeof parseMemory(formatMemory({ ...each, mark }))).toBe("string");
      }),
    );
  });

  test("gives nothing when a byte of it is another, or it is cut", () => {
    fc.assert(
      fc.property(memory, fc.nat(), fc.constantFrom("0", "x", '"', ""), (each, at, byte) => {
        const text = formatMemory(each);
        const index = at % (text.length - 1);
        const damaged = text.slice(0, index) + byte + text.slice(index + 1);
        if (damaged !== text) expect(typeof parseMemory(damaged)).toBe("string");
        expect(typeof parseMemory(text.slice(0, index))).toBe("string");
      }),
    );
  });
});
