import { defineCommand } from "../run/command.ts";
import { openApiClient } from "./adapters/api-client.ts";
import { confirm } from "./adapters/confirm.ts";
import { readAccess } from "./adapters/read-access.ts";
import { apiFlags, commentFlag, confirmFlag, idPositional, waitFlag } from "./flags.ts";
import { whatToConfirm } from "./irrevocable.ts";
import { wordFeature } from "./word/feature.ts";

export const command = defineCommand({
  positionals: { id: idPositional },
  flags: {
    comment: commentFlag,
    "request-id": {
      type: "string",
      value: "R",
      describe: "Names this request: asked again with the same one, nothing is done twice",
    },
    confirm: confirmFlag,
    wait: waitFlag,
    ...apiFlags,
  },
  notRunVerdict: "not-run",
  examples: [
    ["custody drop purge 0197… --confirm db1.example/db_42", "destroy now what would be destroyed later"],
  ],
  async handler(argv, shell) {
    const api = openApiClient(await readAccess(argv, shell), shell.signal);
    const drop = await api.show(argv.id);
    const { target, provider_resource_id: name } = drop;
    const asked = whatToConfirm(await api.targets(), { target, name, word: "purge" });
    await confirm({ ...asked, given: argv.confirm }, shell);
    const body = { comment: argv.comment ?? null, request_id: argv.requestId ?? null };
    return await shell.run(wordFeature("purge"), { dropId: argv.id, body, waits: argv.wait }, api);
  },
});
