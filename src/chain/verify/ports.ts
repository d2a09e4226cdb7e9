import type { ChainVerification } from "../../audit/verify-chain.ts";
import type { ChainFacts } from "./events.ts";
import type { VerifyInput } from "./input.ts";

export interface VerifyPorts {
  /** Opens the chain in one READ ONLY snapshot. Throws `no-chain`, and what connecting throws. */
  openChain(input: VerifyInput): Promise<OpenChain>;
}

export interface OpenChain extends AsyncDisposable {
  readonly facts: ChainFacts;
  verify(onProgress: (rows: number, total?: number) => void): Promise<ChainVerification>;
}
