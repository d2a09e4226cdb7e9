import { exitCodes } from "../../errors.ts";
import type { ExitCode } from "../../errors.ts";
import { conclude } from "../../run/conclude.ts";
import type { Feature, Outcome, Report, StepFact } from "../../run/contract.ts";
import { step } from "../../run/step.ts";

export interface InitInput {
  readonly dbUrl: string;
  readonly schema: string;
  /** Roles that may append from now on. */
  readonly appenders: readonly string[];
}

interface Installed {
  /** 0 where there was no chain. */
  readonly from: number;
  readonly to: number;
  readonly applied: readonly string[];
}

export interface InitPorts {
  open(input: InitInput): Promise<ChainInstaller>;
}

export interface ChainInstaller extends AsyncDisposable {
  install(schema: string): Promise<Installed>;
  grantAppender(schema: string, role: string): Promise<void>;
}

type InitEvent =
  | StepFact
  | { readonly type: "chain-installed"; readonly installed: Installed }
  | { readonly type: "appender-granted"; readonly role: string };
type InitVerdict = "ready" | "not-run";

interface InitState {
  readonly schema: string;
  readonly installed: Installed | null;
  readonly appenders: readonly string[];
}

/** Installs the chain or brings it up to date, and lets roles append to it. */
export const chainInit: Feature<InitInput, InitPorts, InitEvent, InitVerdict, InitState> = {
  command: "chain init",
  async *run(input, ports) {
    await using chain = yield* step("connect", "Connect", () => ports.open(input));
    const installed = yield* step("install", "Install the chain", () => chain.install(input.schema), {
      describe: ({ applied }) => (applied.length === 0 ? "it is up to date" : applied.join(", ")),
    });
    yield { type: "chain-installed", installed };
    for (const role of input.appenders) {
      yield* step(`grant-${role}`, `Let ${role} append`, () => chain.grantAppender(input.schema, role));
      yield { type: "appender-granted", role };
    }
    return "ready";
  },
  initial: ({ schema }) => ({ schema, installed: null, appenders: [] }),
  reduce(state, event) {
    switch (event.type) {
      case "chain-installed":
        return { ...state, installed: event.installed };
      case "appender-granted":
        return { ...state, appenders: [...state.appenders, event.role] };
      case "noted":
      case "step-started":
      case "step-progressed":
      case "step-finished":
      case "step-failed":
        return state;
    }
  },
  report,
};

const verdictExitCodes: Readonly<Record<InitVerdict, ExitCode>> = {
  ready: exitCodes.good,
  "not-run": exitCodes.couldNotRun,
};

function report({ schema, installed, appenders }: InitState, outcome: Outcome<InitVerdict>): Report {
  const { verdict, head, document } = conclude("chain init", outcome, verdictExitCodes, "not-run");
  const version = installed === null ? null : installed.to;
  return {
    ...head,
    document: document({
      schema,
      version_before: installed?.from ?? null,
      version,
      applied: installed?.applied ?? [],
      appenders,
    }),
    checks: [],
    metrics: [],
    summary:
      verdict === "not-run"
        ? []
        : [
            {
              tone: "dim",
              text:
                appenders.length === 0
                  ? "next: let a role append: custody chain init --appender ROLE"
                  : "next: custody chain append, or a plain INSERT by that role",
            },
            {
              tone: "good",
              text: `READY schema=${schema} version=${version} applied=${installed?.applied.length ?? 0}`,
            },
          ],
  };
}
