import { OpsError } from "../errors.ts";
import type { Parameters } from "./keywords.ts";
import { parseKeyValues } from "./key-value-string.ts";
import { parseUri } from "./uri.ts";

/** A libpq URI or a `key=value` string. Throws `bad-usage`; no part of the string but a keyword is ever repeated. */
export function parseConnectionString(text: string): Parameters {
  const scheme = /^\s*([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1];
  if (scheme === "postgres" || scheme === "postgresql") return parseUri(text.trim());
  if (scheme !== undefined && !/^[^:]*=/.test(text)) {
    throw new OpsError(
      "bad-usage",
      `the database URL starts with ${scheme}://, which is not PostgreSQL's`,
      "write postgres://user@host:5432/database",
    );
  }
  if (text.includes("=")) return parseKeyValues(text);
  throw new OpsError(
    "bad-usage",
    "the database URL is neither a postgres:// URL nor key=value pairs nor the word env",
    "write postgres://user@host:5432/database, or host=… dbname=…, or env",
  );
}
