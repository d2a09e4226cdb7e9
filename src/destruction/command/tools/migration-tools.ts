import { destroys, type DestroyingCommand } from "../command-table.ts";

const knex = "--knexfile --env --cwd";
const database = "-path -database -source -prefetch -lock-timeout --path --database --source";
const goose = "-dir -table -timeout -env";
const alembic = "-c --config -n --name -x -d --directory";
const flyway =
  "-url -user -password -configFiles -schemas -locations -X -P -p -pl -f -D? -s --file --projects --settings";
const liquibase =
  "--url --username --password --changelog-file --changeLogFile --defaults-file --defaultsFile --classpath --driver";

/**
 * What a framework's or a migration tool's command destroys: a database, or all that stands in it. A step back by one migration is
 * none of these, and neither is loading a schema into a new database (`rails db:schema:load`, `db:setup`), deleting a file of a
 * migration (`drizzle-kit drop`) or what only prints SQL.
 */
export const migrationTools: readonly DestroyingCommand[] = [
  destroys("prisma", "migrate reset", { valued: "--schema --config" }),
  destroys("prisma", "db push", { with: "--force-reset", valued: "--schema --config" }),
  destroys("typeorm|typeorm-ts-node-commonjs|typeorm-ts-node-esm|typeorm-extension", "schema:drop|db:drop", {
    valued: "-d --dataSource -f --config -c --connection",
  }),
  destroys("sequelize|sequelize-cli", "db:drop|db:migrate:undo:all", { valued: "--env --config --url" }),
  destroys("mikro-orm|mikro-orm-esm", "schema:drop", { with: "--run -r" }),
  destroys("mikro-orm|mikro-orm-esm", "schema:fresh|migration:fresh", {}),
  destroys("knex", "migrate:rollback", { with: "--all", valued: knex }),
  destroys("ace|ace.js|adonis", "db:wipe|migration:fresh|migration:reset|migration:refresh"),
  destroys("payload", "migrate:fresh|migrate:reset|migrate:refresh"),
  destroys("medusa", "db:drop"),
  destroys("supabase", "db reset", { valued: "--db-url --workdir -p --password --version" }),
  destroys("wasp|encore", "db reset"),
  destroys("supabase", "projects|branches delete"),
  destroys(
    "rails|rake",
    "db:drop|db:reset|db:purge|db:drop:all|db:purge:all|db:truncate_all|db:migrate:reset|db:drop:_unsafe|db:seed:replant|db:recreate",
    { valued: "-e -f --rakefile" },
  ),
  destroys("rails|rake", "environment db:drop|db:reset|db:purge|db:migrate:reset", { valued: "-e -f" }),
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
  destroys("yii", "migrate/down|migrate/redo all"),
  destroys("console", "doctrine:database:drop|d:d:d|doctrine:data:drop", {
    valued: "-e --env --connection -c",
  }),
  destroys("console", "doctrine:schema:drop|d:s:d|doctrine:mongodb:schema:drop", {
    with: "--force -f --full-database",
    valued: "-e --env --em",
  }),
  destroys("console", "doctrine:migrations:migrate|d:m:m first", { valued: "-e --env --em" }),
  destroys("doctrine", "orm:schema-tool:drop", { with: "--force" }),
  destroys("phinx", "rollback", { with: "-t=0 --target=0", valued: "-e -t -c -d --environment --target" }),
  destroys("drush", "sql-drop|sql:drop|site-install|site:install|si", { valued: "-l -r --uri --root" }),
  destroys("wp", "db drop|reset|clean", { valued: "--path --url --ssh" }),
  destroys("wp", "site empty"),
  destroys("manage.py", "flush|reset_db|reset_schema|delete_tenant", {
    valued: "--settings --database --pythonpath",
  }),
  destroys("django-admin|django-admin.py", "flush|reset_db", {
    valued: "--settings --database --pythonpath",
  }),
  destroys("manage.py|django-admin", "migrate * zero", {
    valued: "--settings --database",
    without: "--fake --plan",
  }),
  destroys("flask", "db downgrade base", {
    valued: "-A --app -d --directory -x --env-file",
    without: "--sql",
  }),
  destroys("flask", "drop-db|drop_db|dropdb|db drop|db drop_all"),
  destroys("manage.py", "db downgrade base", { without: "--sql" }),
  destroys("alembic", "downgrade base", { valued: alembic, without: "--sql" }),
  destroys("superset|airflow", "db reset"),
  destroys("airflow", "resetdb"),
  destroys("bench", "drop-site", { valued: "--site --root-password --db-root-password" }),
  destroys("bench", "reinstall", { valued: "--site --admin-password --db-root-password" }),
  destroys("flyway|flyway.cmd", "clean", { valued: flyway }),
  destroys("mvn|mvnw|./mvnw", "flyway:clean", { valued: flyway }),
  destroys("liquibase", "drop-all|dropAll", { valued: liquibase }),
  destroys("mvn|mvnw", "liquibase:dropAll", { valued: flyway }),
  destroys("gradle|gradlew", "flywayClean|dropAll|liquibaseDropAll", { valued: "-P? -p -b -D?" }),
  destroys("dotnet", "ef database drop", { valued: "-p -s -c --project --startup-project --context" }),
  destroys("dotnet", "ef database update 0", { valued: "-p -s -c --project --startup-project --context" }),
  destroys("dotnet-ef", "database drop", { valued: "-p -s -c --project --startup-project --context" }),
  destroys("Drop-Database", ""),
  destroys("Update-Database", "0"),
  destroys("migrate", "drop", { valued: database }),
  destroys("migrate", "down", { with: "-all --all", valued: database }),
  destroys("goose", "reset", { valued: goose }),
  destroys("goose", "* * reset", { valued: goose }),
  destroys("goose", "* * down-to 0", { valued: goose }),
  destroys("dbmate", "drop", { valued: "-u -d -s -e -m --url --env --migrations-dir" }),
  destroys("atlas", "schema clean", { valued: "-u --url" }),
  destroys("soda", "drop|reset", { valued: "-c -e -p" }),
  destroys("buffalo", "pop|db drop|reset", { valued: "-c -e -p" }),
  destroys("tern", "migrate", { with: "-d=0 --destination=0", valued: "-d --destination -c -m --config" }),
  destroys("sqlx", "database drop|reset", { valued: "-D --database-url --source" }),
  destroys("cargo", "sqlx database drop|reset", { valued: "-D --database-url --source" }),
  destroys("diesel", "database reset|drop", { valued: "--database-url --config-file --migration-dir" }),
  destroys("sea-orm-cli", "migrate fresh|reset|refresh", {
    valued: "-d --migration-dir -u -s --database-url",
  }),
  destroys("sqitch", "revert", { with: "-y", without: "--to --to-change -t", valued: "--to -t --to-change" }),
  destroys("hasura", "migrate apply", { with: "--down=all", valued: "--down --project --database-name" }),
];
