import type { Anchors } from "../../audit/checkpoints/judge-anchors.ts";
import { lsnOf } from "../../audit/note/identity.ts";
import { sha256, toHex } from "../../run/sha256.ts";
import { acceptanceKey, acceptancesOf } from "./acceptances.ts";
import { differs } from "./judge-reading.ts";
import type { Reading } from "./ports.ts";

/** What tells one set of checkpoints, and of restores that were accepted, from another, 64 hex digits. */
export function checkpointKey(anchors: Anchors): string {
  const texts = [
    ...anchors.checkpoints.map((each) => each.textSha256).toSorted(),
    ...acceptancesOf(anchors).map(acceptanceKey).toSorted(),
  ];
  return toHex(sha256(Buffer.from(texts.join("\n"), "utf8")));
}

/** Those that the server can know of: a standby need not have replayed yet what a newer one vouches for. */
export function comparable(
  anchors: Anchors,
  { isStandby, lsnBefore, identity: server }: Pick<Reading, "isStandby" | "lsnBefore" | "identity">,
): Anchors {
  if (!isStandby || lsnBefore === null) return anchors;
  const now = lsnOf(lsnBefore);
  // Another cluster counts its positions from its own beginning: they tell nothing of what it has replayed.
  const checkpoints = anchors.checkpoints.filter(
    ({ identity }) =>
      identity === null ||
      differs(server.systemIdentifier, identity.systemIdentifier) ||
      lsnOf(identity.lsn) <= now,
  );
  return { ...anchors, checkpoints };
}
