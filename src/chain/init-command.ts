import { defineCommand } from "../run/command.ts";
import { dbUrlFlag } from "./flags.ts";
import { chainInit } from "./init/feature.ts";
import { installPorts } from "./init/install-ports.ts";

export const command = defineCommand({
  flags: {
    "db-url": dbUrlFlag,
    schema: {
      type: "string",
      value: "NAME",
      describe: "Where the chain lives; made if need be",
      default: "public",
    },
    appender: {
      type: "string",
      value: "ROLE",
      describe: "Let this role append: INSERT on what a writer gives, and nothing else",
      repeatable: true,
    },
  },
  examples: [
    ["custody chain init --db-url postgres://owner@db/shop", "install the chain, or bring it up to date"],
    ["custody chain init --schema audit --appender app", "in a schema of its own, for the role app"],
  ],
  async handler(flags, shell) {
    const input = { dbUrl: flags.dbUrl, schema: flags.schema, appenders: flags.appender };
    return shell.run(chainInit, input, installPorts(shell));
  },
});
