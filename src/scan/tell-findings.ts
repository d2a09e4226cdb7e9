import type { Analysis, CarriedSite } from "./analyse.ts";
import type { PolicyJudgement } from "./calls/judge-policy.ts";
import type { CallEdge } from "./calls/call-graph.ts";
import type { CallStep, Finding, Place as TextPlace, SanctionedSite, UnparsedFile } from "./finding.ts";
import { byPlace } from "./by-place.ts";
import type { Lines } from "./lines.ts";
import { functionAt, namedFunction } from "./meaning/program.ts";
import type { Place } from "./meaning/program.ts";
import type { Confidence, Context, Site } from "./site.ts";

/** A finding before suppressions, severities and fingerprints. */
export type ToldFinding = Omit<Finding, "severity" | "fingerprint">;

export interface Told {
  readonly findings: readonly ToldFinding[];
  readonly sanctioned: readonly SanctionedSite[];
  /** What the policy should know, and that is no finding. */
  readonly notes: readonly string[];
  readonly unparsed: readonly UnparsedFile[];
}

interface Telling {
  /** The lines of a file of the tree. */
  readonly linesOf: (path: string) => Lines;
  /** Where the policy stands, for what is wrong with it. */
  readonly policyPath: string;
  /** How people speak of the chokepoint; null without one. */
  readonly chokepoint: string | null;
}

/** Puts an analysis into places, words and call paths. */
export function tellFindings(analysis: Analysis, telling: Telling): Told {
  const findings: ToldFinding[] = analysis.carried.map((site) => tellCarried(site, telling));
  const sanctioned: SanctionedSite[] = [];
  const notes: string[] = [];
  for (const judgement of analysis.judgements) {
    switch (judgement.is) {
      case "violation":
        findings.push(tellViolation(judgement, telling));
        break;
      case "bypass":
        findings.push(tellBypass(judgement, telling));
        break;
      case "sanctioned": {
        const { site, by } = judgement;
        const { kind, what, names } = site;
        sanctioned.push({
          ...placeOf(site.place, site.at, telling),
          kind,
          what,
          names,
          function: functionName(site.place),
          sanctioned_by: by,
        });
        break;
      }
      case "ambiguous":
        findings.push(tellAmbiguous(judgement, telling));
        break;
      case "undefined":
        if (judgement.section === "chokepoint") {
          findings.push(
            tellPolicy(
              "chokepoint-ambiguous",
              `${judgement.entry} is named as the chokepoint, and no function of this tree bears the name`,
              telling,
            ),
          );
        } else
          notes.push(
            `scan.${judgement.section} names ${judgement.entry}, which no function of this tree bears`,
          );
        break;
      case "nothing-sanctioned":
        findings.push(
          tellPolicy(
            "nothing-sanctioned",
            "the policy names sanctioned functions, and no destruction was seen in any: a guard that matches nothing protects nothing",
            telling,
          ),
        );
    }
  }
  const unparsed = [...analysis.tooDeep].map(
    (path) =>
      ({ path, line: null, reason: "gave-up", detail: "it is nested too deep to be followed" }) as const,
  );
  return { findings: findings.toSorted(byPlace), sanctioned: sanctioned.toSorted(byPlace), notes, unparsed };
}

function tellCarried(site: CarriedSite, telling: Telling): ToldFinding {
  const { line, column } = telling.linesOf(site.path).at(site.at);
  return {
    ...describeSite(site),
    path: site.path,
    line,
    column,
    function: site.function ?? "",
    message: sentence(site, null),
    call_path: [],
  };
}

function tellViolation(
  { site, path }: Extract<PolicyJudgement, { is: "violation" }>,
  telling: Telling,
): ToldFinding {
  return {
    ...describeSite(site),
    ...placeOf(site.place, site.at, telling),
    function: functionName(site.place),
    message: sentence(site, telling.chokepoint),
    call_path: path.length === 0 ? [] : tellPath(path, site, telling),
  };
}

