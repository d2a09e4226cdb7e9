import { OpsError } from "../errors.ts";
import { defineCommand } from "../run/command.ts";
import { chainCheckProof } from "./check-proof/feature.ts";
import { proofFiles } from "./check-proof/proof-files.ts";
import { policyFlag, publicKeyFlag, trustedProfileFlag } from "./flags.ts";

export const command = defineCommand({
  positionals: { file: { describe: "The proof that custody chain prove wrote", required: true } },
  flags: { "public-key": publicKeyFlag, policy: policyFlag, profile: trustedProfileFlag },
  notRunVerdict: "not-checked",
  examples: [
    [
      "custody chain check-proof evt-17.tlog-proof --public-key audit.key.pub",
      "offline: signature, hashes and path of one event",
    ],
  ],
  async handler(flags, shell) {
    const input = {
      file: flags.file,
      publicKeys: flags.publicKey,
      policy: flags.policy ?? null,
      profile: flags.profile ?? null,
    };
    if (input.publicKeys.length === 0 && input.policy === null) {
      throw new OpsError(
        "bad-usage",
        "nobody is trusted: a proof is worth as much as the signature on its checkpoint",
        "say whose it is to be: --public-key FILE, or --policy FILE",
      );
    }
    return shell.run(chainCheckProof, input, proofFiles(shell));
  },
});
