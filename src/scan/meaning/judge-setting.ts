import type { Destruction } from "../../destruction/destruction.ts";
import type { Entry, TypeSyntax } from "../syntax/syntax.ts";
import { bareName } from "./program.ts";
import type { Unit } from "./program.ts";

/** What an entry of an object destroys by standing there: `dropSchema: true` of a data source of TypeORM empties it at each start. */
export function judgeSetting({ key, value }: Entry, unit: Unit): Destruction | null {
  const isOn =
    (value.is === "name" || value.is === "text") && value.is === "name" ? /^true$/i.test(value.name) : false;
  if (key !== "dropSchema" || !isOn || unit.family !== "script") return null;
  return { kind: "server", what: "dropSchema: true", names: [], at: 0, certainty: "certain" };
}

/** What a class destroys by what it extends: an initializer of Entity Framework that drops the database when the program starts. */
export function judgeType(
  { above, at }: TypeSyntax,
  unit: Unit,
): { readonly at: number; readonly destruction: Destruction } | null {
  if (unit.family !== "csharp") return null;
  const base = above
    .map((each) => bareName(each).replace(/<.*$/s, ""))
    .find((each) => /^DropCreateDatabase(?:Always|IfModelChanges)$/.test(each));
  return base === undefined
    ? null
    : { at, destruction: { kind: "database", what: base, names: [], at: 0, certainty: "certain" } };
}
