import { defineCommand } from "../run/command.ts";
import { openApiClient } from "./adapters/api-client.ts";
import { readAccess } from "./adapters/read-access.ts";
import { apiFlags, commentFlag, idPositional } from "./flags.ts";
import { wordFeature } from "./word/feature.ts";

export const command = defineCommand({
  positionals: { id: idPositional },
  flags: { comment: commentFlag, ...apiFlags },
  notRunVerdict: "not-run",
  examples: [
    [
      "custody drop ticket 0197… --comment 'agreed in the change meeting'",
      "a statement that the wire denied may be sent once more",
    ],
  ],
  async handler(argv, shell) {
    const api = openApiClient(await readAccess(argv, shell), shell.signal);
    const body = { comment: argv.comment ?? null };
    return await shell.run(wordFeature("ticket"), { dropId: argv.id, body, waits: false }, api);
  },
});
