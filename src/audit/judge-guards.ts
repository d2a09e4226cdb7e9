import type { Session } from "../postgres/session.ts";
import type { FindingCollector } from "./finding.ts";
import { compareGuards } from "./guards/compare-guards.ts";
import { installedGuards } from "./guards/guards.ts";
import type { Guards } from "./guards/guards.ts";
import { readExposures } from "./guards/read-exposures.ts";
import { readGuards } from "./guards/read-guards.ts";
import { writerColumns } from "./writer-columns.ts";

/** Compares what guards the chain with what its migration installed; `installed` is null where nothing says which one it was. */
export async function judgeGuards(
  session: Session,
  schema: string,
  installed: Guards | null,
  findings: FindingCollector,
): Promise<void> {
  const report = (detail: string): void =>
    findings.add({ class: "guard-changed", position: -1, id: "", detail });
  if (installed === null) report("function audit_chain_version() is missing or another");
  const wanted = installed ?? latest;
  for (const line of compareGuards(wanted, await readGuards(session, schema))) report(line);
  const own = { writerColumns, functions: Object.keys(wanted.functions) };
  for (const line of await readExposures(session, schema, own)) report(line);
}

const latest = Object.values(installedGuards).at(-1) ?? {
  functions: {},
  triggers: {},
  constraints: {},
  columns: {},
};
