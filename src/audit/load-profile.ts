import { resolve } from "node:path";
import { OpsError } from "../errors.ts";
import { builtInProfiles } from "./built-in-profiles.ts";
import type { ChainProfile } from "./profile.ts";
import { readSmallFile } from "../run/read-small-file.ts";

/** A built-in profile by its name; anything else is a file, relative to `cwd`. Throws `file-unreadable` or `bad-config`. */
export async function loadProfile(given: string, cwd: string): Promise<string | ChainProfile> {
  if (builtInProfiles.some((each) => each.name === given)) return given;
  const path = resolve(cwd, given);
  try {
    // Only who gives a file pays for what reads it.
    const { parseProfile } = await import("./profile.ts");
    return parseProfile((await readSmallFile(path)).toString("utf8"), given);
  } catch (error) {
    if (error instanceof OpsError) throw error;
    throw new OpsError(
      "file-unreadable",
      `the profile ${given} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      `name a file, or one of ${builtInProfiles.map((each) => each.name).join(", ")}`,
    );
  }
}
