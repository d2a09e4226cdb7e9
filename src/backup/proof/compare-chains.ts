import type { Stage } from "../compare/difference.ts";
import type { ProofDifference } from "./verdict.ts";
import type { ChainReading } from "./readings.ts";

/**
 * What is wrong with the restored chain: what the recomputation found, and where it is not the chain that was backed up.
 * A chain that is consistent in itself may still be another one: re-hashed, or cut with its head mended.
 */
export function compareChains(
  pre: ChainReading | null,
  post: ChainReading | null,
  isPreKnown: boolean,
): readonly ProofDifference[] {
  if (!isPreKnown) return post === null ? [] : ownFindings(post);
  if (pre === null) return post === null ? [] : [difference(post, "a chain that was not there before")];
  if (post === null) return [difference(pre, "the chain is not there any more")];
  // What was wrong with the chain before is told of the chain before.
  const found = ownFindings({
    ...post,
    findings: post.findings.filter((each) => !pre.findings.includes(each)),
  });
  if (pre.rowCount !== post.rowCount) {
    found.push(difference(post, `${pre.rowCount} rows before, ${post.rowCount} after`));
  }
  if (pre.headHash !== post.headHash) {
    found.push(difference(post, `head ${shorten(pre.headHash)} before, ${shorten(post.headHash)} after`));
  }
  return found;
}

/**
 * Whether the chain was what it is before it was restored: nothing that it is made of differs from what the archive holds. Then the
 * archive holds the chain so, or its bytes are not the ones that were written.
 */
export function blameChain(
  found: readonly ProofDifference[],
  schema: string,
  restored: readonly ProofDifference[],
  stage: Exclude<Stage, "restore">,
): readonly ProofDifference[] {
  const isRestores = restored.some(
    ({ kind, stage: at, object }) =>
      at === "restore" && (kind === "restore-error" || object.includes(`${schema}.`)),
  );
  if (isRestores) return found;
  return found.map((each) => ({ ...each, stage, detail: `${each.detail}: the archive holds it so` }));
}

function ownFindings(chain: ChainReading): ProofDifference[] {
  return chain.findings.map((finding) => difference(chain, finding));
}

function difference(chain: ChainReading, detail: string): ProofDifference {
  return { object: `chain ${chain.schema}.audit_events`, kind: "chain", stage: "restore", detail };
}

function shorten(hash: string): string {
  return hash === "" ? "(empty)" : `${hash.slice(0, 16)}…`;
}
