import type { ProxyEvent } from "./events.ts";
import type { ProxyInput } from "./input.ts";

/** What a viewer knows of a proxy. */
export interface ProxyState {
  readonly config: string;
  readonly api: string | null;
  readonly ledger: string | null;
  readonly rows: number | null;
  readonly warnings: readonly string[];
  readonly targets: Extract<ProxyEvent, { type: "proxy-started" }>["targets"];
  readonly listeners: Extract<ProxyEvent, { type: "proxy-started" }>["listeners"];
  /** Event → how often. */
  readonly events: Readonly<Record<string, number>>;
  readonly alarms: number;
  /** Configurations that were taken up while it ran. */
  readonly reloads: number;
}

export function initialProxyState({ config }: ProxyInput): ProxyState {
  return {
    config,
    api: null,
    ledger: null,
    rows: null,
    warnings: [],
    targets: [],
    listeners: [],
    events: {},
    alarms: 0,
    reloads: 0,
  };
}

export function reduceProxy(state: ProxyState, event: ProxyEvent): ProxyState {
  switch (event.type) {
    case "proxy-started":
      return {
        ...state,
        api: event.api,
        ledger: event.ledger,
        targets: event.targets,
        listeners: event.listeners,
      };
    case "drop-moved":
      return { ...state, events: { ...state.events, [event.event]: (state.events[event.event] ?? 0) + 1 } };
    case "ledger-verified":
      return { ...state, rows: event.rows };
    case "alarm":
      return { ...state, alarms: state.alarms + 1 };
    case "reloaded":
      return { ...state, reloads: state.reloads + 1 };
    case "noted":
      // What is told while it runs may be told for months: only what stood at the start is kept.
      return state.api === null && state.ledger === null
        ? { ...state, warnings: [...state.warnings, event.message] }
        : state;
    case "ledger-checkpointed":
    case "facts-lost":
    case "step-started":
    case "step-progressed":
    case "step-finished":
    case "step-failed":
      return state;
  }
}
