import type { SqlParser } from "../../../postgres/parse-sql.ts";
import type { Destruction } from "../../destruction.ts";
import type { DestructionKind } from "../../kinds.ts";
import { judgeSql } from "../../sql/judge-sql.ts";

export interface ClientSqlPorts {
  readonly parseSql: SqlParser;
  readonly judgeScript: (script: string) => readonly Destruction[];
  /** What is asked for; all when it is not said. */
  readonly kinds?: ReadonlySet<DestructionKind> | undefined;
}

/** Lines that SQL*Plus and sqlite3 take for themselves, and that no semicolon ends. */
const clientLine =
  /^[ \t]*(?:(?:prompt|rem|remark|spool|whenever|conn|connect|define|undefine|column|ttitle|btitle|@@?[\w./]+)(?:[ \t][^;\n]*)?|set[ \t]+(?:echo|feedback|feed|serveroutput|define|verify|term|termout|heading|head|pagesize|pages|linesize|lines|trimspool|timing|sqlblanklines|scan|escape|pause|long|tab|wrap)[ \t][^;\n]*|\.(?:read|open|headers|mode|bail|echo|output|timeout|print)(?:[ \t][^\n]*)?)\r?$/gim;
/** What a client hands to a shell: psql's `\!`, mysql's `\!` and `system`. */
const shellLine = /^[ \t]*(?:\\!|system[ \t]+(?=\S+[ \t]+\S))([^\n]*)/gim;

/** Judges what a client of a database is given to read: SQL, and the client's own commands between. Places count from its start. */
export function judgeClientSql(text: string, ports: ClientSqlPorts): readonly Destruction[] {
  const sql = text.replaceAll(clientLine, (line) => line.replaceAll(/[^\r\n]/g, " "));
  const found = [...judgeSql(sql, ports.parseSql, ports.kinds)];
  for (const line of text.matchAll(shellLine)) {
    const script = line[1] ?? "";
    const at = line.index + line[0].length - script.length;
    found.push(...ports.judgeScript(script).map((one) => ({ ...one, at: at + one.at })));
  }
  return found;
}
