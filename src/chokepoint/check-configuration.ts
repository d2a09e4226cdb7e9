import type { ServerConfig } from "../config/load-server.ts";
import { OpsError } from "../errors.ts";
import type { Environment } from "../postgres/settings.ts";
import { checkLedger } from "./check-ledger.ts";
import { checkTarget } from "./check-target.ts";
import { requireNoProblem } from "./configuration-problems.ts";
import type { ConfigurationProblem } from "./configuration-problems.ts";
import type { Faces } from "./faces.ts";
import { nameWhatIsMissing } from "./name-what-is-missing.ts";
import { nameWhatIsOpen } from "./name-what-is-open.ts";
import { readPolicy } from "./read-policy.ts";
import type { TargetPolicy } from "./target-policy.ts";

/** The policies of a configuration, and what it leaves open. */
export interface CheckedConfiguration {
  readonly policies: readonly TargetPolicy[];
  /** One line each, for people. */
  readonly open: readonly string[];
}

interface CheckOptions {
  readonly env: Environment;
  readonly faces: Pick<Faces, "checkApi">;
  /** What was found of the section `listeners` by whoever listens. */
  readonly listeners: {
    readonly problems: readonly ConfigurationProblem[];
    readonly open: readonly string[];
  };
}

/**
 * Judges all of a configuration that can be judged without asking a server: what passes fails at no start for its own sake. Throws
 * `bad-config` with every problem, also where there is no target, since then there is nothing to guard.
 */
export async function checkConfiguration(
  config: ServerConfig,
  { env, faces, listeners }: CheckOptions,
): Promise<CheckedConfiguration> {
  const { targets = [], http, ledger } = config.sections;
  if (targets.length === 0) {
    throw new OpsError(
      "bad-config",
      `${config.file}: it names no targets: there is nothing to guard`,
      "name the servers that hold resources under targets",
    );
  }
  const policies = targets.map((section) => readPolicy(section, config));
  const names = policies.map(({ name }) => name);
  const api = http === undefined ? null : await faces.checkApi(http, names);
  const [ofLedger, ofTargets] = await Promise.all([
    checkLedger(config, env),
    Promise.all(policies.map((policy) => checkTarget(policy, env))),
  ]);
  requireNoProblem(config.file, [
    ...ofLedger,
    ...(api?.problems ?? []).map((error) => ({ where: "", error })),
    ...ofTargets.flat(),
    ...listeners.problems,
  ]);
  const missing = await Promise.all(policies.map((policy) => nameWhatIsMissing(policy, env)));
  const open = [
    ...(ledger?.url === undefined
      ? [`ledger.url is not given: the ledger lies in ${config.stateDir}/ledger, on this machine alone`]
      : []),
    ...(ledger?.checkpoint === undefined
      ? [
          "ledger.checkpoint is not given: a key of custody's own signs the ledger's checkpoints, and no witness sees them",
        ]
      : []),
    ...policies.flatMap(nameWhatIsOpen),
    ...missing.flat(),
    ...listeners.open,
    ...(api?.open ?? ["http.listen is not given: nobody can ask for a drop, and nothing serves metrics"]),
  ];
  return { policies, open };
}
