import { afterAll, beforeAll, expect, test } from "bun:test";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { connect } from "../../src/postgres/connect.ts";
import { buildProgram } from "../support/build-program.ts";
import { firstBreak } from "../support/chain-database.ts";
import { call, dropOf, rowsOfTenant, untilDrop } from "../support/drop-scene.ts";
import type { ApiAnswer, DropDocument } from "../support/drop-scene.ts";
import { faults, makeFaultScene, restsOf, tally, verifierOf } from "../support/fault-scene.ts";
import type { FaultName, FaultScene, PolicyName } from "../support/fault-scene.ts";
import { startProxyProcess } from "../support/proxy-process.ts";
import type { ProxyProcess } from "../support/proxy-process.ts";
import { poll } from "../support/server-process.ts";
import { canMount } from "../support/small-disk.ts";

/**
 * The ledger, the target and the disks fail in the middle of a drop: the drop stands still before or after one of its awaits, the fault is
 * put there from outside, the drop goes on, and the fault ends. `--full`: at every place; else at some, by the seed. In a fifth of the runs
 * the proxy is killed as well, and started again.
 */

const isFull = process.env["CUSTODY_TEST_FULL"] !== undefined;
const seed = Number(process.env["CUSTODY_TEST_SEED"] ?? 1);
let folder = "";
let program = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "faults-"));
  chmodSync(folder, 0o755);
  program = buildProgram(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Meeting {
  readonly policy: PolicyName;
  readonly fault: FaultName;
  /** Where the drop stands when the fault comes, counted over what it awaits. */
  readonly place: number;
}

/** Awaits of a drop and its undo, at least; a full run finds the last one itself. */
const places: Readonly<Record<PolicyName, number>> = { kept: 56, purged: 62, "at-once": 16 };
const mostPlaces = 100;

const plan: Readonly<Record<PolicyName, readonly FaultName[]>> = {
  kept: [
    "ledger-blinks",
    "ledger-down",
    "own-ledger-killed",
    "target-blinks",
    "target-down",
    "target-frozen",
    "tombstones-full",
    "proof-full",
  ],
  purged: ["ledger-down", "target-blinks", "target-down", "tombstones-full", "proof-full"],
  "at-once": [
    "ledger-blinks",
    "ledger-down",
    "ledger-frozen",
    "target-blinks",
    "target-down",
    "target-frozen",
  ],
};
/** Before it, a drop that is purged meets what one that is kept meets. */
const firstOfPurged = 31;

function meetings(): readonly Meeting[] {
  const pairs = (["at-once", "purged", "kept"] as const).flatMap((policy) =>
    plan[policy].map((fault) => ({ policy, fault })),
  );
  // One place of each, another with each seed.
  if (!isFull)
    return pairs.map((each, nth) => ({ ...each, place: 1 + ((seed * 7 + nth * 11) % places[each.policy]) }));
  return Array.from({ length: mostPlaces }, (_, index) => index + 1).flatMap((place) =>
    pairs
      .filter(({ policy }) => policy !== "purged" || place >= firstOfPurged)
      .map((each) => ({ ...each, place })),
  );
}

test.skipIf(!canMount)(
  "every drop ends in one true outcome, whatever failed at whichever place",
  async () => {
    const waiting = [...meetings()];
    const [ends, wrong]: [string[], string[]] = [[], []];
    // Where a drop has fewer places than that, it is over before its fault comes: nothing is to be seen further on.
    const over = new Set<string>();
    const from = performance.now();
    await Promise.all(
      Array.from({ length: isFull ? 10 : 4 }, async (_, lane) => {
        await using scene = await makeFaultScene(join(folder, String(lane)));
        for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
          const { policy, fault, place } = next;
          if (over.has(`${policy} ${fault}`)) continue;
          try {
            const end = await meet(scene, next);
            if (end === null) over.add(`${policy} ${fault}`);
            else ends.push(`${policy} ${fault}: ${end}`);
          } catch (error) {
            wrong.push(
              `${policy} ${fault} ${place}: ${error instanceof Error ? (error.stack ?? error.message) : ""}`,
            );
            // At once: a full run takes long.
            console.log(wrong.at(-1));
          }
        }
      }),
    );
    const seconds = Math.round((performance.now() - from) / 1000);
    console.log(
      `${ends.length + wrong.length} faults, CUSTODY_TEST_SEED=${seed}, ${seconds} s\n${tally(ends).join("\n")}`,
    );
    expect(wrong).toEqual([]);
    expect(ends.length).toBeGreaterThan(isFull ? 500 : 15);
  },
  3_600_000,
);

