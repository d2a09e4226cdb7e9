import { openDecrypter, requireRecipients } from "../backup/tombstone/age-keys.ts";
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

/**
 * Reads the policies of every target. Throws `bad-config` where there is none, since then there is nothing to guard, and
 * where a key is no key of age: a tombstone that nobody can read would else be found at its undo.
 */
export async function checkConfiguration(config: ServerConfig): Promise<CheckedConfiguration> {
  const sections = config.sections.targets ?? [];
  if (sections.length === 0) {
    throw new OpsError(
      "bad-config",
      `${config.file}: it names no targets: there is nothing to guard`,
      "name the servers that hold resources under targets",
    );
  }
  const policies = sections.map((section) => readPolicy(section, config));
  for (const policy of policies) await requireKeys(policy, config.file);
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

async function requireKeys({ name, tombstone }: TargetPolicy, file: string): Promise<void> {
  try {
    if (tombstone.recipients.length > 0) await requireRecipients(tombstone.recipients);
    await openDecrypter(tombstone.identities);
  } catch (error) {
    if (!(error instanceof OpsError)) throw error;
    throw new OpsError("bad-config", `${file}: ${name}: tombstone: ${error.message}`, error.hint);
  }
}
