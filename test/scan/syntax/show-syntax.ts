import type {
  Entry,
  Expression,
  FileSyntax,
  FunctionSyntax,
  Statement,
} from "../../../src/scan/syntax/syntax.ts";

/** A file's syntax in a short form that tests can be read in: a line for each import, type, function and statement. */
export function showFile(file: FileSyntax): string {
  const { imports, types, functions } = file;
  return [
    ...(file.package === null ? [] : [`package ${file.package}`]),
    ...imports.map(({ local, module, exported }) => `import ${module} ${exported} as ${local}`),
    ...types.map(
      (type) =>
        `${type.isInterface ? "interface" : "type"} ${type.name}${list(" above", type.above)}` +
        `${list(
          " fields",
          type.fields.map((field) => showTyped(field)),
        )}${list(" methods", type.methods)}`,
    ),
    ...functions.flatMap((each, index) => [
      ...(index === 0 ? [] : [showHead(each, functions)]),
      ...each.body.map((statement) => `${index === 0 ? "" : "  "}${showStatement(statement, functions)}`),
    ]),
    ...file.comments.map(({ text }) => `comment ${text}`),
    ...file.errors.map((at) => `error ${at}`),
  ].join("\n");
}

export function showHead(each: FunctionSyntax, functions: readonly FunctionSyntax[]): string {
  const marks = each.marks.map((mark) => `@${mark} `).join("");
  const params = each.params.map((parameter) => {
    const value = parameter.default === null ? "" : ` = ${showExpression(parameter.default, functions)}`;
    return `${showTyped(parameter)}${value}`;
  });
  const returns = each.returns === null ? "" : `: ${each.returns}`;
  return `${marks}${each.isExported ? "export " : ""}function ${each.name} ${each.qualified}(${params.join(", ")})${returns}`;
}

function showTyped({ name, type }: { readonly name: string; readonly type: string | null }): string {
  return type === null ? name : `${name}: ${type}`;
}

function list(word: string, names: readonly string[]): string {
  return names.length === 0 ? "" : `${word} ${names.join(", ")}`;
}

export function showStatement(statement: Statement, functions: readonly FunctionSyntax[]): string {
  const value = showExpression(statement.value, functions);
  if (statement.do === "run") return value;
  if (statement.do !== "set") return `${statement.do} ${value}`;
  const words = `${statement.isExported ? "export " : ""}${statement.isConstant ? "const " : ""}`;
  const type = statement.type === null ? "" : `: ${statement.type}`;
  return `${words}${statement.target}${type} ${statement.isAppend ? "+=" : "="} ${value}`;
}

export function showExpression(value: Expression, functions: readonly FunctionSyntax[]): string {
  const show = (each: Expression) => showExpression(each, functions);
  const showAll = (all: readonly Expression[]) => all.map(show);
  const showEntries = (entries: readonly Entry[]) =>
    entries.map((entry) => `${entry.key}: ${show(entry.value)}`);
  switch (value.is) {
    case "text":
      return JSON.stringify(value.text);
    case "join":
      return `join(${showAll(value.parts).join(", ")})`;
    case "format":
      return `${value.style}(${[show(value.template), ...showAll(value.values), ...showEntries(value.named)].join(", ")})`;
    case "name":
      return value.name;
    case "member":
      return `${show(value.of)}.${value.name}`;
    case "index":
      return `${show(value.of)}[${show(value.key)}]`;
    case "call": {
      const how = value.how === "call" ? "" : `${value.how} `;
      return `${how}${show(value.callee)}(${[...showAll(value.args), ...showEntries(value.named)].join(", ")})`;
    }
    case "list":
      return `[${showAll(value.items).join(", ")}]`;
    case "map":
      return `${value.type ?? ""}{${showEntries(value.entries).join(", ")}}`;
    case "function":
      return `fn ${functions[value.index]?.qualified ?? "?"}`;
    case "choice":
      return `choice(${showAll(value.options).join(", ")})`;
    case "compare":
      return `compare(${showAll(value.sides).join(", ")})`;
    case "pattern":
      return `/${value.text}/`;
    case "other":
      return value.inside.length === 0 ? "_" : `other(${showAll(value.inside).join(", ")})`;
  }
}
