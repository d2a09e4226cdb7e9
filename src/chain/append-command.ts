import { defineCommand } from "../run/command.ts";
import { appendPorts } from "./append/append-ports.ts";
import { chainAppend } from "./append/feature.ts";
import { readEvent } from "./append/read-event.ts";
import { dbUrlFlag, schemaFlag } from "./flags.ts";

export const command = defineCommand({
  flags: {
    "db-url": dbUrlFlag,
    schema: schemaFlag,
    actor: { type: "string", value: "A", describe: "Who did it", required: true },
    action: {
      type: "string",
      value: "X",
      describe: "What was done, such as certificate.issue",
      required: true,
    },
    resource: { type: "string", value: "TYPE/ID", describe: "To what it was done", required: true },
    "actor-type": { type: "string", value: "T", describe: "What kind of actor it is", default: "User" },
    category: { type: "string", value: "C", describe: "The event's category (general)" },
    details: { type: "string", value: "JSON", describe: "Anything else, as JSON; - reads standard input" },
    id: { type: "string", value: "ID", describe: "The event's id (a random UUID)" },
    timestamp: { type: "string", value: "TIME", describe: "When it happened (now)" },
  },
  examples: [
    ["custody chain append --actor ann --action login --resource session/17", "append one event"],
    ["jq -c .change x.json | custody chain append … --details -", "with details from a program"],
  ],
  async handler(flags, shell) {
    const event = await readEvent(flags, shell.openStdin);
    return shell.run(
      chainAppend,
      { dbUrl: flags.dbUrl, schema: flags.schema ?? null, event },
      appendPorts(shell),
    );
  },
});
