import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { hole, type Destruction } from "../../../src/destruction/destruction.ts";
import { judge, splitWords } from "./judge.ts";

const kinds = (found: readonly Destruction[]) => found.map(({ kind }) => kind);
describe("a command that destroys", () => {
  test.each([
    // Clients of databases, by option, joined, in a cluster, as an operand.
    ["psql -c DROP~DATABASE~shop", "database"],
    ["/usr/lib/postgresql/16/bin/psql -U postgres --command=DROP~ROLE~shop", "role"],
    ["psql -qAtXc DROP~SCHEMA~s~CASCADE shop", "schema"],
    ["psql -d postgres -c SELECT~1 -c DROP~DATABASE~$", "database"],
    ["psql.exe -cDROP~OWNED~BY~shop", "owned"],
    ["mysql -uroot -psecret -Nse DROP~DATABASE~shop", "database"],
    ["mysql -h db -eDROP~USER~'a'@'%'", "role"],
    ["mariadb --execute=DROP~DATABASE~IF~EXISTS~`shop`", "database"],
    ["sqlcmd -S tcp:db -U sa -P x -b -Q DROP~DATABASE~[Shop]", "database"],
    ["cockroach sql --insecure -e DROP~DATABASE~shop~CASCADE", "database"],
    ["clickhouse-client --query DROP~DATABASE~shop~ON~CLUSTER~c", "database"],
    ["cqlsh db -e DROP~KEYSPACE~shop", "database"],
    ["heroku pg:psql -a shop -c DROP~SCHEMA~public~CASCADE", "schema"],
    ["sqlite3 shop.db DROP~TABLE~t", "table"],
    ["aws ec2 terminate-instances --instance-ids i-1", "server"],
    ["aws rds-data execute-statement --resource-arn a --sql DROP~DATABASE~shop", "database"],
    ["wp db query DROP~DATABASE~shop", "database"],
    // Redis, MongoDB, NATS, queues.
    ["redis-cli FLUSHALL", "flush"],
    ["redis-cli -h cache -p 6379 -a secret -n 1 flushdb async", "flush"],
    ["redis-cli -u redis://cache:6379/0 FLUSHALL", "flush"],
    ["redis-cli --cluster call cache:6379 FLUSHALL", "flush"],
    ["valkey-cli ACL DELUSER shop", "acl-user"],
    ["keydb-cli -h $ FLUSHALL", "flush"],
    ["mongosh shop --quiet --eval db.dropDatabase()", "mongo-database"],
    ["mongo -u root -psecret shop --eval=db.dropUser('shop')", "mongo-user"],
    ["nats stream rm ORDERS -f", "stream"],
    ["nats -s nats://q:4222 stream purge ORDERS --force", "stream"],
    ["nats kv del SESSIONS", "stream"],
    ["rabbitmqctl -p shop delete_queue orders", "stream"],
    ["rabbitmqctl delete_vhost shop", "stream"],
    ["kafka-topics.sh --bootstrap-server b:9092 --delete --topic orders", "stream"],
    ["aws --profile p sqs delete-queue --queue-url u", "stream"],
    ["gcloud pubsub topics delete orders", "stream"],
    // The tools of databases and frameworks.
    ["dropdb --if-exists -h db shop", "server"],
    ["dropuser shop", "server"],
    ["pg_dropcluster 16 main --stop", "server"],
    ["mysqladmin -u root -psecret -f drop shop", "server"],
    ["npx prisma migrate reset --force", "server"],
    ["npx --yes prisma@5.1 db push --force-reset", "server"],
    ["pnpm --filter api exec prisma migrate reset", "server"],
    ["yarn workspace api typeorm schema:drop -d src/data.ts", "server"],
    ["npm run typeorm -- schema:drop", "server"],
    ["ts-node ./node_modules/typeorm/cli.js schema:drop", "server"],
    ["bunx sequelize-cli db:drop", "server"],
    ["bundle exec rails db:drop db:create", "server"],
    ["bin/rails db:reset", "server"],
    ["rake db:drop:all", "server"],
    ["bin/rails db:environment:set RAILS_ENV=test db:drop db:create", "server"],
    ["mvn -B clean flyway:clean flyway:migrate", "server"],
    ["mix ecto.reset", "server"],
    ["php artisan migrate:fresh --seed", "server"],
    ["docker compose exec -T app php artisan db:wipe --force", "server"],
    ["php bin/console doctrine:database:drop --force --if-exists", "server"],
    ["bin/console doctrine:schema:drop --force", "server"],
    ["python3 manage.py flush --no-input", "server"],
    ["poetry run python manage.py reset_db", "server"],
    ["uv run alembic downgrade base", "table"],
    ["flask db downgrade base", "table"],
    ["flyway -url=jdbc:x -user=a clean", "server"],
    ["docker run --rm flyway/flyway:10 clean", "server"],
    ["mvn -Pprod flyway:clean", "server"],
    ["./gradlew flywayClean", "server"],
    ["liquibase --url=x drop-all", "server"],
    ["dotnet ef database drop -f -p Shop", "server"],
    ["migrate -path m -database $ drop -f", "server"],
    ["goose -dir m postgres $ reset", "table"],
    ["sqlx database reset -y", "server"],
    ["cargo sqlx database drop -y", "server"],
    ["diesel database reset", "server"],
    ["supabase db reset --linked", "server"],
    ["knex migrate:rollback --all", "table"],
    // Platforms.
    ["kubectl delete namespace shop", "server"],
    ["kubectl -n shop delete pvc/data-0", "server"],
    ["kubectl --context c delete ns shop --wait=false", "server"],
    ["docker volume rm shop_pgdata", "server"],
    ["docker volume prune -f", "server"],
    ["docker system prune -af --volumes", "server"],
    ["docker compose -f c.yml down --remove-orphans -v", "server"],
    ["docker-compose down --volumes", "server"],
    ["aws rds delete-db-instance --db-instance-identifier x", "server"],
    ["aws --region eu-1 dynamodb delete-table --table-name x", "server"],
    ["gcloud sql instances delete shop --quiet", "server"],
    ["az postgres flexible-server delete -g r -n s --yes", "server"],
    ["doctl databases delete x -f", "server"],
    ["flyctl volumes destroy vol_1", "server"],
    ["heroku pg:reset DATABASE_URL --confirm shop", "server"],
    ["heroku addons:destroy heroku-postgresql", "server"],
    ["terraform destroy -auto-approve", "server"],
    ["rm -rf /var/lib/postgresql/16/main", "server"],
    ["rm -fr /var/lib/mysql/*", "server"],
    // Around them.
    ["sudo -u postgres dropdb shop", "server"],
    ["sudo -u postgres -- psql -c DROP~ROLE~shop", "role"],
    ["env PGPASSWORD=x PGHOST=db psql -c DROP~ROLE~shop", "role"],
    ["nice -n 10 timeout 30 dropdb shop", "server"],
    ["timeout --signal KILL 5m psql -c DROP~ROLE~shop", "role"],
    ["su - postgres -c psql~-c~'DROP~ROLE~shop'", "role"],
    ["runuser -u postgres -- dropdb shop", "server"],
    ["gosu postgres dropdb shop", "server"],
    ["docker exec -it -u postgres db dropdb shop", "server"],
    ["docker run --rm -e PGHOST=db --network n postgres:16 psql -c DROP~ROLE~shop", "role"],
    ["kubectl exec -n data pg-0 -c pg -- psql -c DROP~DATABASE~shop", "database"],
    ["kubectl exec -it pg-0 -- bash -c dropdb~shop", "server"],
    ["oc rsh pg-0 dropdb shop", "server"],
    ["ssh -i key deploy@db dropdb shop", "server"],
    ["ssh db sudo~-u~postgres~psql~-c~'DROP~DATABASE~shop'", "database"],
    ["bash -lc redis-cli~FLUSHALL", "flush"],
    ["sh -exc redis-cli~FLUSHALL", "flush"],
    ["eval dropdb shop", "server"],
    ["watch -n 5 redis-cli FLUSHALL", "flush"],
    ["xargs -I{} dropdb {}", "server"],
    ["xargs -r -n1 dropdb", "server"],
    ["parallel dropdb ::: a b", "server"],
    ["find . -name x -exec psql -c DROP~ROLE~{} ;", "role"],
    ["fly ssh console -a shop -C rails~db:drop", "server"],
    ["heroku run rails db:reset -a shop", "server"],
    ["dotenv -e .env.test -- prisma migrate reset -f", "server"],
    ["cross-env NODE_ENV=test sequelize db:drop", "server"],
    ['vault write database/roles/app revocation_statements=DROP~ROLE~"{{name}}";', "role"],
    // Programs that nobody knows.
    ["compose exec -T db sh -c dropdb~shop", "server"],
    ["add_rollback mysql~-e~'DROP~DATABASE~shop'", "database"],
    ["Invoke-PostgresShell dropdb~--force~shop", "server"],
    ["$ -c DROP~DATABASE~shop", "database"],
    ["$ --execute=DROP~DATABASE~shop", "database"],
    ["run_sql app DROP~DATABASE~shop", "database"],
    ["retry 5 psql -c DROP~DATABASE~shop", "database"],
    ["$ exec db dropdb shop", "server"],
    ["$ --wait=true delete namespace shop", "server"],
    ["$ volume rm shop_data", "server"],
    ["$ down --remove-orphans -v", "server"],
    ["run $ delete pvc data-0", "server"],
    ["run gcloud sql instances delete shop --quiet", "server"],
    ["execute_command docker~volume~rm~shop_data Failed~to~remove~it", "server"],
    ["k8sKubectl delete namespace shop --ignore-not-found", "server"],
    ["run_redis_cli -n 1 FLUSHDB", "flush"],
    // Databases that are asked over HTTP.
    ["curl -G http://influx:8086/query --data-urlencode q=DROP~DATABASE~shop", "database"],
    ["curl -XPOST http://influx:8086/query?q=DROP+DATABASE+shop", "database"],
    ["curl http://clickhouse:8123/?query=DROP%20DATABASE%20shop", "database"],
    ["curl clickhouse:8123 -d DROP~DATABASE~shop", "database"],
    ["curl clickhouse:8123 --data-binary=DROP~DATABASE~shop", "database"],
    ["wget -qO- --post-data=q=DROP~USER~shop http://influx:8086/query", "role"],
  ])("%s", (line, kind) => {
    expect(kinds(judge(splitWords(line))).join(" ")).toBe(kind);
  });

  test.each([
    [["psql"], "DROP DATABASE shop;", "database"],
    [["psql", "-f", "-"], "DROP DATABASE shop;", "database"],
    [["mysql", "-uroot", "-psecret"], "DROP USER a;", "role"],
    [["redis-cli", "-n", "3"], "SELECT 1\nFLUSHDB\n", "flush"],
    [["redis-cli", "--pipe"], "FLUSHALL\r\n", "flush"],
    [["redis-cli", "-x", "ACL", "DELUSER"], "shop", "acl-user"],
    [["mongosh", "mongodb://db/shop"], "db.dropDatabase()\n", "mongo-database"],
    [["sqlplus", "-s", "/", "as", "sysdba"], "PROMPT away\nDROP USER shop CASCADE;\n", "role"],
    [["bash"], "dropdb shop\n", "server"],
    [["sudo", "-u", "postgres", "bash", "-s"], "dropdb shop\n", "server"],
    [["ssh", "db"], "dropdb shop\n", "server"],
    [["su", "-", "postgres"], "dropdb shop\n", "server"],
    [["docker", "exec", "-i", "db", "psql", "-U", "postgres"], "DROP ROLE a;", "role"],
    [["docker", "exec", "-i", "db", "sh", "-c", 'mysql -p"$PASSWORD"'], "DROP DATABASE a;", "database"],
    [["xargs", "-n1", "dropdb"], "a b", "server"],
    [["xargs", "-I", "{}", "psql", "-c", "{}"], "DROP DATABASE a", "database"],
    [["curl", "clickhouse:8123", "--data-binary", "@-"], "DROP DATABASE a", "database"],
    [["nc", "cache", "6379"], "FLUSHALL\r\n", "flush"],
    [["psql"], '\\set db shop\nDROP DATABASE :"db";\n', "database"],
    [["psql"], "\\! dropdb shop\n", "server"],
    [["psql"], "SELECT format('DROP DATABASE %I', datname) FROM pg_database \\gexec\n", "database"],
  ])("%p reads %p", (words, input, kind) => {
    expect(kinds(judge(words, input)).join(" ")).toBe(kind);
  });
});

