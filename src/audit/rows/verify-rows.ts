import { OpsError } from "../../errors.ts";
import type { BinaryRow } from "../../postgres/copy-binary.ts";
import { throwIfInterrupted } from "../../run/interrupt.ts";
import { LineError } from "../../run/read-lines.ts";
import { toHex } from "../../run/sha256.ts";
import { createFindingCollector } from "../finding.ts";
import type { Finding } from "../finding.ts";
import { reportLinks, wantedHashes } from "../judge-links.ts";
import { createMerkleFrontier } from "../merkle/frontier.ts";
import type { MerkleFrontier } from "../merkle/frontier.ts";
import type { ChainProfile } from "../profile.ts";
import { genesisOf } from "../read-base.ts";
import { textField } from "../row-bytes.ts";
import { createRowCheck } from "../row-check.ts";
import type { RowCheck } from "../row-check.ts";
import { walkLinks } from "../walk-links.ts";
import { walkSequence } from "../walk-sequence.ts";
import type { Walk, WalkContext } from "../walk.ts";
import { createWaypoints } from "../waypoints.ts";
import type { ChainMark } from "../waypoints.ts";
import { createRedactionLedger } from "./redaction-ledger.ts";
import type { RedactionLedger } from "./redaction-ledger.ts";
import { createRowCodec, RowLineError } from "./row-codec.ts";

/** What the rows of a file are, recomputed; the fields that `ChainVerification` has mean the same. */
export interface RowsVerification {
  /** Rows of the chain, those below `base` included. */
  readonly rowCount: number;
  /** Leaves of its tree: the same without rows that never were linked. */
  readonly treeSize: number;
  readonly firstBreakId: string;
  readonly firstBreakPos: number;
  readonly verifierWalked: number;
  /** The row_hash of the newest row, hex; "" when there is none. */
  readonly lastHash: string;
  readonly rootHash: string;
  readonly findings: readonly Finding[];
  readonly findingsTotal: number;
  readonly waypoints: ReadonlyMap<number, ChainMark>;
}

export interface VerifyRowsOptions {
  /** What the first row stands on; null where the file begins with the chain. */
  readonly base?: ChainMark | null;
  /** The chain's name, from which profiles with `first_prev_hash: chain-id` begin. */
  readonly chainId?: string | null;
  /**
   * Whether the file has every row of the chain that there was, `base` being what the chain had pruned: then redactions and
   * the record of the pruning are judged too. False for a part, such as an archive of a prefix.
   */
  readonly isWhole?: boolean;
  readonly limitFindings?: number;
  readonly waypoints?: readonly number[];
  /** As of `verifyChain`. */
  readonly onLeaf?: (leaf: Uint8Array, index: number, tree: MerkleFrontier) => void;
  readonly onRow?: (row: BinaryRow) => void;
  readonly onProgress?: (rows: number) => void;
  readonly signal?: AbortSignal;
}

const rowsBetweenProgress = 1024;

/**
 * Hashes and links the rows of a file of `RowCodec` lines as a live verification would, in flat memory and without a
 * database. `open` gives the lines from the first; it is called a second time when a finding has to be told apart from
 * another. Guards and the head are no rows: they are not judged.
 *
 * @param what names the file in errors
 * @throws OpsError unreadable-rows, with the number of the line; `InterruptedError` at the signal
 */
