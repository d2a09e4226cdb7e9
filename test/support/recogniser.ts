import { recogniserOf } from "../../src/proxy/sessions/postgres/recogniser-of.ts";
import { sqlParser } from "../../src/postgres/parse-sql.ts";

/** As a session of an application's role has it. */
export const testRecogniser = recogniserOf({
  parse: await sqlParser(),
  isAdmin: false,
  knownFunctions: null,
});
