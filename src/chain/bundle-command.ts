import { OpsError } from "../errors.ts";
import { defineCommand } from "../run/command.ts";
import { liveBundle } from "./bundle/adapters/live-bundle.ts";
import { chainBundle } from "./bundle/feature.ts";
import { dbUrlFlag, policyFlag, profileFlag, publicKeyFlag, schemaFlag } from "./flags.ts";

export const command = defineCommand({
  flags: {
    "db-url": dbUrlFlag,
    schema: schemaFlag,
    profile: profileFlag,
    checkpoint: {
      type: "string",
      value: "FILE",
      describe: "A signed checkpoint that goes into the bundle, and that the rows must agree with",
      repeatable: true,
    },
    out: {
      type: "string",
      value: "DIR",
      describe: "The folder to make; nothing may be there yet",
      required: true,
    },
    event: {
      type: "string",
      value: "ID",
      describe: "An event that is to have a proof of its own",
      repeatable: true,
    },
    key: { type: "string", value: "FILE", describe: "The key that signs the report (chain keygen)" },
    "public-key": publicKeyFlag,
    policy: policyFlag,
  },
  examples: [
    [
      "custody chain bundle --checkpoint audit.checkpoint --public-key audit.key.pub --key audit.key --out audit-2026",
      "all that an auditor needs, in a folder",
    ],
    ["custody chain check-bundle audit-2026 --public-key audit.key.pub", "what the auditor runs"],
  ],
  async handler(flags, shell) {
    if (flags.checkpoint.length === 0) {
      throw new OpsError(
        "bad-usage",
        "--checkpoint is missing: without one, nothing vouches for the rows of a bundle",
        "custody chain checkpoint makes one: --checkpoint FILE",
      );
    }
    const input = {
      dbUrl: flags.dbUrl,
      schema: flags.schema ?? null,
      profile: flags.profile ?? null,
      checkpoints: flags.checkpoint,
      out: flags.out,
      key: flags.key ?? null,
      publicKeys: flags.publicKey,
      policy: flags.policy ?? null,
      events: flags.event,
    };
    return shell.run(chainBundle, input, liveBundle(shell));
  },
});
