import type { Session } from "../postgres/session.ts";
import { readChainVersion } from "./chain-version.ts";
import type { FindingCollector } from "./finding.ts";
import { compareGuards } from "./guards/compare-guards.ts";
import { installedGuards } from "./guards/guards.ts";
import { readExposures } from "./guards/read-exposures.ts";
import { readGuards } from "./guards/read-guards.ts";
import { writerColumns } from "./writer-columns.ts";

/** Compares what guards the chain with what its migration installed. Returns what could not be compared. */
export async function judgeGuards(
  session: Session,
  schema: string,
  findings: FindingCollector,
): Promise<readonly string[]> {
  const report = (detail: string): void =>
    findings.add({ class: "guard-changed", position: -1, id: "", detail });
  const version = await readChainVersion(session, schema);
  const installed = version === null ? undefined : installedGuards[version];
  if (version !== null && installed === undefined) {
    return [
      `the chain is of version ${version}, which this custody does not know: its guards were not compared`,
    ];
  }
  if (installed === undefined) report("function audit_chain_version() is missing or another");
  for (const line of compareGuards(installed ?? latest, await readGuards(session, schema))) report(line);
  for (const line of await readExposures(session, schema, writerColumns)) report(line);
  return [];
}

const latest = Object.values(installedGuards).at(-1) ?? {
  functions: {},
  triggers: {},
  constraints: {},
  columns: {},
};
