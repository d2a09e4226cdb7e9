import type { LockdownEvent } from "./events.ts";
import type { Finding, Statement } from "./finding.ts";
import type { LockdownInput } from "./input.ts";

export interface ServerState {
  readonly address: string;
  readonly version: string;
  readonly databases: readonly string[];
  readonly exempt: readonly { readonly role: string; readonly why: string }[];
  /** What is open, as it was found last. */
  readonly findings: readonly Finding[];
  readonly hba: { readonly file: string; readonly lines: readonly string[] } | null;
  readonly applied: readonly Statement[];
}

/** What a viewer knows of a run. */
export interface LockdownState {
  readonly mode: LockdownInput["mode"];
  readonly servers: readonly ServerState[];
  readonly others: readonly { readonly title: string; readonly lines: readonly string[] }[];
}

export function initialLockdownState({ mode }: LockdownInput): LockdownState {
  return { mode, servers: [], others: [] };
}

export function reduceLockdown(state: LockdownState, event: LockdownEvent): LockdownState {
  switch (event.type) {
    case "server-examined": {
      const known = state.servers.find(({ address }) => address === event.server);
      const seen = {
        address: event.server,
        version: event.version,
        databases: event.databases,
        exempt: event.exempt,
        findings: [],
        hba: null,
        applied: known?.applied ?? [],
      };
      return known === undefined
        ? { ...state, servers: [...state.servers, seen] }
        : change(state, event.server, () => seen);
    }
    case "opening-found":
      return change(state, event.server, (server) => ({
        ...server,
        findings: [...server.findings, event.finding],
      }));
    case "hba-written":
      return change(state, event.server, (server) => ({
        ...server,
        hba: { file: event.file, lines: event.lines },
      }));
    case "statements-applied":
      return change(state, event.server, (server) => ({
        ...server,
        applied: [...server.applied, ...event.statements],
      }));
    case "rules-written":
      return { ...state, others: [...state.others, { title: event.title, lines: event.lines }] };
    case "examined-again":
    case "step-started":
    case "step-progressed":
    case "step-finished":
    case "step-failed":
    case "noted":
      return state;
  }
}

function change(
  state: LockdownState,
  address: string,
  alter: (server: ServerState) => ServerState,
): LockdownState {
  return {
    ...state,
    servers: state.servers.map((each) => (each.address === address ? alter(each) : each)),
  };
}
