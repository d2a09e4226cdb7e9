import type { ServerIdentity } from "../cluster-identity.ts";
import { lsnOf } from "../note/identity.ts";
import type { ClusterIdentity } from "../note/identity.ts";
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

/**
 * What became of the server that an identity note names. `behind`: a standby that has not replayed what the note knows of.
 * Of the same cluster, and still no restore by formats.md (whoever owns the database can do either): `rewound`, its log is
 * older than it was, and `other-database`.
 */
export type ServerChange = "same" | "moved" | "behind" | "rewound" | "other-database";

/** Compares the server of an identity note with the one that was just read; what cannot be asked is taken for the same, since `truncated` is the graver word. */
export function compareServers(
  from: ClusterIdentity,
  to: ServerIdentity | null,
  rebaselines: readonly Pick<Rebaseline, "from" | "to">[],
): ServerChange {
  if (to === null) return "same";
  const isOneLog = from.systemIdentifier === to.systemIdentifier;
  // Positions of other timelines grow on from those before.
  if (isOneLog && to.replayedLsn !== null && lsnOf(to.replayedLsn) < lsnOf(from.lsn)) return "behind";
  if (!isSameCluster(from, to, rebaselines)) return "moved";
  if (isOneLog && lsnOf(to.lsn) < lsnOf(from.lsn)) return "rewound";
  return isOneLog && from.databaseOid !== to.databaseOid ? "other-database" : "same";
}

function isEqual(left: ClusterName, right: ClusterName): boolean {
  return left.systemIdentifier === right.systemIdentifier && left.timeline === right.timeline;
}
