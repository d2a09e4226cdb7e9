import { OpsError } from "../../../errors.ts";
import type { Environment } from "../../../postgres/connection-settings.ts";
import type { Resource } from "../../resource.ts";
import type { CommandPolicy } from "../../target-policy.ts";
import { fillTemplate } from "./fill-template.ts";
import type { Values } from "./fill-template.ts";
import { runProgram } from "./run-program.ts";

export interface Programs {
  readonly target: string;
  readonly command: CommandPolicy;
  readonly env: Environment;
}

/** What `inspect` ends with where there is no such server. */
const notThere = 3;

/** The server's identity, the first line of what `inspect` prints; null where it ends with 3. Anything else is no answer. */
export async function inspectServer(
  { target, command, env }: Programs,
  resource: Resource,
  dropId: string | null,
  signal: AbortSignal,
): Promise<string | null> {
  const argv = fillTemplate(command.inspect, valuesOf(resource, {}));
  const { exitCode, firstLine } = await runProgram({
    argv,
    env,
    dropId,
    deadlineMs: command.deadlineMs,
    signal,
  });
  if (exitCode === notThere) return null;
  if (exitCode === 0 && firstLine !== "") return firstLine;
  throw new OpsError(
    "server-error",
    exitCode === 0
      ? `inspect of ${target} printed no identity`
      : `inspect of ${target} ended with exit code ${exitCode}`,
    "it ends with 0 and prints what the server will never share with another, or with 3 where there is none",
  );
}

export function valuesOf({ names, token }: Resource, more: Values): Values {
  return {
    ...(names.server === undefined ? {} : { name: names.server }),
    ...(token === undefined ? {} : { token }),
    ...more,
  };
}
