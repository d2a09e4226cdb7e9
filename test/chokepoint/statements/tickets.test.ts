import { expect, test } from "bun:test";
import { actionsOf, createWorld, person, testPolicy } from "../../support/engine.ts";
import type { World } from "../../support/engine.ts";
import type { Instance } from "../../support/engine.ts";
import {
  carryOut,
  dba,
  refused,
  started,
  startListening,
  watching,
  wireStatement,
} from "../../support/statements.ts";
import type { WireStatement } from "../../../src/chokepoint/statements/statement.ts";

const deny = wireStatement({ action: "deny" });
const comment = { comment: null };

async function denied({ chokepoint }: Instance, statement = deny): Promise<string> {
  const { dropId } = refused(await chokepoint.statement(statement, dba, watching()));
  if (dropId === null) throw new Error("it has no row");
  return dropId;
}

async function ticketFor(
  { chokepoint }: Instance,
  dropId: string,
  ...people: readonly string[]
): Promise<string> {
  let ticket: string | null = null;
  for (const name of people) {
    const answer = await chokepoint.ticket(dropId, person(name), comment);
    if (answer.kind !== "done") throw new Error(`${answer.kind}: ${JSON.stringify(answer)}`);
    ({ ticket } = answer);
  }
  if (ticket === null) throw new Error("there is no ticket yet");
  return ticket;
}

const send = ({ chokepoint }: Instance, ticket: string, given: Partial<WireStatement> = {}) =>
  chokepoint.statement({ ...deny, ...given, ticket }, dba, watching());

test("a ticket lets one such statement through, once, and says who approved it", async () => {
  const world = createWorld();
  await using one = startListening(world);
  const dropId = await denied(one);
  const ticket = await ticketFor(one, dropId, "ann");
  const row = world.store.drops.get(dropId);
  expect(row?.state).toBe("refused");
  expect(JSON.stringify([row, world.store.events])).not.toContain(ticket);
  const { dropId: used, settle } = started(await send(one, ticket));
  expect(world.store.drops.get(used)?.statement?.ticket).toMatchObject({ of: dropId, approvedBy: ["ann"] });
  expect(actionsOf(world, used)).toEqual(["drop.requested", "drop.started"]);
  carryOut(world, "100");
  await settle({ outcome: "ok", error: null });
  const again = refused(await send(one, ticket));
  expect(again.refusal.site).toBe("policy");
  expect(actionsOf(world, dropId)).toEqual(["drop.refused", "drop.approved"]);
});

test("of two at once that use it, one goes through", async () => {
  const world = createWorld();
  await using one = startListening(world);
  await using two = startListening(world, { name: "two" });
  const ticket = await ticketFor(one, await denied(one), "ann");
  const answers = await Promise.all([one, two, one, two].map((each) => send(each, ticket)));
  expect(answers.filter(({ kind }) => kind === "started")).toHaveLength(1);
  const [no] = answers.filter(({ kind }) => kind === "refused").map(refused);
  expect(no?.refusal.reason).toContain("its ticket was used already");
});

test("as many people as an approval takes, each another, none of whom sent it", async () => {
  const world = createWorld();
  await using one = startListening(world, { policy: testPolicy({ approval: { approvers: 2 } }) });
  const dropId = await denied(one);
  expect(await one.chokepoint.ticket(dropId, person("dba"), comment)).toMatchObject({ kind: "forbidden" });
  expect(await one.chokepoint.ticket(dropId, person("ann"), comment)).toMatchObject({
    kind: "done",
    ticket: null,
  });
  expect(await one.chokepoint.ticket(dropId, person("ANN"), comment)).toMatchObject({ kind: "forbidden" });
  const ticket = await ticketFor(one, dropId, "bob");
  expect(await one.chokepoint.ticket(dropId, person("carl"), comment)).toMatchObject({ kind: "conflict" });
  const { dropId: used } = started(await send(one, ticket));
  expect(world.store.drops.get(used)?.statement?.ticket?.approvedBy).toEqual(["ann", "bob"]);
});

