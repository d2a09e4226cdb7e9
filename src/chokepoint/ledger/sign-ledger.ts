import { holdChainToSign, judgeAgainstLast } from "../../audit/checkpoints/hold-chain-to-sign.ts";
import type { ChainMark } from "../../audit/verify-chain.ts";
import { OpsError } from "../../errors.ts";
import { fromHex } from "../../run/sha256.ts";
import { requireKnownChain } from "./known-chain.ts";
import {
  chainFolder,
  chainIdOf,
  headOf,
  openLedgerSnapshot,
  originOf,
  requireSound,
  trustOf,
} from "./verify-ledger.ts";
import type { GuardedLedger } from "./verify-ledger.ts";

/** What was signed, and what the witnesses said. */
export interface SignedLedger {
  readonly size: number;
  /** Hex. */
  readonly rootHash: string;
  readonly witnessedBy: readonly string[];
  readonly refusals: readonly OpsError[];
  /** From where on the next reading may begin. */
  readonly mark: ChainMark | null;
}

/**
 * Reads the chain, from a mark on where one is given and no witness is asked, requires that it extends what the key signed last, and
 * signs it. Null where that was signed already. Throws as `verifyLedger`, and `state-in-use` while another process signs.
 */
export async function signLedger(
  ledger: GuardedLedger,
  options: { readonly since: ChainMark | null; readonly witnesses: readonly string[] },
): Promise<SignedLedger | null> {
  const { key, signal } = ledger;
  const { witnesses } = options;
  await using held = await holdChainToSign({
    key,
    trust: trustOf(ledger),
    stateDir: chainFolder(ledger),
    base: await findOrigin(ledger),
    readReplaced: () => Promise.resolve(null),
    open: () => openLedgerSnapshot(ledger, "ledger checkpoint"),
    isWitnessed: witnesses.length > 0,
    signal,
  });
  const verification = await held.verify(() => undefined, {
    // What the last one vouches for must be reached, to be compared.
    since:
      options.since !== null && held.last !== null && options.since.size > held.last.head.size
        ? null
        : options.since,
    waypoints: [await headOf(held.snapshot)],
  });
  requireSound(judgeAgainstLast(held, verification));
  const size = verification.treeSize;
  if (size === 0 || size === held.last?.head.size) return null;
  const root = fromHex(verification.rootHash) ?? new Uint8Array(0);
  let signed = await held.sign({ origin: held.origin, size, root });
  const witnessedBy: string[] = [];
  const refusals: OpsError[] = [];
  for (const url of witnesses) {
    try {
      signed = await held.witness(url, signed);
      witnessedBy.push(URL.parse(url)?.host ?? "");
    } catch (error) {
      if (!(error instanceof OpsError)) throw error;
      refusals.push(error);
    }
  }
  const mark = verification.waypoints.get(size) ?? null;
  return { size, rootHash: verification.rootHash, witnessedBy, refusals, mark };
}

async function findOrigin(ledger: GuardedLedger): Promise<string> {
  await using snapshot = await openLedgerSnapshot(ledger, "ledger checkpoint");
  const chainId = await chainIdOf(snapshot);
  requireKnownChain(ledger, chainId);
  return originOf(ledger, chainId);
}
