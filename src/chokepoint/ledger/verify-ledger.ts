import { join } from "node:path";
import {
  checkpointFolder,
  currentOrigin,
  readCheckpointState,
} from "../../audit/checkpoints/checkpoint-state.ts";
import { judgeAgainstLast } from "../../audit/checkpoints/hold-chain-to-sign.ts";
import type { AnchoredVerification } from "../../audit/checkpoints/judge-anchors.ts";
import type { Trust } from "../../audit/checkpoints/read-checkpoint.ts";
import { requireReplayed } from "../../audit/checkpoints/require-replayed.ts";
import { requireCompared } from "../../audit/checkpoints/require-vouched.ts";
import type { SigningKey } from "../../audit/note/signing-key.ts";
import type { VerifierKey } from "../../audit/note/vkey.ts";
import { parseVerifierKey } from "../../audit/note/vkey.ts";
import { openSnapshot } from "../../audit/open-snapshot.ts";
import type { ChainSnapshot } from "../../audit/open-snapshot.ts";
import { readHeads } from "../../audit/read-base.ts";
import { verifyChain } from "../../audit/verify-chain.ts";
import type { ChainMark } from "../../audit/verify-chain.ts";
import { OpsError } from "../../errors.ts";
import { connect } from "../../postgres/connect.ts";
import { keepKnownChain, requireKnownChain } from "./known-chain.ts";
import type { GuardedPlace } from "./known-chain.ts";

/** A ledger, and the key whose checkpoints vouch for it. */
export interface GuardedLedger extends GuardedPlace {
  readonly key: SigningKey;
  /** Of witnesses, and of those who signed before the key. */
  readonly publicKeys: readonly VerifierKey[];
  readonly signal: AbortSignal;
}

export interface VerifiedLedger {
  readonly rows: number;
  /** Hex. */
  readonly rootHash: string;
  /** Rows that the newest own checkpoint vouches for; 0 without one. */
  readonly anchoredRows: number;
  /** What could not be checked, for people. */
  readonly notes: readonly string[];
  /** From where on the next reading may begin. */
  readonly mark: ChainMark | null;
}

/**
 * Reads the whole chain outside of its database and compares it with custody's own newest checkpoint. Throws `chain-broken` for any
 * finding, `chain-changed` where another chain stands in its place, `no-checkpoint`, and what connecting and reading throw.
 */
export async function verifyLedger(ledger: GuardedLedger): Promise<VerifiedLedger> {
  const { signal } = ledger;
  await using snapshot = await openLedgerSnapshot(ledger, "ledger verification");
  const chainId = await chainIdOf(snapshot);
  requireKnownChain(ledger, chainId);
  const base = originOf(ledger, chainId);
  const state = await readCheckpointState(checkpointFolder(chainFolder(ledger), base), base, trustOf(ledger));
  const { last, acceptances, rebaselines } = state;
  const size = await headOf(snapshot);
  const verification = await verifyChain(snapshot.session, snapshot.place, {
    waypoints: [last?.head.size ?? size, ...acceptances.map(({ after }) => after.size)],
    signal,
  });
  const { identity } = snapshot;
  const chain = {
    origin: currentOrigin(base, acceptances),
    last,
    replaced: null,
    acceptances,
    rebaselines,
    identity,
  };
  const judged = judgeAgainstLast(chain, verification);
  requireSound(judged);
  keepKnownChain(ledger, chainId);
  return {
    rows: verification.rowCount,
    rootHash: verification.rootHash,
    anchoredRows: judged.anchoredSize,
    notes: judged.verification.notes,
    mark: verification.waypoints.get(last?.head.size ?? size) ?? null,
  };
}

/** Throws `chain-broken`, `server-behind`, `no-checkpoint`. */
export function requireSound(judged: AnchoredVerification): void {
  const { findings, findingsTotal } = judged.verification;
  const [first] = findings;
  if (findingsTotal > 0) {
    const what =
      first === undefined
        ? ""
        : `: ${first.class} at position ${first.position}${first.id === "" ? "" : ` (event ${first.id})`}, ${first.detail}`;
    throw new OpsError(
      "chain-broken",
      `the ledger does not verify (${findingsTotal === 1 ? "one finding" : `${findingsTotal} findings`})${what}`,
      "keep it as it is and run: custody chain verify, which names every finding; then restore the ledger from its backup",
    );
  }
  requireReplayed(judged);
  requireCompared(
    judged,
    "bring the state folder back as it was: it holds the newest checkpoint of the ledger",
  );
}

export async function openLedgerSnapshot(
  { settings, schema, signal }: GuardedLedger,
  applicationName: string,
): Promise<ChainSnapshot> {
  await using stack = new AsyncDisposableStack();
  const session = stack.use(await connect(settings, { applicationName, signal }));
  const snapshot = await openSnapshot(session, { schema, profile: "custody" });
  if (snapshot === null) {
    throw new OpsError(
      "no-chain",
      `schema ${schema} holds no chain of custody`,
      "open the ledger before it is verified",
    );
  }
  const owned = stack.move();
  return { ...snapshot, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

export async function chainIdOf(snapshot: ChainSnapshot): Promise<string> {
  const heads = await readHeads(snapshot.session, snapshot.place);
  const id = heads?.find((each) => each.key === "1")?.chainId;
  if (typeof id === "string") return id;
  throw new OpsError(
    "chain-broken",
    "the ledger's chain has lost its head, and with it its name",
    "run: custody chain verify; then restore the ledger from its backup",
  );
}

/** How many events the head counts. */
export async function headOf(snapshot: ChainSnapshot): Promise<number> {
  const heads = await readHeads(snapshot.session, snapshot.place);
  return heads?.find((each) => each.key === "1")?.seq ?? 0;
}

export function originOf({ key }: GuardedLedger, chainId: string): string {
  return `${key.name}/${chainId}`;
}

/** Where `custody chain` keeps what was signed of chains: the same rules hold for both. */
export function chainFolder({ stateDir }: GuardedLedger): string {
  return join(stateDir, "chain");
}

export function trustOf({ key, publicKeys }: GuardedLedger): Trust {
  return { keys: [...publicKeys, parseVerifierKey(key.vkey)], policy: null };
}
