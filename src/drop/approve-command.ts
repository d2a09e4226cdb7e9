import { defineCommand } from "../run/command.ts";
import { openApiClient } from "./adapters/api-client.ts";
import { readAccess } from "./adapters/read-access.ts";
import { apiFlags, commentFlag, idPositional, waitFlag } from "./flags.ts";
import { wordFeature } from "./word/feature.ts";

export const command = defineCommand({
  positionals: { id: idPositional },
  flags: { comment: commentFlag, wait: waitFlag, ...apiFlags },
  notRunVerdict: "not-run",
  examples: [
    [
      "custody drop approve 0197… --comment 'checked with the owner'",
      "a colleague's drop, with what was looked at",
    ],
  ],
  async handler(argv, shell) {
    const api = openApiClient(await readAccess(argv, shell), shell.signal);
    const body = { comment: argv.comment ?? null };
    return await shell.run(wordFeature("approve"), { dropId: argv.id, body, waits: argv.wait }, api);
  },
});
