import { resolveSettings } from "../../../postgres/settings.ts";
import type { ConnectionSettings, Environment } from "../../../postgres/settings.ts";
import { InterruptedError } from "../../../errors.ts";
import { explainServerError } from "../../../postgres/connect.ts";
import type { Backend, HeldTarget } from "../../backend.ts";
import { requirePermit } from "../../permit.ts";
import type { FencePlan } from "../../drop.ts";
import type { TargetPolicy } from "../../target-policy.ts";
import type { Context } from "./context.ts";
import { destroy } from "./destroy.ts";
import { fence } from "./fence.ts";
import { finalName } from "./final-name.ts";
import { lockLost, openHold } from "./hold.ts";
import type { Hold } from "./hold.ts";
import { inspect } from "./inspect.ts";
import { readInventory, readWitnesses } from "./inventory.ts";
import { madeByUndo } from "./made-by-undo.ts";
import { openReadOnly } from "./open-session.ts";
import { planFence } from "./plan-fence.ts";
import { requireSameServer } from "../../require-same-server.ts";
import { reservedNames } from "./reserved-names.ts";
import { readServerFacts } from "./server-facts.ts";
import { readStanding } from "./standing.ts";
import { identifySubjects } from "./statements/identify.ts";
import { refuseDestroyer } from "./statements/may-destroy.ts";
import { readStandings } from "./statements/standing.ts";
import { makeTombstone, proveTombstone } from "./tombstone/tombstone.ts";
import { undo } from "./undo.ts";

export interface PostgresBackendOptions {
  readonly policy: TargetPolicy;
  readonly env: Environment;
  /** Of pg_dump, pg_restore and the readers of a comparison. */
  readonly jobs: number;
  /** `--pg-bin`. */
  readonly pgBin?: string | undefined;
  /** Where a proof's throwaway cluster lies; default the environment's TMPDIR. */
  readonly tmpDir?: string | undefined;
  /**
   * Restores what only a superuser may make (functions in C, access methods …), in the proof and in the undo. Whoever could write to
   * the database then runs what he likes as one. Without it such a database is never proved.
   */
  readonly asSuperuser?: boolean | undefined;
}

/** The backend of targets of kind postgres. Opens nothing by itself: each method connects by the policy's URL. */
export function openPostgresBackend(options: PostgresBackendOptions): Backend {
  const { policy, env, jobs, pgBin, tmpDir, asSuperuser = false } = options;
  let settings: Promise<ConnectionSettings> | undefined;
  const context: Context = {
    policy,
    env,
    jobs,
    pgBin,
    tmpDir,
    asSuperuser,
    settings: () => (settings ??= resolveSettings(policy.url, env)),
  };
  return {
    supports: ["postgres", "database", "role", "schema"],
    hasFence: true,
    finalName: (_part, name) => finalName(name),
    reserved: reservedNames,
    inspect: (resource, asked) => inspect(context, resource, asked).catch(explain("inspecting the resource")),
    hold: async (dropId, resource, signal) => held(await openHold(context, dropId, resource, signal)),
    inventory: (signal) => readInventory(context, signal).catch(explain("reading the inventory")),
    witnesses: (losses, sinceMs, signal) =>
      readWitnesses(context, losses, sinceMs, signal).catch(explain("asking the server's log")),
    madeByUndo,
    statements: {
      identify: (subjects, database, signal) =>
        identifySubjects(context, subjects, database, signal).catch(
          explain("identifying what it would destroy"),
        ),
      refuseDestroyer: (subject, roles, database, signal) =>
        refuseDestroyer(context, subject, roles, database, signal).catch(
          explain("asking who may destroy it"),
        ),
      standing: (identity, signal) =>
        readStandings(context, identity, signal).catch(explain("looking for what is left of it")),
    },
    async ping(signal) {
      await using session = await openReadOnly(await context.settings(), {
        applicationName: "ping",
        signal,
      });
      await readServerFacts(session);
    },
    close: () => Promise.resolve(),
  };
}

/** What is no expected failure yet becomes one, or is thrown on where it is a bug. */
function explain(what: string): (error: unknown) => never {
  return (error) => {
    throw error instanceof InterruptedError ? error : explainServerError(error, what);
  };
}

function held(hold: Hold): HeldTarget {
  const whileHeld = async <T>(work: () => Promise<T>): Promise<T> => {
    if (hold.lost.aborted) throw lockLost();
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof InterruptedError)) throw explainServerError(error, "asking the target");
      // What was interrupted because the lock is gone was not interrupted by a person.
      throw hold.lost.aborted ? lockLost() : error;
    }
  };
  /** Of all that goes by the oids of a plan. */
  const whileThere = <T>(plan: FencePlan, work: () => Promise<T>): Promise<T> =>
    whileHeld(async () => {
      requireSameServer(hold.server.systemIdentifier, plan.identity);
      return await work();
    });
  const either = (signal: AbortSignal): AbortSignal => AbortSignal.any([signal, hold.lost]);
  return {
    lost: hold.lost,
    planFence: (resource, identity) => whileHeld(() => planFence(hold, resource, identity)),
    fence(permit, plan, { force }) {
      requirePermit(permit);
      return whileThere(plan, () => fence(hold, plan, force));
    },
    standing: (plan) => whileThere(plan, () => readStanding(hold, plan)),
    makeTombstone: (plan, folder, progress, signal) =>
      whileThere(plan, () => makeTombstone(hold, plan, folder, progress, either(signal))),
    proveTombstone: (plan, folder, progress, signal, recorded) =>
      whileHeld(() => proveTombstone(hold, plan, { folder, recorded }, progress, either(signal))),
    undo(permit, plan, from, asked) {
      requirePermit(permit);
      const options = { ...asked, signal: either(asked.signal) };
      return whileThere(plan, () => undo(hold, plan, from, options));
    },
    destroyResource(permit, plan) {
      requirePermit(permit);
      return whileThere(plan, () => destroy(permit, hold, plan));
    },
    [Symbol.asyncDispose]: () => hold[Symbol.asyncDispose](),
  };
}
