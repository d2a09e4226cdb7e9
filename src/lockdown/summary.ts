import type { SummaryLine } from "../run/contract.ts";
import type { LockdownVerdict } from "./events.ts";
import type { Finding } from "./finding.ts";
import { printScript } from "./print-script.ts";
import type { LockdownState, ServerState } from "./state.ts";

const plain = (text: string): SummaryLine => ({ tone: "plain", text });
const dim = (text: string): SummaryLine => ({ tone: "dim", text });

/** What people read: the script, or a finding each with what closes it, and one last line. */
export function summarise(state: LockdownState, verdict: LockdownVerdict): readonly SummaryLine[] {
  if (state.mode === "print")
    return [...state.servers.flatMap((each) => printScript(each).map(plain)), ...rules(state)];
  return [
    ...state.servers.flatMap((each) => describe(each, state.mode)),
    ...rules(state),
    lastLine(state, verdict),
  ];
}

function rules(state: LockdownState): readonly SummaryLine[] {
  return state.others.flatMap(({ title, lines }) => [plain(""), dim(`-- ${title}`), ...lines.map(plain)]);
}

function describe(server: ServerState, mode: LockdownState["mode"]): readonly SummaryLine[] {
  return [
    dim(`${server.address}, PostgreSQL ${server.version}: ${server.databases.length} databases looked into`),
    ...server.exempt.map(({ role, why }) => dim(`exempt     ${role}: ${why}`)),
    ...(mode === "apply" ? [dim(`applied    ${server.applied.length} statements`)] : []),
    ...server.findings.flatMap(findingLines),
    ...(server.hba === null
      ? []
      : [
          dim(`for the top of ${server.hba.file}:`),
          ...server.hba.lines.map((line) => plain(`           ${line}`)),
        ]),
  ];
}

function findingLines({
  way,
  object,
  database,
  reason,
  statements,
  advice,
}: Finding): readonly SummaryLine[] {
  const where =
    database === null || object === `database ${database}` ? object : `${object} in database ${database}`;
  return [
    { tone: "bad", text: `OPEN       ${way}: ${where}: ${reason}` },
    ...closing(statements, advice).map((text): SummaryLine => ({
      tone: "warn",
      text: `           → ${text}`,
    })),
  ];
}

/** What the guard needs is long: it is applied as a whole. */
function closing(statements: Finding["statements"], advice: string | null): readonly string[] {
  if (advice !== null) return [advice];
  if (statements.length > 4)
    return [`${statements.length} statements: custody lockdown prints them, --apply runs them`];
  return statements.map(({ sql }) => `${sql};`);
}

function lastLine(state: LockdownState, verdict: LockdownVerdict): SummaryLine {
  const open = state.servers.flatMap(({ findings }) => findings).length;
  const applied = state.servers.flatMap((each) => each.applied).length;
  const count = state.mode === "apply" ? ` applied=${applied}` : "";
  switch (verdict) {
    case "closed":
      return { tone: "good", text: `CLOSED servers=${state.servers.length}${count}` };
    case "open":
      return { tone: "bad", text: `OPEN findings=${open}${count}` };
    case "printed":
      return { tone: "plain", text: "" };
    case "not-run":
      return { tone: "bad", text: "NOT EXAMINED: see the error" };
  }
}
