import type { Anchors } from "../../audit/checkpoints/judge-anchors.ts";
import { lsnOf } from "../../audit/note/identity.ts";
import { sha256, toHex } from "../../run/sha256.ts";
import type { Reading } from "./ports.ts";

/** What tells one set of checkpoints from another, 64 hex digits. */
export function checkpointKey({ checkpoints }: Anchors): string {
  const texts = checkpoints.map((each) => each.textSha256).toSorted();
  return toHex(sha256(Buffer.from(texts.join("\n"), "utf8")));
}

/** Those that the server can know of: a standby need not have replayed yet what a newer one vouches for. */
export function comparable(anchors: Anchors, { isStandby, lsnBefore }: Reading): Anchors {
  if (!isStandby || lsnBefore === null) return anchors;
  const now = lsnOf(lsnBefore);
  const checkpoints = anchors.checkpoints.filter(
    ({ identity }) => identity === null || lsnOf(identity.lsn) <= now,
  );
  return { ...anchors, checkpoints };
}
