import { OpsError } from "../errors.ts";
import { defineCommand } from "../run/command.ts";
import { confirm } from "./adapters/confirm.ts";
import { openApiClient } from "./adapters/api-client.ts";
import { readAccess } from "./adapters/read-access.ts";
import { apiFlags, confirmFlag, waitFlag } from "./flags.ts";
import { whatToConfirm } from "./irrevocable.ts";
import { dropRequest } from "./request/feature.ts";
import { readRequest, resourceTypes } from "./request/input.ts";

export const command = defineCommand({
  positionals: {
    target: { describe: "The target of the configuration", required: true },
    "resource-type": { describe: "What is dropped", choices: resourceTypes, required: true },
    name: { describe: "Its exact final name", required: true },
  },
  flags: {
    token: { type: "string", value: "T", describe: "The platform's token of the resource", required: true },
    "request-id": {
      type: "string",
      value: "R",
      describe: "Names this request: asked again with the same one, nothing is done twice",
      required: true,
    },
    reason: { type: "string", value: "TEXT", describe: "Why; it is in the ledger", required: true },
    "requested-by": {
      type: "string",
      value: "PERSON",
      describe: "On whose behalf; that person approves nothing of it",
    },
    part: {
      type: "string",
      value: "PART=NAME",
      describe: "The exact final name of another part: role=usr_42",
      repeatable: true,
    },
    "resource-status": { type: "string", value: "S", describe: "The state that the platform has it in" },
    "not-after": { type: "string", value: "TIME", describe: "The intent expires at this time" },
    force: { type: "boolean", describe: "End the sessions that use it, as DROP … WITH (FORCE) would" },
    "dry-run": { type: "boolean", describe: "Only show what it would do, with sizes" },
    wait: waitFlag,
    confirm: confirmFlag,
    ...apiFlags,
  },
  notRunVerdict: "not-run",
  examples: [
    [
      "custody drop request customers postgres db_42 --token t42 --request-id r1 --reason expired --dry-run",
      "what it would do",
    ],
    ["custody drop request … --part role=usr_42 --wait", "follow it until its tombstone is proved"],
    [
      "custody drop request … --confirm db1.example/db_42",
      "where nobody can bring it back, and nobody types",
    ],
  ],
  async handler(argv, shell) {
    const { target, resourceType, name } = argv;
    if (argv.dryRun && argv.wait)
      throw new OpsError(
        "bad-usage",
        "--dry-run does nothing that --wait could wait for",
        "give one of them",
      );
    const body = readRequest({ ...argv, resourceType });
    const api = openApiClient(await readAccess(argv, shell), shell.signal);
    if (!argv.dryRun) {
      const asked = whatToConfirm(await api.targets(), { target, name, word: "drop" });
      if (asked.isIrrevocable || argv.confirm !== undefined)
        await confirm({ ...asked, given: argv.confirm }, shell);
    }
    return await shell.run(dropRequest, { body, isDryRun: argv.dryRun, waits: argv.wait }, api);
  },
});
