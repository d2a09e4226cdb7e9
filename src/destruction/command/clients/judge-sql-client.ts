import type { Destruction } from "../../destruction.ts";
import { programName, within, type Command, type CommandPorts, type CommandWord } from "../command.ts";
import { readOptions, valuesOf, type ReadWords } from "../read-options.ts";
import { judgeClientSql } from "./judge-client-sql.ts";
import { sqlClients, type SqlClient } from "./sql-clients.ts";

/** Judges a command of a client that speaks SQL: its arguments and its input. Null when the program is none. */
export function judgeSqlClient(command: Command, ports: CommandPorts): readonly Destruction[] | null {
  const [program, ...rest] = command.words;
  if (program === undefined) return null;
  const name = programName(program);
  for (const client of sqlClients) {
    if (client.path[0] !== name) continue;
    const read = followPath(client, rest);
    if (read === null) continue;
    return judgeBy(client, read, command.input, ports);
  }
  return null;
}

function followPath(client: SqlClient, words: readonly CommandWord[]): ReadWords | null {
  let rest = words;
  for (const name of client.path.slice(1)) {
    const { operands } = readOptions(rest, client.valued, "at-operand");
    if (operands[0]?.text !== name) return null;
    rest = operands.slice(1);
  }
  return readOptions(rest, client.valued);
}

function judgeBy(
  client: SqlClient,
  read: ReadWords,
  input: CommandWord | null,
  ports: CommandPorts,
): readonly Destruction[] {
  const given = [...valuesOf(read, client.sql), ...operandSql(client, read)];
  const judged = given.flatMap((word) => within(word, judgeClientSql(word.text, ports)));
  const readsFile = valuesOf(read, client.files).some(({ text }) => text !== "-" && text !== "/dev/stdin");
  if (input === null || given.length > 0 || readsFile) return judged;
  return within(input, judgeClientSql(input.text, ports));
}

/** SQL that is no option's value: `sqlite3 shop.db "DROP TABLE x"`, `db2 drop database x`. */
function operandSql(client: SqlClient, read: ReadWords): readonly CommandWord[] {
  if (client.operand === null) return [];
  const words = read.operands.slice(client.operand);
  const [first] = words;
  if (first === undefined) return [];
  return client.path[0] === "db2" ? [{ text: words.map(({ text }) => text).join(" "), at: first.at }] : words;
}
