import { expect, test } from "bun:test";
import { openWireDecider } from "../../../src/proxy/adapters/open-wire-decider.ts";
import { readListenerPolicy } from "../../../src/proxy/policy/listener-policy.ts";
import type { HoldNotice, Sighting, WireVerdict } from "../../../src/proxy/sessions/ports.ts";
import type { RequestAnswer } from "../../../src/chokepoint/api.ts";
import type { ListenerSection } from "../../../src/config/listener-schema.ts";
import { eyesOf } from "../../../src/chokepoint/statements/eyes-of.ts";
import type { Subject } from "../../../src/chokepoint/statements/statement-eyes.ts";
import { createWorld, person, testPolicy, untilState } from "../../support/engine.ts";
import type { World } from "../../support/engine.ts";
import { openMemoryBackend } from "../../support/memory-backend.ts";
import { sightingOf } from "../../support/sightings.ts";
import { carryOut, startListening } from "../../support/statements.ts";

type Policy = NonNullable<ListenerSection["policy"]>;

function listenTo(
  world: World,
  policy: Policy,
  given: {
    readonly isBroken?: boolean;
    readonly approval?: "allow" | "hold";
    readonly request?: RequestAnswer;
  } = {},
) {
  const target = testPolicy({
    names: { from_token: { database: "db_{token}" } },
    tombstone: { mode: "soft" },
    approval: { default: given.approval ?? "allow" },
  });
  const memory = openMemoryBackend(world.server, world.store);
  const refuseDestroyer = async (subject: Subject, roles: readonly string[]) => {
    await Promise.resolve();
    return roles.includes("app") && subject.name !== "db_other"
      ? null
      : { code: "42501", message: `must be owner of database ${subject.name}`, hint: null, isPassing: false };
  };
  const backend = { ...memory, statements: { ...eyesOf(memory), refuseDestroyer } };
  const one = startListening(world, { policy: target, backend });
  const counted: string[] = [];
  const bugs: unknown[] = [];
  const drain = new AbortController();
  const { request } = given;
  const decider = openWireDecider({
    chokepoint: {
      ...one.chokepoint,
      ...(given.isBroken === true ? { statement: () => Promise.reject(new Error("a bug")) } : {}),
      ...(request === undefined ? {} : { request: () => Promise.resolve(request) }),
    },
    policy: () => readListenerPolicy({ policy }),
    target: { policy: target, backend },
    isAdmin: () => false,
    metrics: { recognised: (...labels) => void counted.push(labels.join(" ")) },
    drain: drain.signal,
    onBug: (error) => void bugs.push(error),
  });
  const notices: HoldNotice[] = [];
  const gone = new AbortController();
  const decide = async (sighting: Sighting): Promise<WireVerdict> =>
    await decider.decide(sighting, { notice: (held) => void notices.push(held), signal: gone.signal });
  return {
    one,
    counted,
    bugs,
    notices,
    gone,
    drain,
    decide,
    [Symbol.asyncDispose]: () => one[Symbol.asyncDispose](),
  };
}

const drop = sightingOf([["database", "db_acme"]], {
  tags: new Map([
    ["request_id", "r-7"],
    ["custody-ticket", "x"],
    ["route", "/admin"],
  ]),
});

test("what passes is answered at once, and recorded by nobody", async () => {
  const world = createWorld();
  await using wire = listenTo(world, [{ kinds: ["table"], action: "pass" }]);
  expect(await wire.decide(sightingOf([["table", "orders"]]))).toEqual({ kind: "pass" });
  expect(world.store.events).toEqual([]);
  expect(wire.counted).toEqual(["postgres table pass"]);
});

