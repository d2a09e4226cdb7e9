import { OpsError } from "../../../errors.ts";
import type { HeldTarget, StandingFacts } from "../../backend.ts";
import type { FencePlan, JsonObject } from "../../drop.ts";
import { requirePermit } from "../../permit.ts";
import { requireRecorded } from "../../require-recorded.ts";
import type { Resource } from "../../resource.ts";
import { TargetRefused } from "../../target-refusal.ts";
import { emptyFolder, sealFolder } from "./dump-folder.ts";
import { fillTemplate } from "./fill-template.ts";
import type { Values } from "./fill-template.ts";
import { inspectServer, valuesOf } from "./inspect-server.ts";
import type { Programs } from "./inspect-server.ts";
import { runProgram } from "./run-program.ts";

export interface ServerHold {
  readonly programs: Programs;
  readonly dropId: string;
  readonly resource: Resource;
  readonly signal: AbortSignal;
  /** The servers that this process works on. */
  readonly held: Set<string>;
}

/**
 * A server has no lock: within a process one drop works on it, between processes the ledger's epoch decides. Throws `state-in-use`. What
 * a dead instance ran was ended with it where the system can do that; every program must stand to be run again.
 */
export async function holdServer(hold: ServerHold): Promise<HeldTarget> {
  const { programs, dropId, resource, held } = hold;
  const { command, env, target } = programs;
  const server = resource.names.server ?? "";
  if (held.has(server))
    throw new OpsError("state-in-use", `another drop works on ${server} of ${target}`, "wait for it");
  held.add(server);
  const released = new AbortController();
  const inHold = (signal: AbortSignal): AbortSignal => AbortSignal.any([released.signal, signal]);

  const run = async (argv: readonly string[], values: Values, signal: AbortSignal): Promise<number> => {
    const { exitCode } = await runProgram({
      argv: fillTemplate(argv, valuesOf(resource, { drop_id: dropId, ...values })),
      env,
      dropId,
      deadlineMs: command.deadlineMs,
      signal: inHold(signal),
    });
    return exitCode;
  };
  const look = async (name = server): Promise<string | null> =>
    await inspectServer(programs, { ...resource, names: { server: name } }, dropId, inHold(hold.signal));
  const standing = async (plan: FencePlan): Promise<StandingFacts> => {
    const id = await look();
    const isIt = id !== null && id === idOf(plan);
    return {
      standing: isIt ? "intact" : "gone",
      witness: { inspect: id === null ? "not there" : isIt ? "there" : "another" },
    };
  };

  return {
    lost: released.signal,
    async planFence(_, identity) {
      const plan = { identity, fenceNames: {}, saved: { fence: "none" }, secret: null };
      if ((await look()) !== idOf(plan)) throw changed(server);
      return plan;
    },
    async fence(permit) {
      // There is nothing that makes a server unreachable and keeps it: the plan says so.
      requirePermit(permit);
    },
    standing,
    async makeTombstone(_, folder, __, signal) {
      if (command.dump === null) throw none(target, "dump", "say tombstone.mode: off, if that is meant");
      await emptyFolder(folder);
      const exitCode = await run(command.dump, { folder }, signal);
      if (exitCode !== 0) throw ended("dump", target, exitCode);
      const { files, bytes, fingerprint } = await sealFolder(folder);
      return { bytes, fingerprint, contents: { files } };
    },
    async proveTombstone(_, folder, __, signal, recorded) {
      await requireDump(folder, recorded);
      if (command.prove === null) throw none(target, "prove", "without one a dump counts as unproved");
      const began = performance.now();
      const exitCode = await run(command.prove, { folder }, signal);
      return {
        isEqual: exitCode === 0,
        differences: exitCode === 0 ? [] : [`prove ended with exit code ${exitCode}`],
        seconds: (performance.now() - began) / 1000,
      };
    },
    async undo(permit, plan, from, options) {
      requirePermit(permit);
      const name = options.as ?? server;
      const there = await look(name);
      if (from.kind === "fence") {
        if (there !== idOf(plan)) throw changed(server);
        return { names: { server }, proof: null, notes: ["it was never destroyed"] };
      }
      if (there !== null) throw nameInUse(name);
      if (command.restore === null)
        throw none(target, "restore", "bring it back by hand from the tombstone's folder");
      await requireDump(from.folder, from.fingerprint);
      const exitCode = await run(command.restore, { name, folder: from.folder }, options.signal);
      if (exitCode !== 0) throw ended("restore", target, exitCode);
      if ((await look(name)) === null)
        throw new OpsError(
          "server-error",
          `restore of ${target} ended well, and inspect finds no ${name}`,
          "see what it did",
        );
      return {
        names: { server: name },
        proof: null,
        notes: ["the target's own programs say that it is there; nothing was compared"],
      };
    },
    async destroyResource(permit, plan) {
      requirePermit(permit);
      const id = await look();
      if (id === null) return await standing(plan);
      if (id !== idOf(plan)) throw changed(server);
      const witness = await orWhy(() => run(command.destroy, {}, hold.signal));
      const found = await standing(plan);
      if (found.standing === "gone") return { ...found, witness: { ...found.witness, ...witness.facts } };
      throw witness.error === null ? stillThere(target, server) : witness.error;
    },
    async [Symbol.asyncDispose]() {
      released.abort();
      held.delete(server);
    },
  };

  /** How `destroy` ended is no answer: what inspect says of the server is. */
  async function orWhy(
    work: () => Promise<number>,
  ): Promise<{ readonly facts: JsonObject; readonly error: OpsError | null }> {
    try {
      const exitCode = await work();
      return {
        facts: { exit_code: exitCode },
        error: exitCode === 0 ? null : ended("destroy", target, exitCode),
      };
    } catch (error) {
      if (!(error instanceof OpsError)) throw error;
      return { facts: { exit_code: null, error: error.code }, error };
    }
  }
}

async function requireDump(folder: string, recorded: string | undefined): Promise<void> {
  if (recorded !== undefined) requireRecorded(folder, (await sealFolder(folder)).fingerprint, recorded);
}

function idOf({ identity }: Pick<FencePlan, "identity">): string | null {
  return identity.parts.find(({ part }) => part === "server")?.id ?? null;
}

function changed(server: string): TargetRefused {
  return new TargetRefused({
    code: "CHANGED",
    message: `the server ${server} is not the one that was decided on: inspect says another identity`,
    hint: "ask again for the drop, of the server as it is now",
    isPassing: false,
  });
}

function ended(step: string, target: string, exitCode: number): OpsError {
  return new OpsError(
    "server-error",
    `${step} of ${target} ended with exit code ${exitCode}`,
    "what it prints is not kept, since it may hold secrets: run it by hand to see it",
  );
}

function stillThere(target: string, server: string): OpsError {
  return new OpsError(
    "server-error",
    `destroy of ${target} ended well, and inspect still finds ${server}`,
    "see what it did",
  );
}

function none(target: string, step: string, hint: string): OpsError {
  return new OpsError("tool-missing", `the target ${target} has no ${step}`, hint);
}

function nameInUse(name: string): OpsError {
  return new OpsError(
    "name-in-use",
    `there is a server ${name} by now`,
    "undo it as another name: --as NAME",
  );
}
