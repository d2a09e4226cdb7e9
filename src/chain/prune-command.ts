import { defineCommand } from "../run/command.ts";
import { checkArchive } from "./check-archive.ts";
import { dbUrlFlag, policyFlag, publicKeyFlag, schemaFlag, stateFlag } from "./flags.ts";
import { livePrune } from "./prune/adapters/live-prune.ts";
import { chainPrune } from "./prune/feature.ts";
import { parsePruneInput } from "./prune/input.ts";
import { parseTime } from "./prune/parse-time.ts";

export const command = defineCommand({
  flags: {
    "db-url": dbUrlFlag,
    schema: schemaFlag,
    before: {
      type: "string",
      value: "TIME",
      describe: "Remove what happened and was recorded before this day or time",
      required: true,
    },
    checkpoint: {
      type: "string",
      value: "FILE",
      describe: "A signed checkpoint; the chain is cut at the largest one all of whose rows are old enough",
      repeatable: true,
    },
    archive: {
      type: "string",
      value: "DIR",
      describe: "The folder to make of what is removed; nothing may be there yet",
    },
    "public-key": publicKeyFlag,
    policy: policyFlag,
    key: {
      type: "string",
      value: "FILE",
      describe: "The key that signs the archive's report (chain keygen)",
    },
    state: stateFlag,
    actor: { type: "string", value: "A", describe: "Who did it (the database's user)" },
    "dry-run": { type: "boolean", describe: "Verify, and say what would be removed; change nothing" },
  },
  examples: [
    [
      "custody chain prune --before 2026-01-01 --checkpoint q4.checkpoint --public-key audit.key.pub --dry-run",
      "what would be removed",
    ],
    [
      "custody chain prune --before 2026-01-01 --checkpoint q4.checkpoint --public-key audit.key.pub --archive audit-2025",
      "move it into an archive; the rest of the chain goes on verifying",
    ],
  ],
  async handler(flags, shell) {
    const input = parsePruneInput({
      dbUrl: flags.dbUrl,
      schema: flags.schema ?? null,
      before: parseTime(flags.before),
      checkpoints: [...flags.checkpoint],
      archive: flags.archive ?? null,
      publicKeys: [...flags.publicKey],
      policy: flags.policy ?? null,
      state: flags.state ?? null,
      key: flags.key ?? null,
      actor: flags.actor ?? null,
      isDryRun: flags.dryRun,
    });
    const world = { ...shell, configPath: shell.globals.config };
    const ports = livePrune(world, (path, onProgress) => checkArchive(path, input, world, onProgress));
    return shell.run(chainPrune, input, ports);
  },
});
