import type { Entry, Expression, FileSyntax, Statement } from "../../src/scan/syntax/syntax.ts";

/** Syntax as short text, so that a table of tests can be read: one line a statement, a function after the one that holds it. */
export function show(file: FileSyntax): string {
  const lines: string[] = [];
  if (file.package !== null) lines.push(`package ${file.package}`);
  for (const { local, module, exported } of file.imports)
    lines.push(`import ${module} ${exported} as ${local ?? "nothing"}`);
  for (const type of file.types) {
    const fields = type.fields.map(({ name, type: of }) => `${name}: ${of ?? "?"}`).join(", ");
    const above = type.above.length === 0 ? "" : ` < ${type.above.join(", ")}`;
    const methods = type.methods.length === 0 ? "" : ` [${type.methods.join(", ")}]`;
    lines.push(`${type.isInterface ? "interface" : "type"} ${type.name}${above} {${fields}}${methods}`);
  }
  file.functions.forEach((each, index) => {
    if (index > 0) {
      const params = each.params.map(
        ({ name, type, default: value }) =>
          `${name}${type === null ? "" : `: ${type}`}${value === null ? "" : ` = ${showExpression(value)}`}`,
      );
      const marks = each.marks.map((mark) => `@${mark} `).join("");
      const returns = each.returns === null ? "" : ` -> ${each.returns}`;
      const owner = each.owner === null ? "" : ` of ${each.owner}`;
      lines.push(
        `${marks}${each.isExported ? "export " : ""}#${index} ${each.qualified}${owner} in #${each.parent}(${params.join(", ")})${returns}`,
      );
    }
    lines.push(...each.body.map((statement) => `  ${showStatement(statement)}`));
  });
  for (const { text } of file.comments) lines.push(`comment ${text}`);
  if (file.errors.length > 0) lines.push(`errors ${file.errors.join(" ")}`);
  return lines.join("\n");
}

function showStatement(statement: Statement): string {
  if (statement.do !== "set") return `${statement.do} ${showExpression(statement.value)}`;
  const { target, isAppend, isConstant, isExported, type, value } = statement;
  const words = [isExported ? "export" : "", isConstant ? "const" : "set", target ?? "_"].filter(Boolean);
  return `${words.join(" ")}${type === null ? "" : `: ${type}`} ${isAppend ? "+=" : "="} ${showExpression(value)}`;
}

export function showExpression(value: Expression): string {
  switch (value.is) {
    case "text":
      return JSON.stringify(value.text);
    case "join":
      return `join(${all(value.parts)})`;
    case "format":
      return `${value.style}(${[showExpression(value.template), ...value.values.map(showExpression), ...value.named.map(entry)].join(", ")})`;
    case "name":
      return value.name;
    case "member":
      return `${showExpression(value.of)}.${value.name}`;
    case "index":
      return `${showExpression(value.of)}[${showExpression(value.key)}]`;
    case "call": {
      const args = [...value.args.map(showExpression), ...value.named.map(entry)].join(", ");
      return `${value.how === "call" ? "" : `${value.how} `}${showExpression(value.callee)}(${args})`;
    }
    case "list":
      return `[${all(value.items)}]`;
    case "map":
      return `${value.type ?? ""}{${value.entries.map(entry).join(", ")}}`;
    case "function":
      return `#${value.index}`;
    case "choice":
      return `choice(${all(value.options)})`;
    case "compare":
      return `compare(${all(value.sides)})`;
    case "pattern":
      return `/${value.text}/`;
    case "other":
      return value.inside.length === 0 ? "?" : `other(${all(value.inside)})`;
  }
}

const all = (values: readonly Expression[]): string => values.map(showExpression).join(", ");
const entry = ({ key, value }: Entry): string => `${key ?? "?"}: ${showExpression(value)}`;
