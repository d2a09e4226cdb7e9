import type { SqlParser } from "../../postgres/parse-sql.ts";
import type { Destruction } from "../destruction.ts";
import type { Suspicion } from "./is-suspicious.ts";

/** Where a statement stands. */
export interface Setting {
  readonly parse: SqlParser;
  readonly suspicion: Suspicion;
  /** Whether it is part of a function's body, or of a block: then statements begin behind THEN and LOOP, and EXECUTE takes an expression. */
  readonly isBody: boolean;
  /** What the variables hold that statements before it set, and what it sets itself: by name in small letters, without `@`. */
  readonly variables: Map<string, string>;
  /** What a text destroys that it runs, or that is a body. */
  readonly judgeInside: (text: string, isBody: boolean) => readonly Destruction[];
}
