import { defineCommand } from "../run/command.ts";
import { dbUrlFlag } from "./flags.ts";
import { snapshotChain } from "./verify/adapters/snapshot-chain.ts";
import { chainVerify } from "./verify/feature.ts";
import { parseVerifyInput } from "./verify/input.ts";

export const command = defineCommand({
  flags: {
    "db-url": dbUrlFlag,
    schema: {
      type: "string",
      value: "NAME",
      describe: "The schema of the chain, where several hold one",
    },
    profile: {
      type: "string",
      value: "P",
      describe: "How rows are hashed: custody, certctl or a profile file; found by its columns when left out",
    },
    jobs: {
      type: "number",
      value: "N",
      describe: "Sessions of one snapshot that read the chain side by side, each with a thread",
      default: 1,
    },
    "limit-findings": { type: "number", value: "N", describe: "Findings that are listed", default: 100 },
  },
  notRunVerdict: "not-verified",
  examples: [
    ["custody chain verify --db-url postgres://auditor@db/shop", "recompute every hash outside the database"],
    ["custody chain verify --profile certctl --output json", "another program's chain, as a document"],
  ],
  async handler(flags, shell) {
    const input = parseVerifyInput({
      dbUrl: flags.dbUrl,
      schema: flags.schema ?? null,
      profile: flags.profile ?? null,
      jobs: flags.jobs,
      limitFindings: flags.limitFindings,
    });
    return shell.run(chainVerify, input, snapshotChain(shell));
  },
});
