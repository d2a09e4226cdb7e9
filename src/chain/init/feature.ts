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
  readonly owner: string;
  /** Whether the role that ran this may act as its owner. */
  readonly isOwn: boolean;
}

export interface InitPorts {
  open(input: InitInput): Promise<ChainInstaller>;
}

export interface ChainInstaller extends AsyncDisposable {
  /** Throws `bad-usage` when one of them is not there. */
  requireRoles(roles: readonly string[]): Promise<void>;
  install(schema: string): Promise<Installed>;
  /** `isOwner`: whether the role may act as the chain's owner. */
  grantAppender(schema: string, role: string): Promise<{ readonly isOwner: boolean }>;
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
  readonly notes: readonly string[];
}

/** Installs the chain or brings it up to date, and lets roles append to it. */
export const chainInit: Feature<InitInput, InitPorts, InitEvent, InitVerdict, InitState> = {
  command: "chain init",
  async *run(input, ports) {
    await using chain = yield* step("connect", "Connect", () => ports.open(input));
    if (input.appenders.length > 0)
      yield* step("roles", "Look for the appenders", () => chain.requireRoles(input.appenders));
    const installed = yield* step("install", "Install the chain", () => chain.install(input.schema), {
      describe: ({ applied }) => (applied.length === 0 ? "it is up to date" : applied.join(", ")),
    });
    yield { type: "chain-installed", installed };
    if (!installed.isOwn) {
      yield {
        type: "noted",
        message: `the chain was there before, and belongs to ${installed.owner}: whoever that is can rewrite all of it`,
      };
    }
    for (const role of input.appenders) {
      const { isOwner } = yield* step(`grant-${role}`, `Let ${role} append`, () =>
        chain.grantAppender(input.schema, role),
      );
      yield { type: "appender-granted", role };
      if (isOwner) {
        yield {
          type: "noted",
          message: `${role} owns the chain, or may act as its owner: it can switch the triggers off and rewrite what it appended; let programs append as another role`,
        };
      }
    }
    return "ready";
  },
  initial: ({ schema }) => ({ schema, installed: null, appenders: [], notes: [] }),
  reduce(state, event) {
    switch (event.type) {
      case "chain-installed":
        return { ...state, installed: event.installed };
      case "appender-granted":
        return { ...state, appenders: [...state.appenders, event.role] };
      case "noted":
        return { ...state, notes: [...state.notes, event.message] };
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

function report({ schema, installed, appenders, notes }: InitState, outcome: Outcome<InitVerdict>): Report {
  const { verdict, head, document } = conclude("chain init", outcome, verdictExitCodes, "not-run");
  const version = installed === null ? null : installed.to;
  return {
    ...head,
    document: document({
      schema,
      version_before: installed?.from ?? null,
      version,
      owner: installed?.owner ?? null,
      applied: installed?.applied ?? [],
      appenders,
      notes,
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
