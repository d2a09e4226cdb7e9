import type { ClusterName, Rebaseline } from "./operator-notes.ts";

/** Whether two names mean one cluster, directly or by changes that the operator has signed for. */
export function isSameCluster(
  from: ClusterName,
  to: ClusterName,
  rebaselines: readonly Pick<Rebaseline, "from" | "to">[],
): boolean {
  const reached = [from];
  for (const each of reached) {
    if (isEqual(each, to)) return true;
    for (const step of rebaselines) {
      if (isEqual(step.from, each) && !reached.some((known) => isEqual(known, step.to)))
        reached.push(step.to);
    }
  }
  return false;
}

function isEqual(left: ClusterName, right: ClusterName): boolean {
  return left.systemIdentifier === right.systemIdentifier && left.timeline === right.timeline;
}
