import { hole, type Destruction } from "../destruction.ts";
import { judgeClientSql } from "./clients/judge-client-sql.ts";
import { programName, within, type Command, type CommandPorts, type CommandWord } from "./command.ts";

/** Programs that are told apart wherever they stand in the words of a command that nobody knows. */
const clients: ReadonlySet<string> = new Set(
  "psql mysql mariadb mongosh mongo redis-cli valkey-cli keydb-cli sqlcmd cqlsh clickhouse-client dropdb dropuser prisma".split(
    " ",
  ),
);
const shells: ReadonlySet<string> = new Set(["sh", "bash"]);
const removals: ReadonlySet<string> = new Set(["dropdb", "dropuser"]);
/** `add_rollback "mysql -e …"`, `Invoke-PostgresShell 'dropdb …'`: a name that says that it runs what it is given. */
const runsScripts =
  /rollback|clean|defer|exit|run|exec|try|retry|cmd|command|invoke|shell|sudo|remote|ssh|script|hook|trap|eval|_?as_/i;
const speaksSql =
  /sql|query|postgres|(?:^|[_-])pg|maria|cockroach|clickhouse|cql|(?:^|[_-])db(?:$|[_-])|database/i;
const statement =
  /^\s*(?:drop|truncate|delete|alter|revoke|begin|do|set|select|create|use|grant|with|\\|--|\/\*)\b/i;

/**
 * Judges a command whose program is not known: a variable, a function of another file, a wrapper of one's own. Whatever it finds is
 * likely at most: a client that stands among its words (`retry 5 psql -c …`), or SQL that is handed to what by its name runs SQL
 * (`run_sql "DROP …"`, `$PSQL -c "DROP …"`).
 */
export function judgeUnknownCommand(
  command: Command,
  ports: CommandPorts,
  judge: (guess: Command) => readonly Destruction[],
): readonly Destruction[] {
  const [program, ...rest] = command.words;
  if (program === undefined) return [];
  const client = rest.findIndex((word, index) => isClient(programName(word), rest[index + 1]?.text ?? ""));
  if (client !== -1) {
    return judge({ words: rest.slice(client), input: command.input }).map(asLikely);
  }
  const name = programName(program);
  const scripts = runsScripts.test(name)
    ? rest.filter(({ text }) =>
        clients.has(/^\s*(?:sudo\s+(?:-u\s+\S+\s+)?)?([\w-]+)\s/.exec(text)?.[1] ?? ""),
      )
    : [];
  if (scripts.length > 0) {
    return scripts.flatMap((script) => within(script, ports.judgeScript(script.text)).map(asLikely));
  }
  if (!name.includes(hole) && !speaksSql.test(name)) return [];
  const found = rest
    .map(withoutOption)
    .filter(({ text }) => statement.test(text) && /\s/.test(text))
    .flatMap((word) => within(word, judgeClientSql(word.text, ports)));
  const read =
    command.input !== null && found.length === 0 && statement.test(command.input.text)
      ? within(command.input, judgeClientSql(command.input.text, ports))
      : [];
  return [...found, ...read].map(asLikely);
}

/** `DROP …` of `--execute=DROP …`. */
function withoutOption(word: CommandWord): CommandWord {
  const option = /^--(?:execute|command|query|sql|eval)=\s*/.exec(word.text)?.[0] ?? "";
  return { text: word.text.slice(option.length), at: word.at + option.length };
}

function isClient(name: string, next: string): boolean {
  if (shells.has(name)) return /^-\w*c$/.test(next);
  return clients.has(name) && (!removals.has(name) || (next !== "" && !clients.has(next)));
}

const asLikely = (destruction: Destruction): Destruction => ({ ...destruction, certainty: "likely" });