function tellBypass(
  { entry, others, path, site, sanctioned }: Extract<PolicyJudgement, { is: "bypass" }>,
  telling: Telling,
): ToldFinding {
  const what = site === null ? "what it destroys" : shown(site);
  return {
    ...(site === null
      ? { kind: null, context: null, what: "", names: [], confidence: confidenceOf(path) }
      : { ...describeSite(site), confidence: confidenceOf(path) }),
    ...placeOf(entry.from, entry.at, telling),
    rule: "bypass",
    function: functionName(entry.from),
    message: `${functionName(entry.to)} is entered here other than through ${telling.chokepoint ?? "the chokepoint"}, and leads to ${what} (sanctioned as ${sanctioned})${orElse(others)}`,
    call_path: tellPath(path, site, telling),
  };
}

/** The other functions that a call on an interface may enter. */
function orElse(others: readonly Place[]): string {
  if (others.length === 0) return "";
  const most = 10;
  const more = others.length - most;
  const names = others.slice(0, most).map(functionName).join(", ");
  return `; the call may as well enter ${names}${more > 0 ? ` and ${more} more` : ""}`;
}

function tellAmbiguous(
  { entry, place, first }: Extract<PolicyJudgement, { is: "ambiguous" }>,
  telling: Telling,
): ToldFinding {
  const there = placeOf(first, functionAt(first).at, telling);
  return {
    ...nothingDestroyed("chokepoint-ambiguous"),
    ...placeOf(place, functionAt(place).at, telling),
    function: functionName(place),
    message: `the policy names ${entry}, and this is a second definition of it (the first is at ${there.path}:${there.line}): write (*Type).${entry}, package.${entry} or path#${entry}`,
  };
}

function tellPolicy(
  rule: "chokepoint-ambiguous" | "nothing-sanctioned",
  message: string,
  { policyPath }: Telling,
): ToldFinding {
  return { ...nothingDestroyed(rule), path: policyPath, line: 1, column: 1, function: "", message };
}

function nothingDestroyed(
  rule: ToldFinding["rule"],
): Pick<ToldFinding, "kind" | "rule" | "context" | "confidence" | "what" | "names" | "call_path"> {
  return { kind: null, rule, context: null, confidence: "high", what: "", names: [], call_path: [] };
}

function describeSite({
  kind,
  what,
  names,
  context,
  confidence,
}: Site): Pick<ToldFinding, "kind" | "rule" | "context" | "confidence" | "what" | "names"> {
  return { kind, rule: kind, context, confidence, what, names };
}

const contextWords: Readonly<Record<Context, string>> = {
  executed: "runs here",
  passed: "is handed to code that this scan cannot see into",
  stored: "is kept here, and nothing that uses it was seen",
  returned: "is returned from here, and nothing that uses it was seen",
  logged: "is logged",
  raised: "is part of an error",
  compared: "is compared",
  matched: "is part of a pattern",
  documented: "is documentation",
  asserted: "is expected by a test",
  parsed: "is parsed",
};

function sentence(site: Site, chokepoint: string | null): string {
  const around = chokepoint === null ? "" : `, and not through ${chokepoint}`;
  return `${shown(site)} ${contextWords[site.context]}${around}`;
}

function shown({ what, names }: Pick<Site, "what" | "names">): string {
  return names.length === 0 ? what : `${what} ${names.join(", ")}`;
}

/** The surest that a way can be said to be is its least sure step. */
function confidenceOf(path: readonly CallEdge[]): Confidence {
  if (path.some(({ label }) => label === "by-name")) return "low";
  return path.some(({ label }) => label !== "exact") ? "medium" : "high";
}

/** Each step is the call that leads on; the last one is the destruction itself. */
function tellPath(
  path: readonly CallEdge[],
  site: (Site & { readonly place: Place }) | null,
  telling: Telling,
): readonly CallStep[] {
  const steps = path.map((edge, index): CallStep => ({
    ...placeOf(edge.from, edge.at, telling),
    function: functionName(edge.from),
    edge: index === 0 ? "entry" : (path[index - 1]?.label ?? "entry"),
  }));
  if (site === null) return steps;
  return [
    ...steps,
    {
      ...placeOf(site.place, site.at, telling),
      function: functionName(site.place),
      edge: path.at(-1)?.label ?? "entry",
    },
  ];
}

function placeOf(place: Place, at: number, { linesOf }: Telling): TextPlace {
  return { path: place.unit.path, ...linesOf(place.unit.path).at(at) };
}

/** The qualified name of the nearest function that has one; empty in the file itself. */
function functionName(place: Place): string {
  const named = namedFunction(place);
  return named === null ? "" : functionAt(named).qualified;
}
