import type {
  Entry,
  Expression,
  FileSyntax,
  FunctionSyntax,
  Statement,
} from "../../../../src/scan/syntax/syntax.ts";

/** What was read of a file as short text, one line for each statement: what tests compare. Functions go by their names. */
export function show(syntax: FileSyntax): readonly string[] {
  const { functions } = syntax;
  return functions.flatMap((one, index) => [
    ...(index === 0 ? [] : [showHead(one)]),
    ...one.body.map((statement) => `${index === 0 ? "" : "  "}${showStatement(statement, functions)}`),
  ]);
}

function showHead({ qualified, owner, params, returns, isExported, marks }: FunctionSyntax): string {
  const shown = params.map(({ name, type, default: value }) =>
    [
      shortName(name),
      type === null ? "" : `: ${type}`,
      value === null ? "" : ` = ${showValue(value, [])}`,
    ].join(""),
  );
  return [
    ...marks.map((mark) => `@${mark} `),
    isExported ? "export " : "",
    `function ${qualified}(${shown.join(", ")})`,
    returns === null ? "" : `: ${returns}`,
    owner === null ? "" : ` of ${owner}`,
  ].join("");
}

export function showStatement(statement: Statement, functions: readonly FunctionSyntax[]): string {
  const value = showValue(statement.value, functions);
  if (statement.do !== "set") return `${statement.do} ${value}`;
  const { target, isAppend, isConstant, isExported, type } = statement;
  return [
    isExported ? "export " : "",
    isConstant ? "const " : "",
    target === null ? "?" : shortName(target),
    type === null ? "" : `: ${type}`,
    isAppend ? " += " : " = ",
    value,
  ].join("");
}

export function showValue(value: Expression, functions: readonly FunctionSyntax[]): string {
  const of = (one: Expression): string => showValue(one, functions);
  const all = (many: readonly Expression[]): string => many.map(of).join(", ");
  const entries = (many: readonly Entry[]): string =>
    many.map(({ key, value: one }) => `${key ?? "…"}: ${of(one)}`).join(", ");
  switch (value.is) {
    case "text":
      return JSON.stringify(value.text);
    case "join":
      return `join(${all(value.parts)})`;
    case "format":
      return `format(${of(value.template)})`;
    case "name":
      return shortName(value.name);
    case "member":
      return `${of(value.of)}.${value.name}`;
    case "index":
      return `${of(value.of)}[${of(value.key)}]`;
    case "call": {
      const named = value.named.length === 0 ? "" : `; ${entries(value.named)}`;
      const how = value.how === "call" ? "" : `${value.how} `;
      return `${how}${of(value.callee)}(${all(value.args)}${named})`;
    }
    case "list":
      return `[${all(value.items)}]`;
    case "map":
      return `{${entries(value.entries)}}`;
    case "function":
      return `function ${functions[value.index]?.qualified ?? "?"}`;
    case "choice":
      return `(${value.options.map(of).join(" | ")})`;
    case "compare":
      return `compare(${all(value.sides)})`;
    case "pattern":
      return value.text;
    case "other":
      return `other(${all(value.inside)})`;
  }
}

/** The name of what has none, without where it stands. */
function shortName(name: string): string {
  return name.replace(/^#\d+$/, "#");
}
