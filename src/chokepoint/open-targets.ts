import { requireSettings } from "../postgres/require-settings.ts";
import type { Environment } from "../postgres/settings.ts";
import type { Backend } from "./backend.ts";
import type { Target } from "./ports.ts";
import type { TargetPolicy } from "./target-policy.ts";

export interface BackendOptions {
  readonly env: Environment;
  /** Of dumps and restores. */
  readonly jobs: number;
}

/**
 * The targets of a configuration, by name; none is asked anything yet, and all that can be wrong with its URL or its
 * programs without asking is thrown here, as by `--check`. What speaks to a kind of server is loaded with the first of it.
 */
export async function openTargets(
  policies: readonly TargetPolicy[],
  options: BackendOptions,
): Promise<ReadonlyMap<string, Target>> {
  const targets = await Promise.all(
    policies.map(async (policy): Promise<[string, Target]> => [
      policy.name,
      { policy, backend: await openBackend(policy, options) },
    ]),
  );
  return new Map(targets);
}

async function openBackend(policy: TargetPolicy, { env, jobs }: BackendOptions): Promise<Backend> {
  switch (policy.kind) {
    case "postgres":
      await requireSettings(policy.url, env);
      return (await import("./backends/postgres/open-backend.ts")).openPostgresBackend({
        policy,
        env,
        jobs,
        asSuperuser: policy.tombstone.asSuperuser,
      });
    case "redis":
      return (await import("./backends/redis/open-backend.ts")).openRedisBackend({ policy, env });
    case "mongo":
      return (await import("./backends/mongo/open.ts")).openMongoBackend({ policy, env });
    case "nats":
      return (await import("./backends/nats/open.ts")).openNatsBackend({ policy, env });
    case "command":
      return (await import("./backends/command/open-backend.ts")).openCommandBackend({ policy, env });
  }
}
