import type { ParseNode } from "../../../postgres/parse-sql.ts";
import { childOf, childrenOf, constantText, options } from "../tree.ts";
import { judgeBlock } from "./judge-block.ts";
import { restoreName } from "./read-tokens.ts";
import { nothing, unknown } from "./statement-judgement.ts";
import type { StatementJudgement, WireSetting } from "./statement-judgement.ts";

/** What the bodies do that are strings to a statement: of DO, of a function, of a procedure. `judgeTree` speaks of untrusted languages. */
export function judgeBodies(tree: ParseNode, setting: WireSetting): readonly StatementJudgement[] {
  const run = childOf(tree, "DoStmt");
  if (run !== null) {
    const args = options({ options: childrenOf(run, "args") });
    const language = languageOf(args) ?? "plpgsql";
    const bodies = args.filter(({ name }) => name === "as").map(({ value }) => constantText(value));
    return bodies.map((body) =>
      body === null || language !== "plpgsql"
        ? unknown(`DO … LANGUAGE ${language}`)
        : judgeBlock(restoreName(body), setting),
    );
  }
  const definition = childOf(tree, "CreateFunctionStmt");
  if (definition === null) return [];
  const parts = options(definition);
  const language = languageOf(parts) ?? "sql";
  const bodies = parts
    .filter(({ name }) => name === "as")
    .flatMap(({ value }) => (value === null ? [] : textsOf(value)));
  if (language === "plpgsql") return bodies.map((body) => withoutOpaque(judgeBlock(body, setting)));
  if (language !== "sql") return [];
  return bodies.map((body) => withoutOpaque(setting.judgeText(body) ?? nothing));
}

function languageOf(parts: ReturnType<typeof options>): string | null {
  const part = parts.find(({ name }) => name === "language");
  return part === undefined ? null : (constantText(part.value)?.toLowerCase() ?? "…");
}

function textsOf(value: ParseNode): readonly string[] {
  const list = childOf(value, "List");
  const texts = list === null ? [constantText(value)] : childrenOf(list, "items").map(constantText);
  return texts.filter((text) => text !== null).map(restoreName);
}

/** A function that builds its statements is nothing yet: the call of it is. */
function withoutOpaque(judged: StatementJudgement): StatementJudgement {
  return { ...judged, found: judged.found.filter(({ kind }) => kind !== "opaque") };
}
