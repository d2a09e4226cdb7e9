import { OpsError } from "../../errors.ts";

export interface ProveInput {
  readonly dbUrl: string;
  /** Null: the one schema that holds a chain. */
  readonly schema: string | null;
  /** A built-in profile, or the path of a profile file; null: by the columns of the table. */
  readonly profile: string | null;
  /** Of the event. */
  readonly id: string;
  readonly checkpoint: string;
  readonly out: string;
  /** Keys that the checkpoint is believed: vkeys, or files of them. */
  readonly publicKeys: readonly string[];
  /** A tlog-policy file. */
  readonly policy: string | null;
}

/** `ID.tlog-proof` in the working directory, where an id can be the name of a file. Throws `bad-usage` where it cannot. */
export function proofFile(out: string | undefined, id: string): string {
  if (out !== undefined) return out;
  if (/^[A-Za-z0-9_][A-Za-z0-9._-]{0,200}$/.test(id)) return `${id}.tlog-proof`;
  throw new OpsError(
    "bad-usage",
    `no file can be named after the event ${JSON.stringify(id)}`,
    "say where the proof goes: --out FILE",
  );
}
