import { OpsError } from "../errors.ts";
import { defineCommand } from "../run/command.ts";
import { dbUrlFlag, schemaFlag } from "./flags.ts";
import { chainRedact } from "./redact/feature.ts";
import { redactPorts } from "./redact/redact-ports.ts";

export const command = defineCommand({
  positionals: { id: { describe: "The event's id", required: true } },
  flags: {
    "db-url": dbUrlFlag,
    schema: schemaFlag,
    reason: {
      type: "string",
      value: "TEXT",
      describe: "Why; it stays in the chain for ever and can never be erased: no personal data",
      required: true,
    },
    actor: { type: "string", value: "A", describe: "Who did it (the database's user)" },
  },
  examples: [
    [
      'custody chain redact evt-17 --reason "erasure request 2026-114"',
      "erase its details for good; the chain goes on verifying",
    ],
  ],
  async handler(flags, shell) {
    const input = {
      dbUrl: flags.dbUrl,
      schema: flags.schema ?? null,
      id: flags.id,
      reason: notBlank(flags.reason, "reason"),
      actor: flags.actor === undefined ? null : notBlank(flags.actor, "actor"),
    };
    return shell.run(chainRedact, input, redactPorts(shell));
  },
});

function notBlank(text: string, flag: string): string {
  if (text.trim() !== "") return text;
  throw new OpsError("bad-usage", `--${flag} is empty`, "it is kept in the chain: say it in words");
}
