import { OpsError } from "../errors.ts";
import { defineCommand } from "../run/command.ts";
import { appendPorts } from "./append/append-ports.ts";
import { chainAppendBatch } from "./append/batch-feature.ts";
import { chainAppend } from "./append/feature.ts";
import { readEvent } from "./append/read-event.ts";
import { dbUrlFlag, schemaFlag } from "./flags.ts";

const eventFlags = {
  actor: { type: "string", value: "A", describe: "Who did it" },
  action: { type: "string", value: "X", describe: "What was done, such as certificate.issue" },
  resource: { type: "string", value: "TYPE/ID", describe: "To what it was done" },
  "actor-type": { type: "string", value: "T", describe: "What kind of actor it is (User)" },
  category: { type: "string", value: "C", describe: "The event's category (general)" },
  details: { type: "string", value: "JSON", describe: "Anything else, as JSON; - reads standard input" },
  id: { type: "string", value: "ID", describe: "The event's id (a random UUID)" },
  timestamp: { type: "string", value: "TIME", describe: "When it happened (now)" },
} as const;

export const command = defineCommand({
  flags: {
    "db-url": dbUrlFlag,
    schema: schemaFlag,
    ...eventFlags,
    batch: {
      type: "string",
      value: "FILE",
      describe: "Events instead of one: a JSON object a line; all of them or none; - reads standard input",
    },
    "on-conflict": {
      type: "string",
      choices: ["refuse", "skip"],
      describe: "An event of the batch whose id is there: refuse the batch (the default), or skip it",
    },
  },
  examples: [
    ["custody chain append --actor ann --action login --resource session/17", "append one event"],
    ["jq -c .change x.json | custody chain append … --details -", "with details from a program"],
    ["custody chain append --batch events.jsonl --on-conflict skip", "append many, safe to repeat"],
  ],
  async handler(flags, shell) {
    const { dbUrl, schema = null, batch, onConflict } = flags;
    const { actor, action, resource, actorType, category, details, id, timestamp } = flags;
    const ports = appendPorts(shell);
    if (batch !== undefined) {
      refuseBeside({ actor, action, resource, "actor-type": actorType, category, details, id, timestamp });
      return shell.run(chainAppendBatch, { dbUrl, schema, batch, onConflict: onConflict ?? "refuse" }, ports);
    }
    if (onConflict !== undefined)
      throw usage("--on-conflict needs --batch", "give the events as a batch: --batch FILE");
    if (actor === undefined) throw missing("actor");
    if (action === undefined) throw missing("action");
    if (resource === undefined) throw missing("resource");
    const given = {
      actor,
      action,
      resource,
      actorType: actorType ?? "User",
      category,
      details,
      id,
      timestamp,
    };
    return shell.run(chainAppend, { dbUrl, schema, event: await readEvent(given, shell.openStdin) }, ports);
  },
});

/** The events of a batch say everything themselves. */
function refuseBeside(flags: Readonly<Record<keyof typeof eventFlags, string | undefined>>): void {
  for (const [name, value] of Object.entries(flags)) {
    if (value === undefined) continue;
    throw usage(`--${name} cannot stand beside --batch`, "write it into each line of the batch");
  }
}

function missing(name: string): OpsError {
  return usage(`--${name} is missing`, "custody chain append --help lists the flags");
}

function usage(message: string, hint: string): OpsError {
  return new OpsError("bad-usage", message, hint);
}
