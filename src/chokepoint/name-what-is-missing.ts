import { chooseInstallation, findInstallations } from "../postgres/installations.ts";
import type { Environment } from "../postgres/settings.ts";
import { findProgram } from "../run/find-program.ts";
import { judge } from "./configuration-problems.ts";
import { openTargets } from "./open-targets.ts";
import type { TargetPolicy } from "./target-policy.ts";

/** What a target's drops would lack on this machine, one line each, for people: it may be there when it is needed. */
export async function nameWhatIsMissing(policy: TargetPolicy, env: Environment): Promise<readonly string[]> {
  const { name, kind, tombstone } = policy;
  if (kind === "command") return await findPrograms(policy, env);
  if (tombstone.mode !== "required") return [];
  const noServer = async (names: readonly string[]): Promise<readonly string[]> =>
    (await findProgram(names, env)) === null
      ? [`${name}: there is no ${names.join(" or ")} on this machine: no tombstone can be proved`]
      : [];
  switch (kind) {
    case "postgres":
      return await findTools(policy, env);
    case "redis":
      return await noServer(["redis-server", "valkey-server"]);
    case "nats":
      return await noServer(["nats-server"]);
    // Without a mongod its tombstones are proved all the same, if less.
    case "mongo":
      return [];
  }
}

async function findTools({ name }: TargetPolicy, env: Environment): Promise<readonly string[]> {
  const all = await findInstallations({ env });
  const [missing] = await judge("", () => {
    chooseInstallation(all, { tools: ["pg_dump"] });
    chooseInstallation(all, { tools: ["pg_restore"] });
    chooseInstallation(all, { tools: ["initdb", "postgres"] });
    return Promise.resolve();
  });
  return missing === undefined ? [] : [`${name}: ${missing.error.message}: no tombstone can be made`];
}

/** Asked of the backend, which knows where it would look. */
async function findPrograms(policy: TargetPolicy, env: Environment): Promise<readonly string[]> {
  const targets = await openTargets([policy], { env, jobs: 1 });
  const missing: string[] = [];
  for (const { backend } of targets.values()) {
    for (const { error } of await judge("", () => backend.ping(new AbortController().signal)))
      missing.push(`${policy.name}: command.inspect: ${error.message}`);
    await backend.close();
  }
  return missing;
}