test("what is audited is forwarded once it is recorded, with who sent it, its tags and its token", async () => {
  const world = createWorld();
  await using wire = listenTo(world, [{ action: "audit" }]);
  const verdict = await wire.decide(drop);
  if (verdict.kind !== "forward") throw new Error(verdict.kind);
  const row = world.store.drops.get(verdict.dropId);
  expect(row).toMatchObject({
    caller: { name: "app", person: null, peer: "127.0.0.1:5000", protocol: "postgres" },
    request: { token: "acme", requestId: "r-7" },
    statement: { tags: { request_id: "r-7", route: "/admin" }, session: { id: drop.speaker.sessionId } },
  });
  carryOut(world, "100");
  verdict.settle({ outcome: "ok", error: null });
  await untilState(world, verdict.dropId, ["completed"]);
});

test("what is denied says where it is recorded, and how another person lets it through", async () => {
  const world = createWorld();
  await using wire = listenTo(world, [{ action: "deny", reason: "ask the platform team" }]);
  const verdict = await wire.decide(sightingOf([["database", "db_acme"]]));
  if (verdict.kind !== "refused") throw new Error(verdict.kind);
  const [dropId] = world.store.drops.keys();
  expect(verdict.refusal).toEqual({
    code: null,
    message: "custody refuses it: the policy of pg denies DROP database db_acme: ask the platform team",
    detail: `recorded as drop ${dropId}`,
    hint: `another person lets it through once with custody drop ticket ${dropId}`,
  });
});

test("a client that cannot bear a ticket is not told of any", async () => {
  const world = createWorld();
  await using wire = listenTo(world, [{ action: "deny" }]);
  const { speaker, ...flush } = sightingOf([["flush", "FLUSHALL"]]);
  const verdict = await wire.decide({ ...flush, speaker: { ...speaker, protocol: "redis" } });
  if (verdict.kind !== "refused") throw new Error(verdict.kind);
  expect(verdict.refusal.hint).toBe("nobody can let it through, unless the policy holds it for people");
  const [dropId = ""] = world.store.drops.keys();
  expect(await wire.one.chokepoint.ticket(dropId, person("ann"), { comment: null })).toMatchObject({
    kind: "conflict",
    reason: expect.stringContaining("redis has no place for a ticket") as string,
  });
});

test("what is held tells its client how it is approved, and goes on when it is", async () => {
  const world = createWorld();
  await using wire = listenTo(world, [{ action: "hold" }]);
  const verdict = wire.decide(sightingOf([["database", "db_acme"]]));
  const { dropId } = await firstHeld(world);
  await wire.one.chokepoint.approve(dropId, person("ann"), { comment: null });
  expect(await verdict).toMatchObject({ kind: "forward", dropId });
  expect(wire.notices[0]).toMatchObject({
    message: `custody holds this until another person approves it: drop ${dropId}`,
    hint: `they run: custody drop approve ${dropId}`,
  });
});

test("a client that goes away withdraws what it has asked for", async () => {
  const world = createWorld();
  await using wire = listenTo(world, [{ action: "hold" }]);
  const verdict = wire.decide(sightingOf([["database", "db_acme"]]));
  const { dropId } = await firstHeld(world);
  wire.gone.abort();
  expect(await verdict).toMatchObject({ kind: "refused", refusal: { detail: `recorded as drop ${dropId}` } });
});

test("a bug refuses that statement, and is told", async () => {
  const world = createWorld();
  await using wire = listenTo(world, [{ action: "audit" }], { isBroken: true });
  expect(await wire.decide(drop)).toMatchObject({
    kind: "refused",
    refusal: { message: "custody cannot decide on it" },
  });
  expect(wire.bugs).toHaveLength(1);
});

test("without the ledger what destroys is refused, what passes passes", async () => {
  const world = createWorld();
  await using wire = listenTo(world, [{ kinds: ["table"], action: "pass" }, { action: "audit" }]);
  world.store.isDown = true;
  expect(await wire.decide(drop)).toMatchObject({
    kind: "refused",
    refusal: { detail: "nothing was recorded, and nothing was done" },
  });
  expect(await wire.decide(sightingOf([["table", "orders"]]))).toEqual({ kind: "pass" });
  world.store.isDown = false;
});