/** One drop that meets its fault; what it came to before its undo. Null where it has no such place. */
async function meet(scene: FaultScene, { policy, fault, place }: Meeting): Promise<string | null> {
  const { target, home, proofs } = scene;
  const tenant = `${policy}_${fault}_${place}`.replaceAll("-", "_");
  const request = dropOf(tenant, `request-${tenant}`);
  await target.createTenant(tenant);
  const verifier = await verifierOf(scene.targetSettings, tenant);
  const go = join(home, `${tenant}.go`);
  const config = scene.configOf(policy, fault);
  await using stack = new AsyncDisposableStack();
  let proxy = startProxyProcess(config, {
    home,
    program,
    env: { TMPDIR: proofs, CUSTODY_FAILPOINT: String(place), CUSTODY_FAILPOINT_UNTIL: go },
  });
  stack.defer(() => proxy[Symbol.asyncDispose]());
  let api = await proxy.api;
  const asked: Promise<ApiAnswer | null> = call(api, "POST", "/v1/drops", request).catch(() => null);
  // Whoever waits for what does not come any more ends, too.
  const over = new AbortController();
  stack.defer(() => over.abort());
  const stopped = proxy.said(`failpoint ${place}: `).then(() => (over.abort(), null));
  let rested = await Promise.race([stopped, untilRest(api, tenant, restsOf(policy), over.signal)]);
  if (rested !== null && policy !== "at-once") {
    void call(api, "POST", `/v1/drops/${rested.drop_id}/undo`).catch(() => undefined);
    rested = await Promise.race([stopped, untilRest(api, tenant, ["undone", "undo_failed"], over.signal)]);
  }
  if (rested === null) {
    await expectRecorded(scene, fault, tenant);
    {
      await using _fault = await scene.begin(fault, place);
      await writeFile(go, "");
      await delay(faults[fault].lastsMs);
    }
    if ((place + seed) % 5 === 0) {
      await proxy[Symbol.asyncDispose]();
      expectNoBug(proxy);
      proxy = startProxyProcess(config, { home, program, env: { TMPDIR: proofs } });
      api = await proxy.api;
    }
  } else await writeFile(go, "");
  await poll(async () => (await fetch(`${api}/readyz`)).status === 200);

  const drop = await repeat(api, request);
  const first = await asked;
  if (first?.body.drop_id !== undefined) expect(first.body.drop_id).toBe(drop.drop_id);
  const last = await untilDrop(api, drop.drop_id, restsOf(policy));
  const actions = (last.timeline ?? []).map((each) => each.action);
  const state = await expectTrue(scene, { policy, fault }, tenant, last);
  expectHonest(first, actions, last);
  if (policy !== "at-once" || state === "failed") {
    if (state !== "undone") await undo(api, drop.drop_id, state);
    expect(await target.standing(tenant, drop.drop_id)).toEqual(["database", "role"]);
    expect(await target.logIn(tenant)).toBe(rowsOfTenant);
    expect(await verifierOf(scene.targetSettings, tenant)).toBe(verifier);
  }
  await using ledger = await connect(scene.ledgerOf(fault), { applicationName: "test" });
  expect((await firstBreak(ledger)).id).toBeNull();
  expectNoBug(proxy);
  return rested === null ? state : null;
}

/** The newest drop of a tenant, once it rests: by the list, which is no place to stop at. */
async function untilRest(
  api: string,
  tenant: string,
  states: readonly string[],
  over: AbortSignal,
): Promise<DropDocument | null> {
  const late = performance.now() + 120_000;
  while (!over.aborted) {
    if (performance.now() > late) throw new Error(`${tenant} never came to ${states.join(" or ")}`);
    const answer = await fetch(`${api}/v1/drops?token=${tenant}`).catch(() => null);
    const { drops = [] } = ((await answer?.json().catch(() => null)) ?? {}) as { drops?: DropDocument[] };
    const found = drops.find((each) => states.includes(each.state));
    if (found !== undefined) return found;
    await delay(50);
  }
  return null;
}

