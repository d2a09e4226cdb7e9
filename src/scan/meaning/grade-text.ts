import { destructionKinds, scannedByDefault } from "../../destruction/kinds.ts";
import type { DestructionKind } from "../../destruction/kinds.ts";

/** Every destruction of the kinds that count by default has one of these in one of its literals. */
const always =
  /drop|flush(?:all|db|$|\s|_)|swap_?db|del_?user|set_?user|reassign|pg_[a-z]|replicaof|slaveof|maxmemory|\bACL\b|purge|\$JS|JS\.API|STREAM\.(?:MSG\.)?DELETE|SYS\.REQ|\b(?:kubectl|docker|podman|helm|prisma|typeorm|sequelize|rails|rake|artisan|manage\.py|flyway|liquibase|dotnet|aws|gcloud|az|doctl|heroku|fly|flyctl|supabase|nats|rabbitmq\w*|kafka[\w-]*|terraform|tofu|pulumi|alembic|diesel|sqlx|psql|mysql\w*|mariadb|mongo(?:sh|dump|restore)?|redis-cli|valkey-cli|cqlsh|sqlcmd|sqlplus|clickhouse\w*|cockroach|sqlite3|doctrine\S*|migrate\S*|mix\s|rm\s|railway|vault|ddev|wrangler|pscale|neonctl|truncate_all|ecto|d1)\b|hbm2ddl|delete(?:Namespace|Volume|Queue|Stream)/i;
/** Those of the other kinds. */
const sometimes =
  /truncat|delet|alter|set\b|copy|execute|\bexec|\bdo\b|dblink|eval|unlink|\bdel\b|keys|scan|merge|disable|remove|rename|nologin|password|grant|load|program|script/i;
/** Any word that may follow. */
const parts =
  /owned|role|user\b|group|schema|database|login|keyspace|all\b|all$|cascade|force|exists|concurrently|%s|%[vqI]|\{\w*\}|volume|namespace|reset|fresh|delete|down|destroy|config|stream|queue|restrict|by\b/i;

const otherKinds: ReadonlySet<DestructionKind> = new Set(
  destructionKinds.filter((kind) => !scannedByDefault.has(kind)),
);

/** What an expression may have to do with a destruction: nothing, any part of it, the word that it cannot do without. */
export type Grade = 0 | 1 | 2;
export const [none, part, core] = [0, 1, 2] as const;

/** How a text is graded where these kinds count. */
export function createGrading(kinds: ReadonlySet<DestructionKind>): (text: string) => Grade {
  const hasOthers = [...kinds].some((kind) => otherKinds.has(kind));
  return (text) => {
    if (always.test(text) || (hasOthers && sometimes.test(text))) return core;
    return parts.test(text) || sometimes.test(text) ? part : none;
  };
}
