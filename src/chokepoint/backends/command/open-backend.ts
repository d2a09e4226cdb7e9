import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { OpsError } from "../../../errors.ts";
import type { Environment } from "../../../postgres/connection-settings.ts";
import type { Backend } from "../../backend.ts";
import type { Resource } from "../../resource.ts";
import type { CommandPolicy, TargetPolicy } from "../../target-policy.ts";
import { placeholdersOf } from "./fill-template.ts";
import { holdServer } from "./held-server.ts";
import { inspectServer } from "./inspect-server.ts";
import type { Programs } from "./inspect-server.ts";

/**
 * A whole server that programs of the operator's own look at, dump, prove, tear down and bring back. There is no fence: with a dump the
 * order is dump, proof, destruction; the policy says `mode: off` where there is none. Throws `bad-config` for templates that cannot be.
 */
export function openCommandBackend({
  policy,
  env,
}: {
  readonly policy: TargetPolicy;
  readonly env: Environment;
}): Backend {
  const { command } = policy;
  if (command === null) throw badTemplate(policy.name, "has no commands");
  requireTemplates(policy.name, command);
  const programs: Programs = { target: policy.name, command, env };
  const held = new Set<string>();
  return {
    supports: ["server"],
    hasFence: false,
    // A name that would be read as an option is none.
    finalName: (_, name) => name.replace(/^-+/, ""),
    reserved: [],
    async inspect(resource, { signal }) {
      const id = await inspectServer(programs, resource, null, signal);
      return {
        identity: {
          systemIdentifier: `command:${policy.name}`,
          parts: id === null ? [] : [{ part: "server", name: nameOf(resource), id, sizeBytes: null }],
        },
        refusals: [],
        sizeBytes: 0,
        sessions: 0,
        notes: [
          "a program of the target tears it down: nothing is fenced first",
          ...(command.dump === null ? ["there is no dump: it cannot be brought back"] : []),
          ...(command.restore === null ? ["there is no restore: custody cannot undo it"] : []),
        ],
      };
    },
    hold: async (dropId, resource, signal) => await holdServer({ programs, dropId, resource, signal, held }),
    inventory: async () => ({
      systemIdentifier: `command:${policy.name}`,
      items: [],
      witnessed: [],
      blind: [`the programs of ${policy.name} list nothing: what vanishes there is not seen`],
    }),
    ping: async () => await requireProgram(command.inspect[0] ?? "", env),
    close: async () => undefined,
  };
}

function nameOf({ names }: Resource): string {
  return names.server ?? "";
}

/** The program itself is never made of a value, and only what is known at a step may be told. */
function requireTemplates(target: string, command: CommandPolicy): void {
  const allowed = {
    inspect: ["name", "token"],
    destroy: ["name", "token", "drop_id"],
    dump: ["name", "token", "drop_id", "folder"],
    prove: ["name", "token", "drop_id", "folder"],
    restore: ["name", "token", "drop_id", "folder"],
  } as const;
  for (const step of ["inspect", "destroy", "dump", "prove", "restore"] as const) {
    const argv = command[step];
    if (argv === null) continue;
    if (placeholdersOf(argv.slice(0, 1)).size > 0)
      throw badTemplate(target, `has a program for ${step} whose own name is a placeholder`);
    const known: ReadonlySet<string> = new Set(allowed[step]);
    for (const each of placeholdersOf(argv))
      if (!known.has(each)) throw badTemplate(target, `uses {${each}} in ${step}, where there is none`);
  }
}

function badTemplate(target: string, why: string): OpsError {
  return new OpsError(
    "bad-config",
    `the target ${target} ${why}`,
    "see docs/drop-command.md for what each program is told",
  );
}

/** Nothing can be asked of no server in particular: whether the program is there is what can be known. */
async function requireProgram(program: string, env: Environment): Promise<void> {
  const folders = (env["PATH"] ?? "").split(delimiter).filter((each) => each !== "");
  const candidates = program.includes("/") ? [program] : folders.map((folder) => join(folder, program));
  for (const path of candidates) {
    const isThere = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return;
  }
  throw new OpsError(
    "tool-missing",
    `${program} cannot be run`,
    "check that it is there, in PATH, and may be executed",
  );
}
