import { defineCommand } from "../run/command.ts";
import { dbUrlFlag, policyFlag, profileFlag, publicKeyFlag, schemaFlag } from "./flags.ts";
import { liveProof } from "./prove/adapters/live-proof.ts";
import { chainProve } from "./prove/feature.ts";
import { proofFile } from "./prove/input.ts";

export const command = defineCommand({
  positionals: { id: { describe: "The event's id", required: true } },
  flags: {
    "db-url": dbUrlFlag,
    schema: schemaFlag,
    profile: profileFlag,
    checkpoint: {
      type: "string",
      value: "FILE",
      describe: "The signed checkpoint under which the event is to be proved",
      required: true,
    },
    out: { type: "string", value: "FILE", describe: "Where the proof goes (ID.tlog-proof)" },
    "public-key": publicKeyFlag,
    policy: policyFlag,
  },
  examples: [
    [
      "custody chain prove evt-17 --checkpoint audit.checkpoint --public-key audit.key.pub",
      "that this event is in the chain, in a file that is checked offline",
    ],
  ],
  async handler(flags, shell) {
    const input = {
      dbUrl: flags.dbUrl,
      schema: flags.schema ?? null,
      profile: flags.profile ?? null,
      id: flags.id,
      checkpoint: flags.checkpoint,
      out: proofFile(flags.out, flags.id),
      publicKeys: flags.publicKey,
      policy: flags.policy ?? null,
    };
    return shell.run(chainProve, input, liveProof(shell));
  },
});