export async function verifyRows(
  profile: ChainProfile,
  what: string,
  open: () => AsyncIterable<string>,
  options: VerifyRowsOptions = {},
): Promise<RowsVerification> {
  const base = options.base ?? null;
  const findings = createFindingCollector(options.limitFindings ?? 100, profile);
  const tree = createMerkleFrontier(base === null ? undefined : { size: base.size, nodes: base.frontier });
  const check = createRowCheck(profile);
  const context: WalkContext = {
    check,
    findings,
    frontier: watched(tree, options.onLeaf),
    start: base?.size ?? 0,
    genesis: genesisFor(profile, options.chainId ?? null, base),
    limit: options.limitFindings ?? 100,
    waypoints: createWaypoints(options.waypoints ?? [], base),
  };
  const walk = profile.order === "seq" ? walkSequence(context) : walkLinks(context);
  const isJudged = profile.rules === "custody-v1" && options.isWhole !== false;
  const ledger = isJudged ? createRedactionLedger(check) : null;
  await eachRow(profile, what, open(), options, (row) => {
    walk.onRow(row);
    ledger?.see(row);
    options.onRow?.(row);
  });
  walk.finish();
  const known = await lookAgain(profile, what, open, options, { check, walk, ledger });
  reportLinks(walk.brokenLinks(), known, findings);
  ledger?.report(base, findings);

  const first = findings.first();
  const last = walk.last()?.hash ?? base?.rowHash;
  return {
    rowCount: context.start + walk.rows(),
    treeSize: walk.size(),
    firstBreakId: first?.id ?? "",
    firstBreakPos: first?.position ?? -1,
    verifierWalked: walk.rows(),
    lastHash: last === undefined ? "" : toHex(last),
    rootHash: toHex(tree.root()),
    findings: findings.findings(),
    findingsTotal: findings.total(),
    waypoints: context.waypoints.reached(),
  };
}

async function eachRow(
  profile: ChainProfile,
  what: string,
  lines: AsyncIterable<string>,
  { onProgress, signal }: Pick<VerifyRowsOptions, "onProgress" | "signal">,
  onRow: (row: BinaryRow) => void,
): Promise<void> {
  const codec = createRowCodec(profile);
  let count = 0;
  try {
    for await (const line of lines) {
      onRow(codec.read(line));
      count += 1;
      if (count % rowsBetweenProgress !== 0) continue;
      onProgress?.(count);
      if (signal !== undefined) throwIfInterrupted(signal);
    }
  } catch (error) {
    if (error instanceof RowLineError) throw unreadable(what, count + 1, error);
    if (error instanceof LineError) throw unreadable(what, error.line, error);
    throw error;
  }
  onProgress?.(count);
}

/** Reads the file once more where a broken link or a redaction asks for it. Returns the wanted hashes that a row has. */
async function lookAgain(
  profile: ChainProfile,
  what: string,
  open: () => AsyncIterable<string>,
  { signal }: Pick<VerifyRowsOptions, "signal">,
  {
    check,
    walk,
    ledger,
  }: { readonly check: RowCheck; readonly walk: Walk; readonly ledger: RedactionLedger | null },
): Promise<ReadonlySet<string>> {
  const hashes = new Set(wantedHashes(walk.brokenLinks()));
  const ids = ledger?.wanted() ?? new Set<string>();
  const known = new Set<string>();
  if (hashes.size === 0 && ids.size === 0) return known;
  await eachRow(profile, what, open(), signal === undefined ? {} : { signal }, (row) => {
    check.check(row);
    const hash = toHex(check.now.stored.bytes);
    if (check.verdict.hasStored && hashes.has(hash)) known.add(hash);
    if (ids.size > 0 && ids.has(textField(row, check.idField))) ledger?.look(row);
  });
  return known;
}

function watched(tree: MerkleFrontier, onLeaf: VerifyRowsOptions["onLeaf"]): MerkleFrontier {
  if (onLeaf === undefined) return tree;
  return {
    ...tree,
    push(leaf) {
      onLeaf(leaf, tree.size(), tree);
      tree.push(leaf);
    },
  };
}

function genesisFor(
  profile: ChainProfile,
  chainId: string | null,
  base: ChainMark | null,
): WalkContext["genesis"] {
  if (base !== null) return base.rowHash;
  if (profile.first_prev_hash !== "chain-id") return "none";
  return (chainId === null ? null : genesisOf(chainId)) ?? "unknown";
}

function unreadable(what: string, line: number, cause: Error): OpsError {
  return new OpsError(
    "unreadable-rows",
    `${what}, line ${line} is no row of the chain: ${cause.message}`,
    "check that it is the file that custody wrote, whole and unchanged",
    { cause },
  );
}
