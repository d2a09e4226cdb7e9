import type { SummaryLine } from "../../run/contract.ts";
import type { LogLevel } from "../../run/shell.ts";
import type { WatchEvent } from "./events.ts";
import type { ChainIdentity } from "./memory.ts";

/** One line for people, for what happens seldom; a check that finds nothing says nothing. */
export function describeWatch(event: WatchEvent): SummaryLine | undefined {
  switch (event.type) {
    case "chain-found": {
      const { schema, table, address, serverVersion, isStandby, profile } = event.chain;
      const server = `PostgreSQL ${serverVersion}${isStandby ? ", standby" : ""}`;
      return line("plain", `chain    ${schema}.${table} of ${address} (${server}), profile ${profile}`);
    }
    case "state-loaded":
      return line("plain", `state    ${event.path}: ${event.rows} rows were verified`);
    case "state-begun":
      return line("plain", `state    ${event.path}: begun now, with a reading of everything`);
    case "state-unwritable":
      return line("bad", `the state cannot be written: ${event.message}`);
    case "check-failed":
      return line("warn", `the chain cannot be verified now (${event.code}): ${event.message}`);
    case "connection-made":
      return line("good", `connected again to ${event.address}${event.isStandby ? " (standby)" : ""}`);
    case "identity-changed":
      return line(
        "warn",
        `the chain goes on elsewhere: ${showIdentity(event.after)}; it was ${showIdentity(event.before)}`,
      );
    case "restore-accepted":
      return line(
        "warn",
        `${event.who} accepted at ${event.at} the restore to ${event.rows} rows, ${event.verified} were verified: ${event.reason}`,
      );
    case "server-behind":
      return line(
        "warn",
        `this standby has ${event.rows} rows, ${event.verified} were verified: it has not replayed so far yet`,
      );
    case "suspicion-raised":
      return line("warn", `everything is read again: ${event.reasons.join("; ")}`);
    case "suspicion-cleared":
      return line("good", "everything was read again, and nothing is wrong");
    case "chain-verified":
      // What is read again and again says what is new of it by its findings.
      if (event.reason !== "first" && event.reason !== "suspicion") return undefined;
      return event.outcome === "clean"
        ? line("good", `all ${event.rows} rows verified, root ${event.root}`)
        : line("bad", `${event.outcome.toUpperCase()}: ${event.findings} findings in ${event.rows} rows`);
    case "finding-made": {
      const { class: name, position, id, detail } = event.finding;
      return line("bad", `${name}  ${position}  ${id === "" ? "" : `${id}: `}${detail}`);
    }
    case "finding-gone":
      return line(
        "good",
        `no more: ${event.finding.class}  ${event.finding.position}  ${event.finding.detail}`,
      );
    case "rows-checked":
    case "block-checked":
    case "noted":
    case "step-started":
    case "step-progressed":
    case "step-finished":
    case "step-failed":
      return undefined;
  }
}

/** What a terminal keeps showing until something else is seen. */
export function liveWatch(event: WatchEvent): string | undefined {
  switch (event.type) {
    case "rows-checked":
      return `Watching: ${event.rows} rows, no findings; verified`;
    case "chain-verified":
      return `Watching: ${event.rows} rows, ${event.findings === 0 ? "no" : event.findings} findings; verified`;
    case "check-failed":
      return `Waiting: ${event.code}; tried`;
    default:
      return undefined;
  }
}

/** What is worth a line in a log, whoever looks at the screen. */
export function severityOf(event: WatchEvent): Extract<LogLevel, "info" | "warn" | "error"> | undefined {
  switch (event.type) {
    case "finding-made":
    case "state-unwritable":
      return "error";
    case "check-failed":
    case "connection-made":
    case "identity-changed":
    case "restore-accepted":
    case "server-behind":
    case "noted":
    case "suspicion-raised":
    case "suspicion-cleared":
    case "finding-gone":
      return "warn";
    case "chain-found":
    case "state-loaded":
    case "state-begun":
    case "chain-verified":
      return "info";
    case "rows-checked":
    case "block-checked":
    case "step-started":
    case "step-progressed":
    case "step-finished":
    case "step-failed":
      return undefined;
  }
}

function showIdentity({ chainId, systemIdentifier, timeline }: ChainIdentity): string {
  return [
    `system ${systemIdentifier ?? "unknown"}`,
    `timeline ${timeline ?? "unknown"}`,
    ...(chainId === null ? [] : [`chain ${chainId}`]),
  ].join(", ");
}

function line(tone: SummaryLine["tone"], text: string): SummaryLine {
  return { tone, text };
}
