import { defineCommand } from "../run/command.ts";
import { openApiClient } from "./adapters/api-client.ts";
import { readAccess } from "./adapters/read-access.ts";
import { apiFlags, idPositional } from "./flags.ts";
import { dropShow } from "./show/feature.ts";

export const command = defineCommand({
  positionals: { id: idPositional },
  flags: { ...apiFlags },
  notRunVerdict: "not-run",
  examples: [["custody drop show 0197…", "where it stands, and all that the ledger has of it"]],
  async handler(argv, shell) {
    const api = openApiClient(await readAccess(argv, shell), shell.signal);
    return await shell.run(dropShow, { dropId: argv.id }, api);
  },
});
