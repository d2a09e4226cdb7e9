import type { FlagDefinition } from "../run/command.ts";

export const dbUrlFlag = {
  type: "string",
  value: "URL",
  describe: "The database: a libpq URI, a key=value DSN, or env",
  default: "env",
} as const satisfies FlagDefinition;
