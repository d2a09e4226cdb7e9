import type { Manifest } from "../manifest.ts";
import type { ChainReading } from "./readings.ts";

/** What a manifest says of a chain. */
export function toManifestChain(chain: ChainReading | null): Manifest["chain"] {
  if (chain === null) return null;
  const { schema, profile, rowCount, headHash, firstBreakId, firstBreakPos, findings } = chain;
  return { schema, profile, rowCount, headHash, firstBreakId, firstBreakPos, findings: [...findings] };
}

/** The same as it was read then. */
export function fromManifestChain(chain: Manifest["chain"]): ChainReading | null {
  return chain === null ? null : { ...chain, walked: chain.rowCount, newestEventAt: null, mark: null };
}
