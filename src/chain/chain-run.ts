import type { Finding } from "../audit/finding.ts";
import type { StepFact } from "../run/contract.ts";
import type { ChainFacts } from "../audit/open-snapshot.ts";

/** What every run that reads a chain tells, beside what is its own. */
export type ChainRunFact =
  | StepFact
  | { readonly type: "chain-found"; readonly chain: ChainFacts }
  | { readonly type: "finding-made"; readonly finding: Finding };

/** What a viewer keeps of that. */
export interface ChainRunState {
  readonly chain: ChainFacts | null;
  readonly findings: readonly Finding[];
  readonly notes: readonly string[];
}

export const unreadChain: ChainRunState = { chain: null, findings: [], notes: [] };

/** For the facts that a feature's own reducer does not know. */
export function reduceChainRun<State extends ChainRunState>(state: State, event: ChainRunFact): State {
  switch (event.type) {
    case "chain-found":
      return { ...state, chain: event.chain };
    case "finding-made":
      return { ...state, findings: [...state.findings, event.finding] };
    case "noted":
      return { ...state, notes: [...state.notes, event.message] };
    case "step-started":
    case "step-progressed":
    case "step-finished":
    case "step-failed":
      return state;
  }
}

/** The chain as documents name it. */
export function chainDocument(chain: ChainFacts | null): Readonly<Record<string, string>> | null {
  return (
    chain && {
      address: chain.address,
      server_version: chain.serverVersion,
      schema: chain.schema,
      table: chain.table,
      profile: chain.profile,
    }
  );
}
