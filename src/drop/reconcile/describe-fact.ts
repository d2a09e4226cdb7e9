import type { OrphanReason, ReconcileFact } from "../../chokepoint/reconcile/facts.ts";
import type { SummaryLine } from "../../run/contract.ts";

const orphans: Readonly<Record<OrphanReason, string>> = {
  "not-destroyed": "is recorded as destroyed, and stands there",
  "fence-lifted": "is fenced, says the ledger, and bears another name: somebody lifted the fence",
  "fence-abandoned":
    "is the fence of a drop that neither destroys it nor brings it back by itself: undo it, or remove it",
  "left-over": "was made for an undo that is over: undo it again, or remove it",
  "fence-without-drop": "is a fence that belongs to no drop of this ledger",
};

/** Why a target was not looked at though it could be. */
export const elsewhere = "another round of it is under way: ask again";

/** One fact, for people. */
export function describeFact(fact: ReconcileFact): SummaryLine {
  switch (fact.type) {
    case "loss-attributed":
      return line("dim", "gone", fact, `by drop ${fact.dropId}`);
    case "loss-unattributed": {
      const witness = fact.witness === null ? "" : `; the server remembers: ${JSON.stringify(fact.witness)}`;
      const related = fact.relatedDropId === null ? "" : `; drop ${fact.relatedDropId} does not explain it`;
      return fact.isCanary
        ? line("dim", "canary", fact, `missed, as it should be${witness}`)
        : line(
            "bad",
            "UNATTRIBUTED",
            fact,
            `seen last at ${fact.lastSeen}, and no drop explains it${related}${witness}`,
          );
    }
    case "drop-orphaned":
      return line(
        "bad",
        "ORPHANED",
        fact,
        `${orphans[fact.reason]}${fact.dropId === null ? "" : ` (drop ${fact.dropId})`}`,
      );
    case "thing-renamed":
      return line("dim", "renamed", fact, `was ${fact.from}`);
    case "thing-changed":
      return line(
        "warn",
        "changed",
        fact,
        "another of the same name, or its rules were changed: this server does not tell",
      );
    case "loss-pending":
      return line(
        "warn",
        "pending",
        fact,
        `gone, and drop ${fact.dropId} is under way: the next round tells`,
      );
    case "round-finished":
      return {
        tone: "plain",
        text: `${"looked at".padEnd(13)}${fact.target}: ${fact.seen} resources${fact.isFirst ? ", for the first time: nobody is accused" : ""}`,
      };
    case "target-unseen":
      return { tone: "bad", text: `${"NOT SEEN".padEnd(13)}${fact.target}: ${fact.error}` };
    case "round-elsewhere":
      return {
        tone: "warn",
        text: `${"elsewhere".padEnd(13)}${fact.target}: ${elsewhere}`,
      };
    case "canary-made":
    case "canary-dropped":
      return {
        tone: "dim",
        text: `${"canary".padEnd(13)}${fact.target}: ${fact.name} ${fact.type === "canary-made" ? "made" : "dropped round the gate"}`,
      };
    case "canary-heard":
      return {
        tone: "good",
        text: `${"canary".padEnd(13)}${fact.target}: ${fact.name} was missed: the alarm works`,
      };
    case "canary-silent":
      return {
        tone: "bad",
        text: `${"SILENT".padEnd(13)}${fact.target}: ${fact.name} was dropped, and nobody missed it`,
      };
  }
}

function line(
  tone: SummaryLine["tone"],
  word: string,
  {
    target,
    part,
    name,
    id,
  }: { readonly target: string; readonly part: string; readonly name: string; readonly id: string },
  rest: string,
): SummaryLine {
  return { tone, text: `${word.padEnd(13)}${target}: ${part} ${name} (${id}) ${rest}` };
}
