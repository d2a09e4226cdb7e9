import { loadProfile } from "../audit/load-profile.ts";
import { builtInProfiles } from "../audit/built-in-profiles.ts";
import type { ChainProfile } from "../audit/profile.ts";
import { OpsError } from "../errors.ts";

/**
 * The profiles that evidence may be judged by: the built-in ones, and the one of `--profile`. One that came with the
 * evidence proves nothing by itself: it could leave what is shown out of what is hashed.
 */
export async function readTrustedProfiles(
  given: string | null,
  cwd: string,
): Promise<readonly ChainProfile[]> {
  const loaded = given === null ? null : await loadProfile(given, cwd);
  return loaded === null || typeof loaded === "string" ? builtInProfiles : [...builtInProfiles, loaded];
}

/** Throws `untrusted-profile` for a profile that is none of the trusted ones, to the letter. `what` brought it. */
export function requireTrustedProfile(
  profile: ChainProfile,
  trusted: readonly ChainProfile[],
  what: string,
): void {
  const text = JSON.stringify(profile);
  if (trusted.some((each) => JSON.stringify(each) === text)) return;
  throw new OpsError(
    "untrusted-profile",
    `${what} brings a profile of its own, ${JSON.stringify(profile.name)}: what that leaves out of row_hash would not be proved`,
    "look at it, and give the profile that you believe: --profile FILE",
  );
}
