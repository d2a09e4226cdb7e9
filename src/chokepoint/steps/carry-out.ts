import { InterruptedError } from "../../errors.ts";
import type { StandingFacts } from "../backend.ts";
import type { DecidedPlan, Drop, JsonObject } from "../drop.ts";
import { permitFor, recordStep, TakenOver } from "../record-step.ts";
import { readPlan, tellFailure } from "./run.ts";
import type { Run } from "./run.ts";

/**
 * `started` → `fenced`, or `completed` where nothing is kept, or `failed` where the target said no and is as it was, or `unknown`.
 * Also what another instance left at `started`: fencing again finishes what was begun.
 */
export async function carryOut(drop: Drop, run: Run): Promise<Drop> {
  const plan = await readPlan(drop, run.ports);
  const isDestruction = plan.terms.mode === "off";
  const permit = await permitFor(drop, run.ports);
  try {
    const held = await run.hold();
    if (isDestruction) {
      const { witness } = await run.ports.breakers.run(drop.request.target, () =>
        held.destroyResource(permit, plan),
      );
      return await completed(drop, witness, run);
    }
    const { force } = drop.request.intent;
    await run.ports.breakers.run(drop.request.target, () => held.fence(permit, plan, { force }));
    return await fenced(drop, run);
  } catch (error) {
    if (error instanceof TakenOver || run.signal.aborted) throw error;
    return await settle(drop, plan, reasonOf(error), run);
  }
}

/** Asks the target what became of it, by identity. What cannot be asked now is `unknown`, and is asked again. */
export async function settle(drop: Drop, plan: DecidedPlan, error: string, run: Run): Promise<Drop> {
  // The session that failed may hold nothing any more.
  await run.letGo();
  let facts: StandingFacts;
  try {
    facts = await (await run.hold()).standing(plan);
  } catch (cause) {
    if (run.signal.aborted) throw cause;
    return await becomeUnknown(drop, `${error}; ${reasonOf(cause)}`, run);
  }
  const isDestruction = plan.terms.mode === "off";
  switch (facts.standing) {
    case "fenced":
      return isDestruction ? await backOut(drop, plan, error, run) : await fenced(drop, run);
    case "gone":
      return isDestruction
        ? await completed(drop, facts.witness, run)
        : await failed(drop, `${error}; nothing of it is there any more`, facts.witness, run);
    case "half-destroyed":
      return await becomeUnknown(drop, error, run);
    case "fencing":
      return await backOut(drop, plan, error, run);
    case "intact":
      return await failed(drop, error, facts.witness, run);
  }
}

/** A drop of which a part was refused is no drop: what was fenced is given back, before anybody was told that it is gone. */
async function backOut(drop: Drop, plan: DecidedPlan, error: string, run: Run): Promise<Drop> {
  try {
    const held = await run.hold();
    await held.undo(
      await permitFor(drop, run.ports),
      plan,
      { kind: "fence", folder: null },
      { as: null, progress: () => undefined, signal: run.signal },
    );
  } catch (cause) {
    if (run.signal.aborted) throw cause;
    return await becomeUnknown(drop, `${error}; giving back what was fenced: ${reasonOf(cause)}`, run);
  }
  return await failed(drop, error, { backed_out: true }, run);
}

/** Of `unknown`: what is half done is finished, what was never begun has failed. */
export async function findOut(drop: Drop, run: Run): Promise<Drop> {
  const plan = await readPlan(drop, run.ports);
  const held = await run.hold();
  const { standing, witness } = await held.standing(plan);
  const error = drop.error ?? "the connection was lost";
  const isDestruction = plan.terms.mode === "off";
  if (standing === "intact") return await failed(drop, error, witness, run);
  if (standing === "gone")
    return isDestruction
      ? await completed(drop, witness, run)
      : await failed(drop, `${error}; nothing of it is there any more`, witness, run);
  if (isDestruction)
    return await completed(
      drop,
      (await held.destroyResource(await permitFor(drop, run.ports), plan)).witness,
      run,
    );
  if (standing === "half-destroyed")
    return await failed(drop, `${error}; somebody began to destroy it`, witness, run);
  await held.fence(await permitFor(drop, run.ports), plan, { force: drop.request.intent.force });
  return await fenced(drop, run);
}

async function fenced(drop: Drop, { ports }: Run): Promise<Drop> {
  return await recordStep(
    drop,
    {
      to: "fenced",
      change: { outcome: "ok", error: null, fencedAt: ports.now(), attempts: 0, claim: "keep" },
      event: { action: "drop.fenced", details: { outcome: "ok" } },
      actor: drop.caller,
    },
    ports,
  );
}

async function completed(drop: Drop, witness: JsonObject, { ports }: Run): Promise<Drop> {
  return await recordStep(
    drop,
    {
      to: "completed",
      change: { outcome: "ok", error: null, finishedAt: ports.now(), claim: "release" },
      event: { action: "drop.completed", details: { outcome: "ok", destroyed: true, witness } },
      actor: drop.caller,
    },
    ports,
  );
}

async function failed(drop: Drop, error: string, witness: JsonObject, { ports }: Run): Promise<Drop> {
  return await recordStep(
    drop,
    {
      to: "failed",
      change: { outcome: "error", error, finishedAt: ports.now(), claim: "release" },
      event: { action: "drop.failed", details: { outcome: "error", error, witness } },
      actor: drop.caller,
    },
    ports,
  );
}

async function becomeUnknown(drop: Drop, error: string, { ports }: Run): Promise<Drop> {
  return await recordStep(
    drop,
    {
      to: "unknown",
      change: { outcome: "unknown", error, claim: "release" },
      event: { action: "drop.unknown", details: { outcome: "unknown", error } },
      actor: drop.caller,
    },
    ports,
  );
}

function reasonOf(error: unknown): string {
  if (error instanceof InterruptedError) return "it was interrupted";
  return tellFailure(error);
}
