import type { Redaction } from "../../audit/redact-event.ts";
import { exitCodes } from "../../errors.ts";
import type { ExitCode } from "../../errors.ts";
import { conclude } from "../../run/conclude.ts";
import type { Feature, Outcome, Report, StepFact, SummaryLine } from "../../run/contract.ts";
import { step } from "../../run/step.ts";

export interface RedactInput {
  readonly dbUrl: string;
  /** Null: the one schema that holds a chain. */
  readonly schema: string | null;
  /** Of the event. */
  readonly id: string;
  /** Kept in the chain for ever. */
  readonly reason: string;
  /** Who is said to have done it; null: the session's user. */
  readonly actor: string | null;
}

export interface RedactPorts {
  /** Commits the redaction. Throws `bad-input` for an event that is not there or cannot be redacted. */
  redact(input: RedactInput): Promise<Redaction>;
}

type RedactFact = StepFact | { readonly type: "event-redacted"; readonly redaction: Redaction };
type RedactVerdict = "redacted" | "not-run";

interface RedactState {
  readonly redaction: Redaction | null;
}

/** Erases the details of one event, for good, and has the chain say so. */
export const chainRedact: Feature<RedactInput, RedactPorts, RedactFact, RedactVerdict, RedactState> = {
  command: "chain redact",
  async *run(input, ports) {
    const redaction = yield* step("redact", "Erase the details", () => ports.redact(input), {
      describe: ({ row }) => row.id,
    });
    yield { type: "event-redacted", redaction };
    if (redaction.row.seq === null) {
      yield {
        type: "noted",
        message: "seq and row_hash are not known: this role may redact and not read, or the connection ended",
      };
    }
    return "redacted";
  },
  initial: () => ({ redaction: null }),
  reduce: (state, event) => (event.type === "event-redacted" ? { redaction: event.redaction } : state),
  report,
};

const verdictExitCodes: Readonly<Record<RedactVerdict, ExitCode>> = {
  redacted: exitCodes.good,
  "not-run": exitCodes.couldNotRun,
};

function report({ redaction }: RedactState, outcome: Outcome<RedactVerdict>): Report {
  const { head, document } = conclude("chain redact", outcome, verdictExitCodes, "not-run");
  const number = (text: string | null | undefined): number | null => (text ? Number(text) : null);
  return {
    ...head,
    document: document({
      id: redaction?.row.id ?? null,
      seq: number(redaction?.row.seq),
      row_hash: redaction?.row.rowHash ?? null,
      event: redaction && {
        id: redaction.event.id,
        seq: number(redaction.event.seq),
        row_hash: redaction.event.rowHash,
      },
    }),
    checks: [],
    metrics: [],
    summary: redaction === null ? [] : summarise(redaction),
  };
}

function summarise({ row, event }: Redaction): readonly SummaryLine[] {
  return [
    {
      tone: "warn",
      text: "old row versions (until VACUUM), WAL, backups, bundles, archives and proofs still hold what was erased",
    },
    { tone: "good", text: `REDACTED id=${row.id} seq=${row.seq ?? "?"} event=${event.id}` },
  ];
}
