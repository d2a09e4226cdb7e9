import { resolve } from "node:path";
import { requireWitnessUrl } from "../audit/witness/submit-checkpoint.ts";
import { defineCommand } from "../run/command.ts";
import { chainCheckpoint } from "./checkpoint/feature.ts";
import { openChainToSign } from "./open-chain-to-sign.ts";
import {
  dbUrlFlag,
  originFlag,
  policyFlag,
  profileFlag,
  publicKeyFlag,
  schemaFlag,
  signingKeyFlag,
  stateFlag,
} from "./flags.ts";
import { requireCheckpointPlace } from "./write-checkpoint.ts";

export const command = defineCommand({
  flags: {
    "db-url": dbUrlFlag,
    schema: schemaFlag,
    profile: profileFlag,
    key: signingKeyFlag,
    out: {
      type: "string",
      value: "FILE",
      describe: "Where the checkpoint goes; FILE.identity beside it names the cluster",
      required: true,
    },
    origin: originFlag,
    state: stateFlag,
    witness: {
      type: "string",
      value: "URL",
      describe: "A witness that is to cosign; its key comes by --public-key or --policy",
      repeatable: true,
    },
    "public-key": publicKeyFlag,
    policy: policyFlag,
  },
  examples: [
    [
      "custody chain checkpoint --key audit.key --out audit.checkpoint",
      "verify the chain, and sign what it is",
    ],
  ],
  async handler(flags, shell) {
    for (const url of flags.witness) requireWitnessUrl(url);
    const input = {
      dbUrl: flags.dbUrl,
      schema: flags.schema ?? null,
      profile: flags.profile ?? null,
      key: flags.key,
      out: flags.out,
      origin: flags.origin ?? null,
      state: flags.state ?? null,
      publicKeys: flags.publicKey,
      policy: flags.policy ?? null,
      witnesses: flags.witness,
    };
    const world = { ...shell, configPath: shell.globals.config };
    return shell.run(chainCheckpoint, input, {
      async open(chain) {
        requireCheckpointPlace(resolve(shell.cwd, chain.out), chain.out);
        return openChainToSign(chain, world, "chain checkpoint");
      },
    });
  },
});
