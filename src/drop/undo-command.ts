import { defineCommand } from "../run/command.ts";
import { openApiClient } from "./adapters/api-client.ts";
import { readAccess } from "./adapters/read-access.ts";
import { apiFlags, idPositional, waitFlag } from "./flags.ts";
import { wordFeature } from "./word/feature.ts";

export const command = defineCommand({
  positionals: { id: idPositional },
  flags: {
    as: { type: "string", value: "NAME", describe: "Its name from now on, where another has the old one" },
    from: {
      type: "string",
      choices: ["fence", "tombstone"],
      describe: "From what it comes back; from the fence while there is one",
    },
    wait: waitFlag,
    ...apiFlags,
  },
  notRunVerdict: "not-run",
  examples: [
    ["custody drop undo 0197… --wait", "bring it back, and see that it is whole"],
    ["custody drop undo 0197… --as db_42_restored", "beside whatever has its name now"],
  ],
  async handler(argv, shell) {
    const api = openApiClient(await readAccess(argv, shell), shell.signal);
    const body = { as: argv.as ?? null, from: argv.from ?? null };
    return await shell.run(wordFeature("undo"), { dropId: argv.id, body, waits: argv.wait }, api);
  },
});
