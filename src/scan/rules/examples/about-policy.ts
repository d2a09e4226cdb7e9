import type { PolicyRule } from "../../../config/scan-rules.ts";
import type { ExampleFiles, RuleExample } from "../rule.ts";
import { chokepointParts } from "./chokepoint-parts.ts";
import type { ChokepointParts } from "./chokepoint-parts.ts";
import { sqlInCode } from "./sql-in-code.ts";
import { sqlInScripts } from "./sql-in-scripts.ts";
import { statementExamples } from "./sql-statements.ts";

type ChokepointRule = Extract<PolicyRule, "bypass" | "chokepoint-ambiguous" | "nothing-sanctioned">;
type SuppressionRule = Exclude<PolicyRule, ChokepointRule>;

/** The examples of the rules about the chokepoint, in every language of programs. */
export function aboutChokepoint(rule: ChokepointRule): readonly RuleExample[] {
  return chokepointParts.map((parts) => {
    const { language, path, head, guard, drop, through, tail, guardName, dropName } = parts;
    const guarded = { [path]: `${head}${guard}${drop}${through}${tail}` };
    return {
      rule,
      language,
      violation: violationOf(rule, parts, guarded),
      lookAlike: guarded,
      policy: { chokepoint: [guardName], sanctioned: [dropName] },
    };
  });
}

function violationOf(rule: ChokepointRule, parts: ChokepointParts, guarded: ExampleFiles): ExampleFiles {
  const { path, other, head, guard, drop, harmless, through, around, tail } = parts;
  switch (rule) {
    case "bypass":
      return { [path]: `${head}${guard}${drop}${through}${around}${tail}` };
    case "chokepoint-ambiguous":
      return { ...guarded, [other]: `${head.replaceAll("Tenants", "Billing")}${guard}${tail}` };
    case "nothing-sanctioned":
      return { [path]: `${head}${guard}${harmless}${through}${tail}` };
  }
}

const comments: Readonly<Record<SuppressionRule, { readonly wrong: string; readonly right: string }>> = {
  "suppression-malformed": {
    wrong: "custody-allow: only in tests",
    right: "custody-allow: only in tests until 2999-12-31",
  },
  "suppression-expired": {
    wrong: "custody-allow: until the migration is through until 2020-01-31",
    right: "custody-allow: until the migration is through until 2999-12-31",
  },
  "suppression-unused": {
    wrong: "custody-allow: only in tests until 2999-12-31",
    right: "custody-allow: only in tests until 2999-12-31",
  },
};

/** The examples of the rules about suppressions, wherever there are comments. */
export function aboutSuppressions(rule: SuppressionRule): readonly RuleExample[] {
  const { wrong, right } = comments[rule];
  const drop = statementExamples.database;
  const forget = { ...drop, ...drop.harmless };
  const dropping = [...sqlInCode(drop), ...sqlInScripts(drop)];
  const harmless = [...sqlInCode(forget), ...sqlInScripts(forget)];
  return dropping.flatMap(({ language, violation }, index) => {
    if (language === "json") return [];
    const wronged = rule === "suppression-unused" ? (harmless[index]?.violation ?? violation) : violation;
    return [
      {
        rule,
        language,
        violation: withComment(wronged, wrong, language),
        lookAlike: withComment(violation, right, language),
      },
    ];
  });
}

/** Above the line of the call that is handed the statement, or, in what is no program, of the statement. */
function withComment(files: ExampleFiles, comment: string, language: RuleExample["language"]): ExampleFiles {
  const mark = markOf(language);
  return Object.fromEntries(
    Object.entries(files).map(([path, source]) => {
      const lines = source.split("\n");
      const at = lines.findLastIndex((line) => /exec\w*\((?!\))|\.execute\b|query\(|DATABASE/i.test(line));
      const [indent = ""] = /^[ \t]*/.exec(lines[at] ?? "") ?? [];
      const own = language === "makefile" ? "" : indent;
      return [path, lines.toSpliced(at, 0, `${own}${mark} ${comment}`).join("\n")];
    }),
  );
}

function markOf(language: RuleExample["language"]): string {
  switch (language) {
    case "python":
    case "ruby":
    case "shell":
    case "dockerfile":
    case "makefile":
    case "yaml":
    case "terraform":
      return "#";
    case "sql":
      return "--";
    case "go":
    case "typescript":
    case "javascript":
    case "java":
    case "php":
    case "rust":
    case "csharp":
    case "json":
      return "//";
  }
}
