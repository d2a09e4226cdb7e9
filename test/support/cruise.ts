import { Visitor } from "@swc/core/Visitor.js";
import { cruise } from "dependency-cruiser";
import type { ICruiseOptions, ICruiseResult, IForbiddenRuleType, IResolveOptions } from "dependency-cruiser";
import { join } from "node:path";

/**
 * The import rules of `.dependency-cruiser.mjs` over a tree of sources. dependency-cruiser reads TypeScript through
 * swc's visitor, which does not know `using`: it is taught here, and whatever else it does not know is an error, never
 * a module that was silently left out.
 */

interface UsingDeclaration {
  readonly type: "UsingDeclaration";
  readonly decls: Parameters<Visitor["visitVariableDeclarators"]>[0];
}

type Statement = Parameters<Visitor["visitStatement"]>[0];

// oxlint-disable-next-line typescript/unbound-method -- it is called with its own `this` below
const visitKnownStatement = Visitor.prototype.visitStatement;
Visitor.prototype.visitStatement = function visitStatement(
  statement: Statement | UsingDeclaration,
): Statement {
  if (statement.type !== "UsingDeclaration") return visitKnownStatement.call(this, statement);
  this.visitVariableDeclarators(statement.decls);
  return statement as unknown as Statement;
};

interface Rules {
  readonly forbidden: readonly (IForbiddenRuleType & { readonly name: string; readonly comment: string })[];
  readonly options: ICruiseOptions & { readonly enhancedResolveOptions: Partial<IResolveOptions> };
}

const configuration: { readonly default: Rules } = await import(
  join(import.meta.dirname, "../../.dependency-cruiser.mjs")
);
/** Every rule, each with a sentence. */
export const importRules = configuration.default;

export interface Cruised {
  readonly modules: number;
  readonly violations: readonly {
    readonly rule: string;
    readonly comment: string;
    readonly from: string;
    readonly to: string;
  }[];
}

/** Cruises `src` below a folder. Throws when a source cannot be read. */
export async function cruiseSources(root: string): Promise<Cruised> {
  const { forbidden, options } = importRules;
  const { output } = await cruise(
    ["src"],
    { ...options, baseDir: root, ruleSet: { forbidden: [...forbidden] }, validate: true, outputType: "json" },
    options.enhancedResolveOptions,
  );
  const result = (typeof output === "string" ? JSON.parse(output) : output) as ICruiseResult;
  const comments = new Map(forbidden.map((rule) => [rule.name, rule.comment]));
  return {
    modules: result.modules.filter((module) => /^src\/.*(?<!\.d)\.tsx?$/.test(module.source)).length,
    violations: result.summary.violations.map(({ rule, from, to }) => ({
      rule: rule.name,
      comment: comments.get(rule.name) ?? "",
      from,
      to,
    })),
  };
}

if (import.meta.main) {
  const { modules, violations } = await cruiseSources(process.cwd());
  for (const { rule, comment, from, to } of violations)
    console.log(`${from}${from === to ? "" : ` → ${to}`}\n  ${rule}: ${comment}`);
  console.log(`${modules} modules, ${violations.length} violations`);
  process.exit(violations.length === 0 && modules > 0 ? 0 : 1);
}
