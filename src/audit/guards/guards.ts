import { z } from "zod";
import versionOne from "./version-1.json" with { type: "json" };

/** One thing that guards the chain: its name, and what is to be true of it. */
export const guardsSchema = z.strictObject({
  /** By identity: `audit_events_link()`. `source` is the SHA-256 of the body, `:schema` standing for the schema's name. */
  functions: z.record(
    z.string(),
    z.strictObject({
      language: z.string(),
      result: z.string(),
      runsAsOwner: z.boolean(),
      volatility: z.string(),
      settings: z.array(z.string()),
      source: z.string(),
      /** Whether everybody may call it. */
      isPublic: z.boolean(),
    }),
  ),
  /** By `table.trigger`: the definition, with `:schema`. */
  triggers: z.record(z.string(), z.string()),
  /** Primary keys, unique and check constraints by `table.constraint`, and unique indexes that are none by their names. */
  constraints: z.record(z.string(), z.string()),
  /** By `table.column`: type, NOT NULL, default. */
  columns: z.record(z.string(), z.string()),
});

export type Guards = z.infer<typeof guardsSchema>;

/** What each version of the chain installs; written from a real server by test/audit/guards.test.ts, the same on 14 to 18. */
export const installedGuards: Readonly<Record<number, Guards>> = { 1: guardsSchema.parse(versionOne) };
