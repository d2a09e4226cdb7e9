import { dropStates } from "../chokepoint/drop.ts";
import { OpsError } from "../errors.ts";
import { defineCommand } from "../run/command.ts";
import { openApiClient } from "./adapters/api-client.ts";
import { readAccess } from "./adapters/read-access.ts";
import { apiFlags } from "./flags.ts";
import { dropList } from "./list/feature.ts";

export const command = defineCommand({
  flags: {
    state: { type: "string", choices: dropStates, describe: "Only those in this state", repeatable: true },
    target: { type: "string", value: "NAME", describe: "Only those on this target" },
    caller: { type: "string", value: "NAME", describe: "Only those that this caller asked for" },
    token: { type: "string", value: "T", describe: "Only those of this token of the platform" },
    name: { type: "string", value: "NAME", describe: "Only those of this resource" },
    since: { type: "string", value: "TIME", describe: "Only those asked for since" },
    limit: { type: "number", value: "N", describe: "At most so many, the newest", default: 50 },
    ...apiFlags,
  },
  notRunVerdict: "not-run",
  examples: [
    ["custody drop list --state held", "what waits for an approval"],
    ["custody drop list --since 2026-11-01T00:00:00Z --output json", "for a program"],
  ],
  async handler(argv, shell) {
    if (!Number.isInteger(argv.limit) || argv.limit < 1)
      throw new OpsError("bad-usage", `--limit is no number of drops: ${argv.limit}`, "write 1 or more");
    const api = openApiClient(await readAccess(argv, shell), shell.signal);
    const given = {
      state: argv.state.length === 0 ? undefined : argv.state.join(","),
      target: argv.target,
      caller: argv.caller,
      token: argv.token,
      provider_resource_id: argv.name,
      since: argv.since,
    };
    const filter = Object.fromEntries(
      Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    );
    return await shell.run(dropList, { filter, most: argv.limit }, api);
  },
});
