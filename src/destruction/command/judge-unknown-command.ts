import { hole, type Destruction } from "../destruction.ts";
import { judgeClientSql } from "./clients/judge-client-sql.ts";
import { programName, within, type Command, type CommandPorts, type CommandWord } from "./command.ts";

/** Programs that are told apart wherever they stand in the words of a command that nobody knows. */
const clients: ReadonlySet<string> = new Set(
  "psql mysql mariadb mongosh mongo redis-cli valkey-cli keydb-cli sqlcmd cqlsh clickhouse-client dropdb dropuser prisma".split(
    " ",
  ),
);
/** Tools that are told apart only behind a name that says that it runs what it is given: what they name is often an option's value. */
const platforms: ReadonlySet<string> = new Set(
  "kubectl oc docker docker-compose podman gcloud aws az doctl heroku terraform tofu terragrunt nats rabbitmqctl rabbitmqadmin".split(
    " ",
  ),
);
/** `k8sKubectl`, `run_redis_cli`: a function that is called after the tool that it runs. */
const calledAfter: readonly (readonly [RegExp, string])[] = [
  [/kubectl$/i, "kubectl"],
  [/(?:redis|valkey)_?cli$/i, "redis-cli"],
  [/docker_?compose$/i, "docker-compose"],
];
/** What the words of a command can only be meant for: `"$KUBECTL" delete namespace x`, `$COMPOSE down -v`. */
const tools: readonly (readonly [RegExp, string])[] = [
  [/^delete (?:namespaces?|ns|pvc|pv|persistentvolume\w*)(?: |$)/, "kubectl"],
  [/^volume (?:rm|prune)(?: |$)|^compose down /, "docker"],
  [/^down (?:--?\w[\w-]* )?(?:-v|--volumes)(?: |$)/, "docker-compose"],
];
const shells: ReadonlySet<string> = new Set(["sh", "bash"]);
const removals: ReadonlySet<string> = new Set(["dropdb", "dropuser"]);
/** `add_rollback "mysql -e …"`, `Invoke-PostgresShell 'dropdb …'`: a name that says that it runs what it is given. */
const runsScripts =
  /rollback|clean|defer|exit|run|exec|try|retry|cmd|command|invoke|shell|sudo|remote|ssh|script|hook|trap|eval|_?as_/i;
/** `run_test "blocks it" "kubectl delete ns x"`, `check_command "terraform destroy"`: what they are given is judged, not run. */
const checks = /test|check|case|expect|deny|block|verif|guard|classif|require|need|exists/i;
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
  const name = programName(program);
  const isRunner = (runsScripts.test(name) && !checks.test(name)) || name.includes(hole);
  const isTool = (tool: string): boolean => clients.has(tool) || (isRunner && platforms.has(tool));
  const client = rest.findIndex((word, index) => {
    const tool = programName(word);
    return isClient(tool, rest[index + 1]?.text ?? "") || (!clients.has(tool) && isTool(tool));
  });
  if (client !== -1) {
    return judge({ words: rest.slice(client), input: command.input }).map(asLikely);
  }
  const named = toolOf(program, rest, isRunner);
  if (named !== null) {
    const found = judge({ words: named, input: command.input });
    if (found.length > 0) return found.map(asLikely);
  }
  const scripts = isRunner
    ? rest.filter(({ text }) => isTool(/^\s*(?:sudo\s+(?:-u\s+\S+\s+)?)?([\w-]+)\s/.exec(text)?.[1] ?? ""))
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

/** The words with the tool in front that a name speaks of, or that words such as `"$KUBECTL" delete namespace x` can only be meant for. */
function toolOf(
  program: CommandWord,
  rest: readonly CommandWord[],
  isRunner: boolean,
): readonly CommandWord[] | null {
  const name = programName(program);
  const [, tool] = calledAfter.find(([pattern, each]) => pattern.test(name) && name !== each) ?? [];
  if (tool !== undefined) return [{ text: tool, at: program.at }, ...rest];
  if (!isRunner) return null;
  const from = rest.findIndex(({ text }) => /^(?:delete|volume|compose|down)$/.test(text));
  const meant = tools.find(
    ([pattern]) =>
      from !== -1 &&
      pattern.test(
        rest
          .slice(from, from + 3)
          .map(({ text }) => text)
          .join(" "),
      ),
  );
  return meant === undefined ? null : [{ text: meant[1], at: program.at }, ...rest.slice(from)];
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