test("what is soft is fenced in its place, once, and only for who might have dropped it", async () => {
  const world = createWorld();
  await using wire = listenTo(world, [{ action: "soft" }]);
  const verdict = await wire.decide(drop);
  if (verdict.kind !== "done") throw new Error(JSON.stringify(verdict));
  expect(verdict.isNoop).toBe(false);
  expect(world.server.things.find(({ id }) => id === "100")?.name).toStartWith("custody_tomb_");
  expect(world.store.drops.get(verdict.dropId)).toMatchObject({
    statement: null,
    request: {
      token: "acme",
      intent: {
        reason:
          "DROP database db_acme, by app in db_acme through pg, s-0000000000000000, request r-7, route=/admin",
        requestedBy: "app",
      },
    },
  });
  expect(await wire.decide(drop)).toMatchObject({ kind: "done", isNoop: true });
  const before = world.server.changes.length;
  const other = await wire.decide(sightingOf([["database", "db_other"]]));
  expect(other).toMatchObject({
    kind: "refused",
    refusal: { code: "42501", message: "must be owner of database db_other" },
  });
  expect(world.server.changes).toHaveLength(before);
});

test("what is soft is attributed in its reason, in one line of what people may see", async () => {
  const world = createWorld();
  await using wire = listenTo(world, [{ action: "soft" }]);
  const speaker = { otherRoles: ["ops"], applicationName: "nightly\njob", certificate: "app.internal" };
  const tags = new Map([
    ["note", "x".repeat(250)],
    ...Array.from({ length: 14 }, (_, n) => [`n${n}`, "😀".repeat(120)] as const),
  ]);
  const verdict = await wire.decide(sightingOf([["database", "db_acme"]], { speaker, tags }));
  if (verdict.kind !== "done") throw new Error(JSON.stringify(verdict));
  const reason = world.store.drops.get(verdict.dropId)?.request.intent.reason ?? "";
  expect(reason).toStartWith(
    "DROP database db_acme, by app (as ops too) in db_acme with nightly\\njob through pg, s-0000000000000000, certificate app.internal, note=xxx",
  );
  expect(reason.length).toBe(2000);
  expect(reason.isWellFormed()).toBe(true);
});

test("what is soft and loses its ledger in the middle is told as what it is: not known yet", async () => {
  const world = createWorld();
  const request = { kind: "undecided", dropId: "d-1", reason: "the ledger is down" } as const;
  await using wire = listenTo(world, [{ action: "soft" }], { request });
  expect(await wire.decide(drop)).toMatchObject({
    kind: "refused",
    refusal: {
      message: "whether it was done is not known yet: the ledger is down",
      detail: "it may be recorded as drop d-1",
    },
  });
});

test("what is soft and held goes on when it is approved, and never once its client is gone", async () => {
  for (const isGone of [false, true]) {
    const world = createWorld();
    await using wire = listenTo(world, [{ action: "soft" }], { approval: "hold" });
    const verdict = wire.decide(sightingOf([["database", "db_acme"]]));
    const { dropId } = await firstHeld(world);
    if (isGone) wire.gone.abort();
    else await wire.one.chokepoint.approve(dropId, person("ann"), { comment: null });
    expect((await verdict).kind).toBe(isGone ? "refused" : "done");
    expect(world.store.drops.get(dropId)?.state === "cancelled").toBe(isGone);
    expect(world.server.changes.length > 0).toBe(!isGone);
  }
});

test("what is soft and held is withdrawn when custody drains, and its client is told", async () => {
  const world = createWorld();
  await using wire = listenTo(world, [{ action: "soft" }], { approval: "hold" });
  const verdict = wire.decide(sightingOf([["database", "db_acme"]]));
  const { dropId } = await firstHeld(world);
  wire.drain.abort();
  expect((await verdict).kind).toBe("refused");
  expect(world.store.drops.get(dropId)?.state).toBe("cancelled");
  expect(world.server.changes).toEqual([]);
});

async function firstHeld(world: World) {
  while (world.store.drops.size === 0) await new Promise((resolve) => setImmediate(resolve));
  const [dropId = ""] = world.store.drops.keys();
  return await untilState(world, dropId, ["held"]);
}
