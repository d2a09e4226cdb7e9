import { hole, type Destruction } from "../../destruction.ts";
import { programName, type Command } from "../command.ts";

/** Where databases keep what they hold: the folder of all their data, or of one cluster. */
const dataFolder =
  /(?:^|\/)(?:var\/lib\/(?:postgresql|postgres|pgsql|mysql|mariadb|mongodb|mongo|redis|valkey|clickhouse|cassandra|scylla|influxdb|rabbitmq|kafka|couchdb|neo4j|cockroach|nats)|data\/db|bitnami\/(?:postgresql|mysql|mariadb|mongodb|redis))(?:\/(?:data|main|\d+(?:\.\d+)?|pgdata|store|mnesia|jetstream|db|base|userdata|\uE000))*\/?(?:\*|\.\*|\uE000)?$/;
const namedFolder =
  /(?:^|[/\uE000])\.?(?:pgdata|pg_data|pg-data|postgres[-_]data|mysql[-_]data|mongo[-_]data|redis[-_]data)\/?\*?$/i;

/** `rm -rf /var/lib/postgresql/data` and `find … -delete` there. Null when the program removes no files. */
export function judgeRemoval(command: Command): readonly Destruction[] | null {
  const [program, ...rest] = command.words;
  if (program === undefined) return null;
  const name = programName(program);
  const texts = rest.map(({ text }) => text);
  if (name === "find") {
    if (!texts.includes("-delete")) return null;
  } else if (name !== "rm" && name !== "shred") {
    return null;
  } else if (!texts.some((text) => /^-[A-Za-z]*[rR]|^--recursive$/.test(text))) {
    return [];
  }
  const names = texts.filter((text) => !text.startsWith("-") && isDataFolder(text));
  if (names.length === 0) return [];
  return [
    {
      kind: "server",
      what: name === "find" ? "find -delete" : `${name} -r`,
      names: names.map((text) => text.replaceAll(hole, "…")),
      at: program.at,
      certainty: "certain",
    },
  ];
}

/** Whether a path is, or holds, all that a database keeps. */
export function isDataFolder(path: string): boolean {
  return dataFolder.test(path) || namedFolder.test(path);
}
