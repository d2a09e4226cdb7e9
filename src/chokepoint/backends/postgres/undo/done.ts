import type { Names } from "../../../resource.ts";
import type { NewNames } from "./names.ts";

/** Without the parts that there are none of. */
export function asNames({ database, role }: NewNames): Names {
  return { ...(database === null ? {} : { database }), ...(role === null ? {} : { role }) };
}
