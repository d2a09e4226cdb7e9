import type { FlagDefinition } from "../run/command.ts";

/** Flags that commands share, word for word. */

export const dbUrlFlag = {
  type: "string",
  value: "URL",
  describe: "The database: a libpq URI, a key=value DSN, or env",
  default: "env",
} as const satisfies FlagDefinition;

export const schemaFlag = {
  type: "string",
  value: "NAME",
  describe: "The schema of the chain, where several hold one",
} as const satisfies FlagDefinition;

export const profileFlag = {
  type: "string",
  value: "P",
  describe: "How rows are hashed: custody, certctl or a profile file; found by its columns when left out",
} as const satisfies FlagDefinition;

export const trustedProfileFlag = {
  type: "string",
  value: "FILE",
  describe: "The profile that is believed, where it is none of the built-in ones",
} as const satisfies FlagDefinition;

export const publicKeyFlag = {
  type: "string",
  value: "VKEY|FILE",
  describe: "A key that checkpoints are believed: a vkey, or a file of vkeys and replacement notes",
  repeatable: true,
} as const satisfies FlagDefinition;

export const policyFlag = {
  type: "string",
  value: "FILE",
  describe: "A tlog-policy: which logs and witnesses are known, and how many must have cosigned",
} as const satisfies FlagDefinition;

export const stateFlag = {
  type: "string",
  value: "DIR",
  describe: "Where the last signed checkpoint of each chain is kept (below the state folder)",
} as const satisfies FlagDefinition;

export const originFlag = {
  type: "string",
  value: "NAME",
  describe: "The name of a chain that has none of its own (<key name>/<chain id>)",
} as const satisfies FlagDefinition;

export const signingKeyFlag = {
  type: "string",
  value: "FILE",
  describe: "The key that signs (chain keygen)",
  required: true,
} as const satisfies FlagDefinition;

/** Where a program that goes on for long tells how it is. */
export const metricsListenFlag = (pages: string) =>
  ({
    type: "string",
    value: "ADDR",
    describe: `Serve ${pages} here, such as 127.0.0.1:9464`,
  }) as const;

export const metricsTokenFileFlag = {
  type: "string",
  value: "FILE",
  describe: "Answer only who shows this token (Authorization: Bearer …)",
} as const;
