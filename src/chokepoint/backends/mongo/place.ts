import type { Part, Resource } from "../../resource.ts";

/** What a resource names: databases, and users with the databases that may define them. */
export interface Place {
  readonly databases: readonly { readonly part: Part; readonly name: string }[];
  readonly users: readonly { readonly part: Part; readonly name: string; readonly in: readonly string[] }[];
}

/** Canonical and legacy names; users are looked for in `admin`, where provisioners put them, and in the databases themselves. */
export function placeOf({ names }: Resource): Place {
  const databases = (["database", "legacy_database"] as const).flatMap((part) => {
    const name = names[part];
    return name === undefined ? [] : [{ part, name }];
  });
  const where = ["admin", ...databases.map(({ name }) => name)];
  const users = (["user", "legacy_user"] as const).flatMap((part) => {
    const name = names[part];
    return name === undefined ? [] : [{ part, name, in: where }];
  });
  return { databases, users };
}
