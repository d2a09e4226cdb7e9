import type { FlagDefinition } from "../run/command.ts";

/** How a running custody is reached, and who asks. A bearer token never stands in a command line: processes are listed. */
export const apiFlags = {
  api: {
    type: "string",
    value: "URL",
    describe:
      "Where custody listens: https://…, http://… or unix:/path (CUSTODY_API, else http://127.0.0.1:7440)",
  },
  "token-file": {
    type: "string",
    value: "FILE",
    describe: "A file that holds your bearer token, alone on its line (else CUSTODY_TOKEN)",
  },
  "ca-file": { type: "string", value: "FILE", describe: "The authority that custody's certificate is by" },
  "cert-file": { type: "string", value: "FILE", describe: "Your client certificate" },
  "key-file": { type: "string", value: "FILE", describe: "The key of your client certificate" },
} as const satisfies Readonly<Record<string, FlagDefinition>>;

export const confirmFlag = {
  type: "string",
  value: "HOST/NAME",
  describe: "What is destroyed for good, where nobody is there to type it",
} as const satisfies FlagDefinition;

export const commentFlag = {
  type: "string",
  value: "TEXT",
  describe: "Why; it is in the ledger",
} as const satisfies FlagDefinition;

export const waitFlag = {
  type: "boolean",
  describe: "Follow until it has ended",
} as const satisfies FlagDefinition;

export const idPositional = { describe: "The drop_id", required: true } as const;
