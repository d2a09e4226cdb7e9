import type { Destruction } from "../../destruction/destruction.ts";
import type { Entry } from "../syntax/syntax.ts";
import type { Unit } from "./program.ts";

/** What an entry of an object destroys by standing there: `dropSchema: true` of a data source of TypeORM empties it at each start. */
export function judgeSetting({ key, value }: Entry, unit: Unit): Destruction | null {
  const isOn =
    (value.is === "name" || value.is === "text") && value.is === "name" ? /^true$/i.test(value.name) : false;
  if (key !== "dropSchema" || !isOn || unit.family !== "script") return null;
  return { kind: "server", what: "dropSchema: true", names: [], at: 0, certainty: "certain" };
}
