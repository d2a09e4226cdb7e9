import { destroys, type DestroyingCommand } from "../command-table.ts";

const database = "-path -database -source -prefetch -lock-timeout --path --database --source";
const flyway =
  "-url -user -password -configFiles -schemas -locations -X -P -p -pl -f -D? -s --file --projects --settings";
const liquibase =
  "--url --username --password --changelog-file --changeLogFile --defaults-file --defaultsFile --classpath --driver";

/**
 * What a framework's or a migration tool's command destroys: a database, or all that stands in it. A step back by one migration is
 * none of these (all the way back: `rollback-tools.ts`), and neither is loading a schema into a new database (`rails db:schema:load`, `db:setup`), deleting a file of a
 * migration (`drizzle-kit drop`) or what only prints SQL.
 */
export const migrationTools: readonly DestroyingCommand[] = [
  destroys("prisma", "migrate reset", { valued: "--schema --config" }),
  destroys("prisma", "db push", { with: "--force-reset", valued: "--schema --config" }),
  destroys("typeorm|typeorm-ts-node-commonjs|typeorm-ts-node-esm|typeorm-extension", "schema:drop|db:drop", {
    valued: "-d --dataSource -f --config -c --connection",
  }),
  destroys("sequelize|sequelize-cli", "db:drop", { valued: "--env --config --url" }),
  destroys("mikro-orm|mikro-orm-esm", "schema:drop", { with: "--run -r" }),
  destroys("mikro-orm|mikro-orm-esm", "schema:fresh|migration:fresh", {}),
  destroys("ace|ace.js|adonis", "db:wipe|migration:fresh|migration:reset|migration:refresh"),
  destroys("payload", "migrate:fresh|migrate:reset|migrate:refresh"),
  destroys("medusa", "db:drop"),
  destroys("supabase", "db reset", { valued: "--db-url --workdir -p --password --version" }),
  destroys("wasp|encore", "db reset"),
  destroys("supabase", "projects|branches delete"),
  destroys(
    "rails|rake",
    "db:drop|db:reset|db:purge|db:drop:*|db:purge:*|db:reset:*|db:truncate_all|db:migrate:reset|db:seed:replant|db:recreate|db:mongoid:drop|db:mongoid:purge",
    { valued: "-e -f --rakefile", isTask: true },
  ),
  destroys("hanami", "db drop", {}),
  destroys("sequel", "*", { with: "--drop" }),
  destroys("mix", "ecto.drop|ecto.reset|event_store.drop|ash_postgres.drop|ash.reset|ash.tear_down", {
    valued: "-r --repo",
  }),
  destroys("artisan", "migrate:fresh|db:wipe|migrate:reset|migrate:refresh|tenants:migrate-fresh", {
    valued: "--database --path --env",
  }),
  destroys("please", "migrate:fresh|db:wipe"),
  destroys("spark", "migrate:refresh"),
  destroys("yii", "migrate/fresh"),
  destroys("console", "doctrine:database:drop|d:d:d|doctrine:data:drop", {
    valued: "-e --env --connection -c",
  }),
  destroys("console", "doctrine:schema:drop|d:s:d|doctrine:mongodb:schema:drop", {
    with: "--force -f --full-database",
    valued: "-e --env --em",
  }),
  destroys("doctrine", "orm:schema-tool:drop", { with: "--force" }),
  destroys("drush", "sql-drop|sql:drop", { valued: "-l -r --uri --root" }),
  destroys("wp", "db drop|reset|clean", { valued: "--path --url --ssh" }),
  destroys("wp", "site empty"),
  destroys("manage.py", "flush|reset_db|reset_schema|delete_tenant", {
    valued: "--settings --database --pythonpath",
  }),
  destroys("django-admin|django-admin.py", "flush|reset_db", {
    valued: "--settings --database --pythonpath",
  }),
  destroys("flask", "drop-db|drop_db|dropdb|db drop|db drop_all"),
  destroys("superset|airflow", "db reset"),
  destroys("airflow", "resetdb"),
  destroys("bench", "drop-site", { valued: "--site --root-password --db-root-password" }),
  destroys("bench", "reinstall", { valued: "--site --admin-password --db-root-password" }),
  destroys("flyway|flyway.cmd", "clean", { valued: flyway, isTask: true }),
  destroys("mvn|mvnw", "flyway:clean", { valued: flyway, isTask: true }),
  destroys("liquibase", "drop-all|dropAll", { valued: liquibase }),
  destroys("mvn|mvnw", "liquibase:dropAll", { valued: flyway, isTask: true }),
  destroys("gradle|gradlew", "flywayClean|dropAll|liquibaseDropAll", {
    valued: "-P? -p -b -D?",
    isTask: true,
  }),
  destroys("dotnet", "ef database drop", { valued: "-p -s -c --project --startup-project --context" }),
  destroys("dotnet-ef", "database drop", { valued: "-p -s -c --project --startup-project --context" }),
  destroys("Drop-Database", ""),
  destroys("migrate", "drop", { valued: database }),
  destroys("dbmate", "drop", { valued: "-u -d -s -e -m --url --env --migrations-dir" }),
  destroys("atlas", "schema clean", { valued: "-u --url" }),
  destroys("soda", "drop|reset", { valued: "-c -e -p" }),
  destroys("buffalo", "pop|db drop|reset", { valued: "-c -e -p" }),
  destroys("sqlx", "database drop|reset", { valued: "-D --database-url --source" }),
  destroys("cargo", "sqlx database drop|reset", { valued: "-D --database-url --source" }),
  destroys("diesel", "database reset|drop", { valued: "--database-url --config-file --migration-dir" }),
  destroys("sea-orm-cli", "migrate fresh", {
    valued: "-d --migration-dir -u -s --database-url",
  }),
];