test("what is found stands at its place in the words joined by spaces, and the input after a line feed", () => {
  const words = ["sudo", "psql", "-c", "SELECT 1; DROP ROLE shop"];
  const [found] = judge(words);
  expect(words.join(" ").slice(found!.at)).toBe("DROP ROLE shop");
  const input = "SELECT 1;\nDROP ROLE shop;";
  const [read] = judge(["sudo", "psql"], input);
  expect(`sudo psql\n${input}`.slice(read!.at)).toBe("DROP ROLE shop;");
  const shell = ["bash", "-c", "true; dropdb shop"];
  expect(shell.join(" ").slice(judge(shell)[0]!.at)).toBe("dropdb shop");
  const fed = judge(["sh", "-c", "psql -d x"], input);
  expect(`sh -c psql -d x\n${input}`.slice(fed[0]!.at)).toBe("DROP ROLE shop;");
});

test("NATS is asked by its subjects too", () => {
  expect(kinds(judge(["nats", "req", "$JS.API.STREAM.DELETE.ORDERS", ""]))).toEqual(["stream"]);
  expect(judge(["nats", "pub", "orders", "$JS.API.STREAM.INFO.ORDERS"])).toEqual([]);
});

test("a value that is put in is shown as one", () => {
  expect(judge(["dropdb", hole])[0]!.names).toEqual(["…"]);
  expect(judge(["kubectl", "delete", "ns", `pr-${hole}${hole}`])[0]!.names).toEqual(["pr-…"]);
});

test("any words and any input are judged", () => {
  const word = fc.oneof(
    fc.string(),
    fc.constantFrom(
      "psql",
      "-c",
      "--",
      "bash",
      "sudo",
      "docker",
      "exec",
      "xargs",
      "-I",
      "find",
      "-exec",
      "mysql",
      hole,
      "DROP DATABASE x",
      "redis-cli",
      "kubectl",
      "run",
      "parallel",
      ":::",
    ),
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 12 }), fc.option(fc.string()), (words, input) => {
      const whole = `${words.join(" ")}\n${input ?? ""}`;
      for (const found of judge(words, input)) {
        expect(found.at).toBeGreaterThanOrEqual(0);
        expect(found.at).toBeLessThanOrEqual(whole.length);
      }
    }),
  );
});
