import { OpsError } from "../../errors.ts";
import type { Session } from "../../postgres/connect.ts";
import { quoteIdentifier, quoteLiteral } from "../../postgres/identifiers.ts";
import type { Archive } from "../archive/archive.ts";
import { restoreRoleName } from "./made.ts";
import type { Made } from "./made.ts";
import { tryStatement } from "./run-statement.ts";

/** What a source database was made with, as far as its archive says. */
interface DatabaseShape {
  readonly encoding: string;
  readonly provider: string | null;
  readonly locale: string | null;
  readonly collate: string | null;
  readonly ctype: string | null;
  /** ICU_LOCALE, or BUILTIN_LOCALE. */
  readonly providerLocale: string | null;
  readonly icuRules: string | null;
}

/**
 * Creates the database with the source's encoding and locale, owned by `owner`. Where this server lacks the locale it is
 * made with C, and a note says so: text then sorts differently, its content is the same.
 * What is made is noted in `made`.
 */
export async function createDatabase(
  admin: Session,
  name: string,
  owner: string,
  archive: Archive,
  made: Made,
): Promise<readonly string[]> {
  const shape = readShape(archive);
  const start = `create database ${quoteIdentifier(name)} owner ${quoteIdentifier(owner)} template template0 encoding ${quoteLiteral(shape.encoding)}`;
  made.databases.add(name);
  const first = await tryStatement(admin, `${start}${localeOptions(shape, admin.major)}`);
  if (first === null) {
    await noteIdentity(admin, name, made);
    return [];
  }
  made.databases.delete(name);
  if (first.sqlstate === "42P04" || first.sqlstate === "42501" || first.sqlstate === "53100")
    throw cannotCreate(name, first.message);
  made.databases.add(name);
  const plain = await tryStatement(
    admin,
    `${start} lc_collate 'C' lc_ctype 'C'${admin.major >= 15 ? " locale_provider libc" : ""}`,
  );
  if (plain !== null) {
    made.databases.delete(name);
    throw cannotCreate(name, plain.message);
  }
  await noteIdentity(admin, name, made);
  return [
    `this server lacks the source's locale (${describe(shape)}): the database was made with locale C instead`,
  ];
}

/** On a server that others use nobody comes in before it is whole. */
async function noteIdentity(admin: Session, name: string, made: Made): Promise<void> {
  if (made.oids === null) return;
  const [row] = await admin.sql<{ oid: number }[]>`
    select d.oid::pg_catalog.int8::pg_catalog.float8 as oid from pg_catalog.pg_database d join pg_catalog.pg_roles r on r.oid = d.datdba
     where d.datname = ${name}::name and r.rolname = ${restoreRoleName(made)}::name`;
  if (row !== undefined) made.oids.add(row.oid);
  await admin.sql.unsafe(`revoke all on database ${quoteIdentifier(name)} from public`);
}

function cannotCreate(name: string, message: string): OpsError {
  return new OpsError(
    "scratch-failed",
    `cannot create the database ${name}: ${message}`,
    "check the scratch server and the role's privileges",
  );
}

function readShape(archive: Archive): DatabaseShape {
  const definition = archive.entries.find(({ desc }) => desc === "DATABASE")?.defn ?? "";
  const option = (key: string): string | null =>
    new RegExp(`\\b${key}\\s*=\\s*(?:'((?:[^']|'')*)'|(\\w+))`, "i")
      .exec(definition)
      ?.slice(1)
      .find((value) => value !== undefined) ?? null;
  return {
    encoding: option("ENCODING") ?? archive.encoding ?? "UTF8",
    provider: option("LOCALE_PROVIDER"),
    locale: option("LOCALE"),
    collate: option("LC_COLLATE"),
    ctype: option("LC_CTYPE"),
    providerLocale: option("ICU_LOCALE") ?? option("BUILTIN_LOCALE"),
    icuRules: option("ICU_RULES"),
  };
}

function localeOptions(shape: DatabaseShape, major: number): string {
  const provider = shape.provider ?? "libc";
  const has = (key: string, value: string | null): string =>
    value === null ? "" : ` ${key} ${quoteLiteral(value)}`;
  const providerKey = provider === "icu" ? "icu_locale" : "builtin_locale";
  return [
    major >= 15 ? ` locale_provider ${provider}` : "",
    has("locale", shape.locale),
    has("lc_collate", shape.collate),
    has("lc_ctype", shape.ctype),
    provider === "libc" ? "" : has(providerKey, shape.providerLocale),
    has("icu_rules", shape.icuRules),
  ].join("");
}

function describe(shape: DatabaseShape): string {
  const names = [shape.provider, shape.locale, shape.collate, shape.ctype, shape.providerLocale].filter(
    (text) => text !== null,
  );
  return names.length === 0 ? "unknown" : names.join(", ");
}
