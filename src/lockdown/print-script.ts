import type { Finding } from "./finding.ts";
import { isPlain, showPlainly } from "./quote.ts";
import type { ServerState } from "./state.ts";
import { ways } from "./ways.ts";

/** A script for psql: what is open, why, and the statement that closes it; what no SQL closes stands in comments. Lines. */
export function printScript(server: ServerState): readonly string[] {
  const databases = [
    ...new Set(server.findings.flatMap(({ statements }) => statements.map((each) => each.database))),
  ];
  const inside = databases.filter((name) => name !== null);
  const closable = server.findings.filter(({ statements }) => statements.length > 0);
  return [
    comment(`custody lockdown, ${server.address}, PostgreSQL ${server.version}`),
    comment("for psql, as a superuser; what is closed already is not here"),
    ...server.exempt.map(({ role, why }) => comment(`exempt: ${role} (${why})`)),
    ...(closable.length === 0 ? [comment("nothing is open that SQL closes")] : ["\\set ON_ERROR_STOP on"]),
    ...inside.flatMap((database) => [
      "",
      ...(isPlain(database)
        ? [`\\connect -reuse-previous=on ${psqlDatabase(database)}`, ...block(server, database)]
        : [comment(`database ${database}: psql cannot be told its name: use custody lockdown --apply`)]),
    ]),
    ...(databases.includes(null) ? ["", comment("the whole server"), ...block(server, null)] : []),
    ...advices(server),
    ...(server.hba === null
      ? []
      : [
          "",
          comment(`${server.hba.file}, at its top; then SELECT pg_reload_conf();`),
          ...server.hba.lines.map((line) => `-- ${line}`),
        ]),
  ];
}

/** One transaction; what cannot stand in one comes behind it. */
function block(server: ServerState, database: string | null): readonly string[] {
  const done = new Set<string>();
  const together: string[] = [];
  const alone: string[] = [];
  let way = "";
  for (const finding of server.findings) {
    const fresh = finding.statements.filter((each) => each.database === database && !done.has(each.sql));
    if (fresh.length === 0) continue;
    const lines = fresh[0]?.isAlone === true ? alone : together;
    if (finding.way !== way) lines.push("", comment(`${finding.way}: ${ways[finding.way]}`));
    way = finding.way;
    lines.push(comment(`${finding.object}: ${finding.reason}`));
    for (const { sql } of fresh) {
      done.add(sql);
      lines.push(...`${sql};`.split("\n"));
    }
  }
  return [...(together.length === 0 ? [] : ["BEGIN;", ...together, "", "COMMIT;"]), ...alone];
}

function advices({ findings }: ServerState): readonly string[] {
  const open = findings.filter((finding): finding is Finding & { advice: string } => finding.advice !== null);
  if (open.length === 0) return [];
  return [
    "",
    comment("what no SQL closes"),
    ...open.map(({ object, reason, advice }) => comment(`${object}: ${reason}: ${advice}`)),
  ];
}

/** A comment ends with its line: nothing in it may begin another. */
function comment(text: string): string {
  return `-- ${showPlainly(text)}`;
}

/** psql takes a connection string, in which a name is quoted; its own quoting stands around that. */
function psqlDatabase(name: string): string {
  const value = name.replaceAll(/['\\]/g, String.raw`\$&`);
  return `"dbname='${value}'"`.replaceAll(/(?<=.)"(?=.)/g, '""');
}
