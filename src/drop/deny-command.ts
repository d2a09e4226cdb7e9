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
    ["custody drop deny 0197… --comment 'checked with the owner'", "keep what somebody wanted to drop"],
  ],
  async handler(argv, shell) {
    const api = openApiClient(await readAccess(argv, shell), shell.signal);
    const body = { comment: argv.comment ?? null };
    return await shell.run(wordFeature("deny"), { dropId: argv.id, body, waits: false }, api);
  },
});
