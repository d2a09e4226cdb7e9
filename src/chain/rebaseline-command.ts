import { OpsError } from "../errors.ts";
import { defineCommand } from "../run/command.ts";
import {
  dbUrlFlag,
  originFlag,
  profileFlag,
  publicKeyFlag,
  schemaFlag,
  signingKeyFlag,
  stateFlag,
} from "./flags.ts";
import { openChainToSign } from "./open-chain-to-sign.ts";
import { chainRebaseline } from "./rebaseline/feature.ts";

export const command = defineCommand({
  flags: {
    "db-url": dbUrlFlag,
    schema: schemaFlag,
    profile: profileFlag,
    key: signingKeyFlag,
    reason: { type: "string", value: "TEXT", describe: "Why the cluster changed", required: true },
    origin: originFlag,
    state: stateFlag,
    "public-key": publicKeyFlag,
  },
  examples: [
    [
      'custody chain rebaseline --key audit.key --reason "pg_upgrade to 18"',
      "sign that the cluster was changed on purpose",
    ],
  ],
  async handler(flags, shell) {
    if (/[\u0000-\u001f]/.test(flags.reason) || flags.reason === "") {
      throw new OpsError(
        "bad-usage",
        "--reason is not one line of text",
        'write: --reason "pg_upgrade to 18"',
      );
    }
    const input = {
      dbUrl: flags.dbUrl,
      schema: flags.schema ?? null,
      profile: flags.profile ?? null,
      key: flags.key,
      reason: flags.reason,
      origin: flags.origin ?? null,
      state: flags.state ?? null,
      publicKeys: flags.publicKey,
      policy: null,
      witnesses: [],
      out: null,
    };
    const world = { ...shell, configPath: shell.globals.config };
    return shell.run(chainRebaseline, input, {
      open: (chain) => openChainToSign(chain, world, "chain rebaseline"),
    });
  },
});
