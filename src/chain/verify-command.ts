import { defineCommand } from "../run/command.ts";
import { dbUrlFlag, policyFlag, profileFlag, publicKeyFlag, schemaFlag, stateFlag } from "./flags.ts";
import { snapshotChain } from "./verify/adapters/snapshot-chain.ts";
import { chainVerify } from "./verify/feature.ts";
import { parseVerifyInput } from "./verify/input.ts";
import type { VerifyInput } from "./verify/input.ts";
import { OpsError } from "../errors.ts";

export const command = defineCommand({
  flags: {
    "db-url": dbUrlFlag,
    schema: schemaFlag,
    profile: profileFlag,
    checkpoint: {
      type: "string",
      value: "FILE",
      describe: "A signed checkpoint that the chain must agree with",
      repeatable: true,
    },
    "require-checkpoint": {
      type: "boolean",
      describe: "Not verified unless a checkpoint could be compared",
    },
    "public-key": publicKeyFlag,
    policy: policyFlag,
    "accept-restore": {
      type: "boolean",
      describe: "Sign that a restore to an older state was meant, if that is what is found",
    },
    reason: { type: "string", value: "TEXT", describe: "Why the restore was meant" },
    key: { type: "string", value: "FILE", describe: "The key that signs for it" },
    state: stateFlag,
    jobs: {
      type: "number",
      value: "N",
      describe: "Sessions of one snapshot that read the chain side by side, each with a thread",
      default: 1,
    },
    "limit-findings": { type: "number", value: "N", describe: "Findings that are listed", default: 100 },
  },
  notRunVerdict: "not-verified",
  examples: [
    ["custody chain verify --db-url postgres://auditor@db/shop", "recompute every hash outside the database"],
    [
      "custody chain verify --checkpoint audit.checkpoint --public-key audit.key.pub",
      "and compare it with what was signed",
    ],
    ["custody chain verify --profile certctl --output json", "another program's chain, as a document"],
  ],
  async handler(flags, shell) {
    const input = parseVerifyInput({
      dbUrl: flags.dbUrl,
      schema: flags.schema ?? null,
      profile: flags.profile ?? null,
      checkpoints: flags.checkpoint,
      isCheckpointRequired: flags.requireCheckpoint,
      publicKeys: flags.publicKey,
      policy: flags.policy ?? null,
      state: flags.state ?? null,
      acceptance: acceptanceOf(flags),
      jobs: flags.jobs,
      limitFindings: flags.limitFindings,
    });
    return shell.run(chainVerify, input, snapshotChain({ ...shell, configPath: shell.globals.config }));
  },
});

function acceptanceOf(flags: {
  readonly acceptRestore: boolean;
  readonly reason: string | undefined;
  readonly key: string | undefined;
}): VerifyInput["acceptance"] {
  const { acceptRestore, reason, key } = flags;
  if (acceptRestore && reason !== undefined && key !== undefined) return { reason, key };
  if (!acceptRestore && reason === undefined && key === undefined) return null;
  throw new OpsError(
    "bad-usage",
    "--accept-restore, --reason and --key belong together",
    'write: --accept-restore --reason "restored after the disk failure" --key FILE',
  );
}
