import type { Guards } from "./guards.ts";

type Named = Readonly<Record<string, unknown>>;

/**
 * What of the installed guards is gone or another, one line each. What somebody has added does not weaken the chain, but
 * for a trigger that runs before the row is stored: it may change it.
 */
export function compareGuards(installed: Guards, actual: Guards): readonly string[] {
  return [
    ...changes("function", installed.functions, actual.functions),
    ...changes("trigger", installed.triggers, actual.triggers),
    ...changes("constraint", installed.constraints, actual.constraints),
    ...changes("column", installed.columns, actual.columns),
    ...Object.entries(actual.triggers)
      .filter(
        ([name, definition]) =>
          !Object.hasOwn(installed.triggers, name) && / BEFORE | INSTEAD OF /.test(definition),
      )
      .map(([name]) => `trigger ${name} is not of the chain and runs before its rows are stored`),
  ];
}

function changes(kind: string, installed: Named, actual: Named): readonly string[] {
  return Object.entries(installed).flatMap(([name, wanted]) => {
    if (!Object.hasOwn(actual, name)) return [`${kind} ${name} is missing`];
    const found = actual[name];
    if (JSON.stringify(wanted) === JSON.stringify(found)) return [];
    return [`${kind} ${name} is not as installed${difference(wanted, found)}`];
  });
}

/** The facts of a function in words. */
const words: Readonly<Record<keyof Guards["functions"][string], string>> = {
  language: "its language",
  result: "what it returns",
  defaults: "the defaults of its arguments",
  runsAsOwner: "with whose rights it runs",
  isStrict: "whether it is run for NULL",
  volatility: "its volatility",
  settings: "its settings",
  source: "its body",
  isPublic: "whether everybody may call it",
};

/** Of facts with names, the words for those that differ; of a text, the text. */
function difference(wanted: unknown, found: unknown): string {
  if (typeof wanted !== "object" || wanted === null || typeof found !== "object" || found === null) {
    return `: ${String(found)}`;
  }
  const facts = new Map<string, unknown>(Object.entries(found));
  const names = Object.entries(wanted).flatMap(([name, value]) =>
    JSON.stringify(value) === JSON.stringify(facts.get(name)) ? [] : [name],
  );
  const wording = new Map(Object.entries(words));
  return `: ${names.map((name) => wording.get(name) ?? name).join(", ")}`;
}
