import type { ServerConfig } from "../config/load-server.ts";
import { OpsError } from "../errors.ts";
import { nameWhatIsOpen } from "./name-what-is-open.ts";
import { readPolicy } from "./read-policy.ts";
import type { TargetPolicy } from "./target-policy.ts";

/** The policies of a configuration, and what it leaves open. */
export interface CheckedConfiguration {
  readonly policies: readonly TargetPolicy[];
  /** One line each, for people. */
  readonly open: readonly string[];
}

/** Reads the policies of every target. Throws `bad-config` where there is none: then there is nothing to guard. */
export function checkConfiguration(config: ServerConfig): CheckedConfiguration {
  const sections = config.sections.targets ?? [];
  if (sections.length === 0) {
    throw new OpsError(
      "bad-config",
      `${config.file}: it names no targets: there is nothing to guard`,
      "name the servers that hold resources under targets",
    );
  }
  const policies = sections.map((section) => readPolicy(section, config));
  const { ledger } = config.sections;
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
  ];
  return { policies, open };
}
