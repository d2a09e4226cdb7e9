import type { AnchoredVerification } from "../../audit/checkpoints/judge-anchors.ts";
import { rootAt } from "../../audit/waypoints.ts";
import type { ChainMark } from "../../audit/waypoints.ts";
import { toHex } from "../../run/sha256.ts";
import type { GivenFiles } from "../given-files.ts";

/**
 * What was known of a chain without findings when it was of the cut's size: what the archive of that beginning reports. Only
 * checkpoints that it can be compared with go into it.
 */
export function beginningOf(
  given: GivenFiles,
  anchored: AnchoredVerification,
  cut: ChainMark,
): { readonly given: GivenFiles; readonly anchored: AnchoredVerification } {
  const { verification } = anchored;
  const compared = anchored.outcomes.filter(
    ({ checkpoint, outcome }) => outcome === "matched" && checkpoint.head.size <= cut.size,
  );
  const paths = new Set(compared.map(({ checkpoint }) => checkpoint.path));
  return {
    given: { ...given, checkpoints: given.checkpoints.filter(({ path }) => paths.has(path)) },
    anchored: {
      ...anchored,
      outcomes: compared,
      anchoredSize: cut.size,
      verification: {
        ...verification,
        rowCount: cut.size,
        treeSize: cut.size,
        verifierWalked: cut.size - (verification.base?.size ?? 0),
        chainHeadHash: toHex(cut.rowHash),
        rootHash: toHex(rootAt(cut)),
        unanchoredRows: 0,
      },
    },
  };
}
