import { expect, test } from "bun:test";
import type { Drop } from "../../src/chokepoint/drop.ts";
import { requestBody, startTestApi } from "../support/api-server.ts";
import { newDrop, testTerms } from "../support/ledger.ts";
import { runDrop } from "../support/run-drop.ts";

const evil = "x\u001b[2J\u009b1A\u202eb\u2066c\nFENCED drop_id=1\r";
const at = new Date("2026-11-22T12:00:00.000Z");

/** A drop of an older custody, or of another hand's: the ledger may hold anything. */
function evilDrop(): Drop {
  const plain = newDrop();
  const names = { database: evil, role: evil };
  const identity = {
    systemIdentifier: evil,
    parts: [{ part: "database" as const, name: evil, id: evil, sizeBytes: 1 }],
  };
  return {
    ...plain,
    state: "held",
    request: {
      ...plain.request,
      providerResourceId: evil,
      token: evil,
      requestId: evil,
      intent: {
        ...plain.request.intent,
        reason: evil,
        requestedBy: evil,
        names,
        resourceStatus: evil,
        statementFingerprint: evil,
      },
    },
    statement: {
      session: {
        id: evil,
        listener: evil,
        role: evil,
        otherRoles: [evil],
        database: evil,
        applicationName: evil,
        certificate: evil,
      },
      tags: { [evil]: evil },
      destructions: [{ kind: "database", what: evil, names: [evil], parts: [evil], isWhole: true }],
      action: "hold",
      isInTransaction: true,
      ticket: { of: evil, sha256: evil, approvedBy: [evil] },
    },
    caller: { name: evil, person: evil, peer: evil, protocol: "http" },
    error: evil,
    refusal: { site: "server", reason: evil, isPassing: false, outcome: "refused" },
    identity,
    plan: { identity, fenceNames: names, saved: {}, terms: testTerms, salt: "" },
    hold: { why: "policy", approvers: 1, expiresAt: at, terms: null },
    approvals: [{ by: evil, person: evil, at, comment: evil }],
    undoneAs: evil,
  };
}

test.each(["human", "json", "jsonl", "github", "junit"])(
  "whatever the ledger holds, nothing of it steers the terminal: %s",
  async (output) => {
    await using api = await startTestApi();
    const drop = evilDrop();
    const entry = { id: evil, seq: 1, action: evil, at, actor: evil, details: { why: evil, comment: evil } };
    api.chokepoint.show = async () => ({ drop, timeline: [entry] });
    api.chokepoint.list = async () => [drop];
    for (const args of [["show", drop.dropId], ["list"], ["undo", drop.dropId], ["approve", drop.dropId]]) {
      api.chokepoint.approve = async () => ({ kind: "conflict", drop, reason: evil });
      api.chokepoint.undo = async () => ({ kind: "done", drop });
      const told = await runDrop([...args, "--output", output], api);
      expect(told.stdout).toContain("x");
      for (const text of [told.stdout, told.stderr])
        expect([args, text.replaceAll("\n", "")]).toEqual([
          args,
          expect.not.stringMatching(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u) as string,
        ]);
      if (output === "human") expect(told.stdout).not.toMatch(/^FENCED/m);
    }
  },
);

test("the question whether nobody is to bring it back shows the name as it is", async () => {
  await using api = await startTestApi();
  const args = [
    "request",
    "others",
    "database",
    "db_\u001b[8m1",
    "--token",
    "t",
    "--request-id",
    "r",
    "--reason",
    "x",
  ];
  const told = await runDrop(args, api, { isTTY: true, typed: "no\n" });
  expect(told.code).toBe(2);
  expect(told.stderr).toContain("db_\\u{1b}[8m1 on others");
  expect(told.stderr).not.toContain("\u001b[8m");
});

test("what steers a terminal is refused before anything is asked of anybody's server", async () => {
  await using api = await startTestApi();
  const body = requestBody("db_1");
  const args = ["request", body.target, "database", "db_1", "--token", "t", "--request-id", "r", "--reason"];
  const told = await runDrop([...args, "the customer \u202eleft"], api);
  expect([told.code, api.chokepoint.calls]).toEqual([2, []]);
  expect(told.stderr).toContain("/intent/reason: holds control characters");
  for (const said of [
    ["undo", crypto.randomUUID(), "--as", "db\u001b"],
    ["approve", crypto.randomUUID(), "--comment", "a\u2067b"],
  ])
    expect((await runDrop(said, api)).code).toBe(2);
});

test("show tells all of the request, since people decide by it", async () => {
  await using api = await startTestApi();
  const asked = await api.ask("/v1/drops", {
    as: "second",
    body: requestBody("db_1", {
      token: "t42",
      request_id: "r-1001",
      resource_type: "postgres",
      intent: {
        reason: "subscription ended",
        requested_by: "carl",
        names: { database: "db_1", role: "usr_1" },
        resource_status: "deleted",
        not_after: "2026-11-23T00:00:00Z",
        force: true,
      },
    }),
  });
  const { drop_id: id } = (await asked.json()) as { drop_id: string };
  const { stdout } = await runDrop(["show", id], api);
  for (const line of [
    /^resource +postgres db_1 on customers \(shared\)$/m,
    /^database +db_1$/m,
    /^role +usr_1$/m,
    /^reason +subscription ended$/m,
    /^asked +2026-\S+ by second \(ben\), http from 127\.0\.0\.1$/m,
    /^on behalf of +carl$/m,
    /^request +r-1001$/m,
    /^token +t42$/m,
    /^status +deleted$/m,
    /^not after +2026-11-23T00:00:00\.000Z$/m,
    /^force +the sessions that use it are ended$/m,
  ])
    expect(stdout).toMatch(line);
});
