import type { StepFact } from "../run/contract.ts";
import type { Finding, Statement } from "./finding.ts";

export type LockdownEvent =
  | StepFact
  | {
      readonly type: "server-examined";
      readonly server: string;
      readonly version: string;
      /** Databases that were looked into. */
      readonly databases: readonly string[];
      /** Roles that keep what they have, and why. */
      readonly exempt: readonly { readonly role: string; readonly why: string }[];
    }
  | { readonly type: "opening-found"; readonly server: string; readonly finding: Finding }
  /** Lines for the top of pg_hba.conf; custody never edits that file. */
  | {
      readonly type: "hba-written";
      readonly server: string;
      readonly file: string;
      readonly lines: readonly string[];
    }
  | { readonly type: "rules-written"; readonly title: string; readonly lines: readonly string[] }
  | {
      readonly type: "statements-applied";
      readonly server: string;
      readonly database: string | null;
      readonly statements: readonly Statement[];
    }
  /** What is looked at from here on is as it is after the statements were applied. */
  | { readonly type: "examined-again"; readonly server: string };

/** `printed`: nothing was judged; `closed`: no way round is open that custody knows of; `open`: some are. */
export type LockdownVerdict = "printed" | "closed" | "open" | "not-run";
