import { OpsError } from "../errors.ts";
import type { Identity } from "./drop.ts";

/**
 * A drop is about one server. What another has under the same name, oid or time is somebody else's, and what is not there is not gone.
 * `hint`: more of what can be done.
 *
 * @throws OpsError unsupported-server
 */
export function requireSameServer(
  systemIdentifier: string,
  { systemIdentifier: wanted }: Identity,
  hint = "",
): void {
  if (wanted === systemIdentifier) return;
  throw new OpsError(
    "unsupported-server",
    `this is the server ${systemIdentifier}, and it was decided on ${wanted}`,
    `the target's URL leads elsewhere by now: lead it back${hint}, or restore the tombstone by hand as docs/tombstones.md says`,
  );
}
