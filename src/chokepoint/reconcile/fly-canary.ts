import { randomUUID } from "node:crypto";
import { OpsError } from "../../errors.ts";
import { resolveSettings } from "../../postgres/settings.ts";
import type { ConnectionSettings, Environment } from "../../postgres/settings.ts";
import type { Target } from "../ports.ts";
import type { Canary } from "./canary-rows.ts";
import { dropCanary } from "./drop-canary.ts";
import type { ReconcileFact } from "./facts.ts";
import { openRound } from "./inventory-store.ts";
import type { InventoryRound, InventoryStoreOptions } from "./inventory-store.ts";
import { chooseCanary, findCanary, makeCanary } from "./make-canary.ts";
import { lookOnce } from "./reconcile-target.ts";

/**
 * Proves that the alarm fires: makes a canary, lets a round see it, drops it behind the gate's back, and looks again. `canary-heard`
 * when the round told of it, else `canary-silent`. What an earlier flight left over is brought to its end first. Only on PostgreSQL.
 */
export async function flyCanary(
  target: Target,
  store: InventoryStoreOptions,
  env: Environment,
  signal: AbortSignal,
): Promise<readonly ReconcileFact[]> {
  const { name, url } = target.policy;
  try {
    await using round = await openRound(store, name);
    if (round === null) return [{ type: "round-elsewhere", target: name }];
    const settings = await resolveSettings(url, env);
    return await fly({ target, round, settings, signal });
  } catch (error) {
    if (error instanceof OpsError) return [{ type: "target-unseen", target: name, error: error.message }];
    throw error;
  }
}

interface Flight {
  readonly target: Target;
  readonly round: InventoryRound;
  readonly settings: ConnectionSettings;
  readonly signal: AbortSignal;
}

async function fly(flight: Flight): Promise<readonly ReconcileFact[]> {
  const { target, round, settings, signal } = flight;
  const part = await chooseCanary(settings, signal);
  const { systemIdentifier } = await target.backend.inventory(signal);
  const canary: Canary = { name: `custody_canary_${randomUUID().replaceAll("-", "")}`, part, id: null };
  await round.canaries.plan(systemIdentifier, canary);
  const id = await makeCanary(settings, canary, signal);
  await round.canaries.made(canary.name, id);
  const facts: ReconcileFact[] = [
    { type: "canary-made", target: target.policy.name, name: canary.name },
    ...(await lookOnce(target, round, signal)),
  ];
  for (const each of await round.canaries.living(systemIdentifier))
    facts.push(...(await letGo(each, flight)));
  facts.push(...(await lookOnce(target, round, signal)));
  for (const { name, isHeard } of await round.canaries.unanswered(systemIdentifier)) {
    await round.canaries.close(name, isHeard ? "heard" : "silent");
    facts.push({ type: isHeard ? "canary-heard" : "canary-silent", target: target.policy.name, name });
  }
  return facts;
}

/** Where it is not known whether it was made, the target is asked: nobody else knows its name. */
async function letGo(
  canary: Canary,
  { target, round, settings, signal }: Flight,
): Promise<readonly ReconcileFact[]> {
  const { name, part } = canary;
  const id = canary.id ?? (await findCanary(settings, canary, signal));
  if (canary.id === null && id !== null) await round.canaries.made(name, id);
  const isDropped = id !== null && (await dropCanary(settings, { name, part, id }, signal));
  await round.canaries.dropped(name);
  return isDropped ? [{ type: "canary-dropped", target: target.policy.name, name }] : [];
}
