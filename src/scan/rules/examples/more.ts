import type { ClientKind } from "./clients.ts";
import type { ExampleFiles, RuleExample } from "../rule.ts";

type More = Omit<RuleExample, "rule">;

const workflow = (command: string): ExampleFiles => ({
  ".github/workflows/reset.yml": `name: reset\non: workflow_dispatch\njobs:\n  reset:\n    runs-on: ubuntu-latest\n    steps:\n      - run: ${command}\n`,
});
const dockerfile = (command: string): ExampleFiles => ({ Dockerfile: `FROM alpine:3.22\nRUN ${command}\n` });
const makefile = (command: string): ExampleFiles => ({ Makefile: `reset:\n\t${command}\n` });
const packageJson = (command: string): ExampleFiles => ({
  "package.json": `${JSON.stringify({ name: "shop", private: true, scripts: { reset: command } }, null, 2)}\n`,
});
const terraform = (command: string): ExampleFiles => ({
  "reset.tf": `resource "null_resource" "reset" {\n  provisioner "local-exec" {\n    command = ${JSON.stringify(command)}\n  }\n}\n`,
});

/** One command in everything that runs commands. */
function inScripts(destroys: string, harmless: string): readonly More[] {
  const of = (language: More["language"], write: (command: string) => ExampleFiles): More => ({
    language,
    violation: write(destroys),
    lookAlike: write(harmless),
  });
  return [
    of("dockerfile", dockerfile),
    of("makefile", makefile),
    of("yaml", workflow),
    of("json", packageJson),
    of("terraform", terraform),
  ];
}

/** What stands where no program does, of the kinds that are no statements of SQL. */
export const moreExamples: Readonly<Record<ClientKind, readonly More[]>> = {
  "acl-user": inScripts("redis-cli ACL DELUSER shop", "redis-cli ACL GETUSER shop"),
  flush: inScripts("redis-cli -h cache FLUSHALL", "redis-cli -h cache PING"),
  keys: inScripts(
    "redis-cli EVAL \"return redis.call('DEL', unpack(redis.call('KEYS', ARGV[1])))\" 0 'tenant:7:*'",
    "redis-cli EVAL \"return redis.call('KEYS', ARGV[1])\" 0 'tenant:7:*'",
  ),
  collection: inScripts(
    "mongosh shop --eval 'db.orders.drop()'",
    "mongosh shop --eval 'db.orders.countDocuments()'",
  ),
  "mongo-database": inScripts("mongosh shop --eval 'db.dropDatabase()'", "mongosh shop --eval 'db.stats()'"),
  "mongo-user": inScripts(
    "mongosh shop --eval 'db.dropUser(\"ann\")'",
    "mongosh shop --eval 'db.getUsers()'",
  ),
  stream: inScripts("nats stream rm ORDERS --force", "nats stream ls"),
  server: inScripts("npx prisma migrate reset --force", "npx prisma migrate deploy"),
};
