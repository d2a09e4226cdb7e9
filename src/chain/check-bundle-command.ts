import { OpsError } from "../errors.ts";
import { defineCommand } from "../run/command.ts";
import { bundleFolders } from "./check-bundle/adapters/bundle-folder.ts";
import { chainCheckBundle } from "./check-bundle/feature.ts";
import { policyFlag, publicKeyFlag, trustedProfileFlag } from "./flags.ts";

export const command = defineCommand({
  positionals: { dir: { describe: "The folder that custody chain bundle made", required: true } },
  flags: {
    "public-key": publicKeyFlag,
    policy: policyFlag,
    profile: trustedProfileFlag,
    "allow-unsigned": {
      type: "boolean",
      describe: "Judge rows and checkpoints although nobody has signed the report",
    },
    "limit-findings": {
      type: "number",
      value: "N",
      describe: "Findings of each kind that are listed",
      default: 100,
    },
  },
  notRunVerdict: "not-verified",
  examples: [
    [
      "custody chain check-bundle audit-2026 --public-key audit.key.pub",
      "offline: every file, hash, link, root, signature and proof",
    ],
  ],
  async handler(flags, shell) {
    const { limitFindings } = flags;
    if (flags.publicKey.length === 0 && flags.policy === undefined) {
      throw new OpsError(
        "bad-usage",
        "nobody is trusted: a bundle is worth as much as the signatures on it",
        "say whose they are to be: --public-key FILE, or --policy FILE",
      );
    }
    if (!Number.isSafeInteger(limitFindings) || limitFindings < 1 || limitFindings > 1_000_000) {
      throw new OpsError(
        "bad-usage",
        `--limit-findings must be a whole number from 1 to 1000000: ${limitFindings}`,
        "custody chain check-bundle --help lists the flags",
      );
    }
    const input = {
      folder: flags.dir,
      publicKeys: flags.publicKey,
      policy: flags.policy ?? null,
      profile: flags.profile ?? null,
      isUnsignedAllowed: flags.allowUnsigned,
      limitFindings,
    };
    return shell.run(chainCheckBundle, input, bundleFolders(shell));
  },
});