test("of what is opaque it is for one text, whatever its constants are", async () => {
  const world = createWorld();
  await using one = startListening(world);
  const opaque = { ...deny, destructions: [{ kind: "opaque", what: "DELETE …", names: [] }] } as const;
  const ticket = await ticketFor(one, await denied(one, opaque), "ann");
  const other = await send(one, ticket, { ...opaque, fingerprint: "e".repeat(64) });
  expect(refused(other).refusal.reason).toContain("its ticket is for another statement");
  started(await send(one, ticket, opaque));
});

test.each<[string, Partial<WireStatement>]>([
  ["other names", { destructions: [{ kind: "database", what: "DROP DATABASE", names: ["db_other"] }] }],
  ["another kind", { destructions: [{ kind: "role", what: "DROP ROLE", names: ["db_acme"] }] }],
  [
    "more of them",
    { destructions: [...deny.destructions, { kind: "role", what: "DROP ROLE", names: ["usr_acme"] }] },
  ],
  ["another role", { session: { ...deny.session, role: "root" } }],
  ["another database", { session: { ...deny.session, database: "other" } }],
  ["force", { isForced: true }],
])("it is for no other statement: %s", async (_, given) => {
  const world = createWorld();
  await using one = startListening(world);
  const ticket = await ticketFor(one, await denied(one), "ann");
  expect(refused(await send(one, ticket, given)).refusal.reason).toContain(
    "its ticket is for another statement",
  );
  started(await send(one, ticket));
});

test("it expires, and is for what bore the name when it was given", async () => {
  const world = createWorld();
  await using one = startListening(world);
  const dropId = await denied(one);
  const old = await ticketFor(one, dropId, "ann");
  world.now = new Date(world.now.getTime() + 86_400_000);
  expect(refused(await send(one, old)).refusal.reason).toContain("its ticket has expired");
  const ticket = await ticketFor(one, dropId, "ann");
  expect(refused(await send(one, old)).refusal.reason).toContain("none that was given here");
  replace(world);
  expect(refused(await send(one, ticket)).refusal.reason).toContain("what has this name now");
});

function replace(world: World): void {
  carryOut(world, "100");
  world.server.things.push({ part: "database", id: "900", name: "db_acme" });
}

test("what somebody wrote into the row is no ticket, whatever was made up", async () => {
  const world = createWorld();
  await using one = startListening(world);
  const dropId = await denied(one);
  const ticket = await ticketFor(one, dropId, "ann");
  const other = await denied(one);
  const drop = world.store.drops.get(other);
  const given = world.store.drops.get(dropId)?.ticket ?? null;
  if (drop === undefined) throw new Error("no row");
  world.store.drops.set(other, { ...drop, ticket: given });
  for (const text of [ticket.replace(dropId, other), `${other}.${"A".repeat(43)}`, "x", "", `${dropId}.`])
    expect(refused(await send(one, text)).refusal.site).toBe("policy");
  started(await send(one, ticket));
});

test("what guards say no to, no ticket opens; what still waits is approved instead", async () => {
  const world = createWorld();
  await using one = startListening(world);
  const fence = {
    destructions: [{ kind: "database", what: "DROP DATABASE", names: ["custody_tomb_x"] }],
  } as const;
  const guarded = await denied(one, { ...deny, ...fence });
  expect(await one.chokepoint.ticket(guarded, person("ann"), comment)).toMatchObject({ kind: "conflict" });
  const watch = watching();
  const held = one.chokepoint.statement({ ...deny, action: "hold" }, dba, watch);
  const { dropId } = await watch.isHeld;
  expect(await one.chokepoint.ticket(dropId, person("ann"), comment)).toMatchObject({ kind: "conflict" });
  watch.leave();
  refused(await held);
  // Its client did not wait: a ticket is what it comes back with.
  const ticket = await ticketFor(one, dropId, "ann");
  started(await send(one, ticket, { action: "hold" }));
});
