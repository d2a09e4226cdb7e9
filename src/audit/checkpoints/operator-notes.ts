import { OpsError } from "../../errors.ts";
import { formatCheckpoint, parseCheckpoint } from "../note/checkpoint.ts";
import type { TreeHead } from "../note/checkpoint.ts";
import type { ClusterIdentity } from "../note/identity.ts";

/** Which cluster, as the operator's notes name it. */
export type ClusterName = Pick<ClusterIdentity, "systemIdentifier" | "timeline">;

interface Statement {
  /** ISO 8601, UTC. */
  readonly at: string;
  /** Who said it: `user@host` of the machine where it was signed. */
  readonly who: string;
  /** One line. */
  readonly reason: string;
}

/** The operator says that a restore to an older state was meant: the chain goes on from `after` under another origin. */
export interface RestoreAcceptance extends Statement {
  /** What the newest checkpoint vouched for. */
  readonly before: TreeHead;
  readonly after: TreeHead;
  readonly cluster: ClusterName;
}

/** The operator says that the cluster was changed on purpose (pg_upgrade, a move, a failover). */
export interface Rebaseline extends Statement {
  readonly origin: string;
  /** SHA-256 of the text of the last signed checkpoint, hex. */
  readonly checkpointSha256: string;
  readonly from: ClusterName;
  readonly to: ClusterName;
}

const acceptanceHeader = "custody restore acceptance v1";
const rebaselineHeader = "custody rebaseline v1";

/** The text of the note: its header, both checkpoints' texts, the cluster, when, who, why. */
export function formatAcceptance(acceptance: RestoreAcceptance): string {
  const { before, after, cluster, at, who, reason } = acceptance;
  return `${acceptanceHeader}\n${formatCheckpoint(before)}${formatCheckpoint(after)}${lines([nameOf(cluster), at, who, reason])}`;
}

/** @throws OpsError unreadable-checkpoint */
export function parseAcceptance(text: string, what: string): RestoreAcceptance {
  const [header, o1, s1, r1, o2, s2, r2, cluster, at, who, reason, end, ...rest] = text.split("\n");
  const named = parseName(cluster);
  if (
    header !== acceptanceHeader ||
    named === null ||
    at === undefined ||
    who === undefined ||
    reason === undefined ||
    end !== "" ||
    rest.length > 0
  ) {
    throw unreadable(what, acceptanceHeader);
  }
  return {
    before: parseCheckpoint(lines([o1, s1, r1]), what),
    after: parseCheckpoint(lines([o2, s2, r2]), what),
    cluster: named,
    at,
    who,
    reason,
  };
}

export function formatRebaseline(rebaseline: Rebaseline): string {
  const { origin, checkpointSha256, from, to, at, who, reason } = rebaseline;
  return lines([rebaselineHeader, origin, checkpointSha256, nameOf(from), nameOf(to), at, who, reason]);
}

/** @throws OpsError unreadable-checkpoint */
export function parseRebaseline(text: string, what: string): Rebaseline {
  const [header, origin, checkpointSha256, from, to, at, who, reason, end, ...rest] = text.split("\n");
  const [fromName, toName] = [parseName(from), parseName(to)];
  if (
    header !== rebaselineHeader ||
    origin === undefined ||
    checkpointSha256 === undefined ||
    !/^[0-9a-f]{64}$/.test(checkpointSha256) ||
    fromName === null ||
    toName === null ||
    at === undefined ||
    who === undefined ||
    reason === undefined ||
    end !== "" ||
    rest.length > 0
  ) {
    throw unreadable(what, rebaselineHeader);
  }
  return { origin, checkpointSha256, from: fromName, to: toName, at, who, reason };
}

function nameOf({ systemIdentifier, timeline }: ClusterName): string {
  return `${systemIdentifier} ${timeline}`;
}

function parseName(text: string | undefined): ClusterName | null {
  const [, systemIdentifier, timeline] = /^(\d{1,20}) (\d{1,10})$/.exec(text ?? "") ?? [];
  return systemIdentifier === undefined ? null : { systemIdentifier, timeline: Number(timeline) };
}

function lines(texts: readonly (string | undefined)[]): string {
  return texts.map((each) => `${each ?? ""}\n`).join("");
}

function unreadable(what: string, header: string): OpsError {
  return new OpsError(
    "unreadable-checkpoint",
    `${what} is no note of an operator: its lines are not those of ${header}`,
    "the state folder is custody's own: bring the file back from a backup",
  );
}