/** The very same request, until it is decided: what fails for a while says so, and says it with 503. */
async function repeat(api: string, request: Readonly<Record<string, unknown>>): Promise<DropDocument> {
  const deadline = performance.now() + 40_000;
  for (;;) {
    const { status, body } = await call(api, "POST", "/v1/drops", request);
    if (status === 200 || status === 202) return body;
    if (status !== 503 || performance.now() > deadline)
      throw new Error(`the repeat was answered ${status}: ${JSON.stringify(body)}`);
    await delay(200);
  }
}

/** As the drop stands where the fault comes: whatever is not as it was has its `drop.started`. */
async function expectRecorded(scene: FaultScene, fault: FaultName, tenant: string): Promise<void> {
  await using ledger = await connect(scene.ledgerOf(fault), { applicationName: "test" });
  const rows = await ledger.sql<{ n: number }[]>`
    select count(*)::int as n from audit_events e join custody_drops d on d.drop_id = e.details ->> 'drop_id'
     where d.token = ${tenant} and e.action = 'drop.started'`;
  const standing = await scene.target.standing(tenant);
  if (standing.length !== 2) expect(rows[0]?.n).toBe(1);
}

/** That the outcome which is recorded is what the server holds. */
async function expectTrue(
  { target }: FaultScene,
  { policy, fault }: Omit<Meeting, "place">,
  tenant: string,
  drop: DropDocument,
): Promise<string> {
  const actions = (drop.timeline ?? []).map((each) => each.action);
  expect(actions.filter((each) => each === "drop.started").length).toBe(1);
  const standing = await target.standing(tenant, drop.drop_id);
  const fenced = ["fenced database", "fenced role"];
  switch (drop.state) {
    case "completed":
      expect(standing).toEqual(policy === "at-once" ? [] : fenced);
      break;
    case "unproved":
      // What comes back by itself is waited for.
      expect(fault).toMatch(/-full$/);
      expect(standing).toEqual(fenced);
      break;
    case "purged":
      expect(standing).toEqual([]);
      break;
    case "failed":
    case "undone":
      expect(standing).toEqual(["database", "role"]);
      break;
    case "undo_failed":
      break;
    default:
      throw new Error(`a drop that is ${drop.state}: ${JSON.stringify(drop)}`);
  }
  return drop.state;
}

/** That the first answer, if there was one, said nothing that the ledger does not. */
function expectHonest(first: ApiAnswer | null, actions: readonly string[], last: DropDocument): void {
  if (first === null) return;
  const { status, body } = first;
  const told = `${status} ${body.state}, then ${actions.join(" ")}`;
  if (body.state === "fenced") expect(told).toContain("drop.fenced");
  if (body.state === "failed") expect(last.state).toBe("failed");
  if (body.state === "refused") expect(told).toContain("drop.refused");
  expect([202, 503, ...(body.state === "completed" ? [200] : [])]).toContain(status);
}

async function undo(api: string, dropId: string, from: string): Promise<void> {
  const deadline = performance.now() + 30_000;
  for (;;) {
    const { status, body } = await call(api, "POST", `/v1/drops/${dropId}/undo`);
    const drop = await untilDrop(api, dropId, ["undone", "undo_failed"]);
    // The breaker may still be open; what failed and is intact has nothing that could be undone.
    if (drop.state === "undone" || from === "failed") return;
    if (performance.now() > deadline)
      throw new Error(`undone from ${from}: ${status} ${JSON.stringify(body)}, then ${JSON.stringify(drop)}`);
    await delay(500);
  }
}

function expectNoBug(proxy: ProxyProcess): void {
  const alarms = proxy.events.filter((each) => each["type"] === "alarm").map((each) => each["what"]);
  expect(alarms.filter((each) => each !== "ledger-down")).toEqual([]);
}
