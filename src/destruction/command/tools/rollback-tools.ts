import { destroys, type DestroyingCommand } from "../command-table.ts";

const alembic = "-c --config -n --name -x -d --directory -A --app --env-file";
const dotnet = "-p -s -c --project --startup-project --context";
const goose = "-dir -table -timeout -env";
const database = "-path -database -source -lock-timeout --path --database --source";

const allTheWay = (
  program: string,
  operands: string,
  form: { valued?: string; with?: string; without?: string } = {},
): DestroyingCommand => destroys(program, operands, { ...form, kind: "table" });

/**
 * Migrations that are taken back to the first: what drops is each migration's own way back, and most of that is tables. People run them in
 * a day's work, so they are `table`, which no default counts, where a tool's reset of a whole database is `server`.
 */
export const rollbackTools: readonly DestroyingCommand[] = [
  allTheWay("sequelize|sequelize-cli", "db:migrate:undo:all", { valued: "--env --config --url" }),
  allTheWay("knex", "migrate:rollback", { with: "--all", valued: "--knexfile --env --cwd" }),
  allTheWay("yii", "migrate/down|migrate/redo all"),
  allTheWay("console", "doctrine:migrations:migrate|d:m:m first", { valued: "-e --env --em" }),
  allTheWay("phinx", "rollback", { with: "-t=0 --target=0", valued: "-e -t -c -d --environment --target" }),
  allTheWay("manage.py|django-admin", "migrate * zero", {
    valued: "--settings --database",
    without: "--fake --plan",
  }),
  allTheWay("flask|manage.py", "db downgrade base", { valued: alembic, without: "--sql" }),
  allTheWay("alembic", "downgrade base", { valued: alembic, without: "--sql" }),
  allTheWay("dotnet", "ef database update 0", { valued: dotnet }),
  allTheWay("dotnet-ef", "database update 0", { valued: dotnet }),
  allTheWay("Update-Database", "0"),
  allTheWay("migrate", "down", { with: "-all --all", valued: database }),
  allTheWay("goose", "reset", { valued: goose }),
  allTheWay("goose", "* * reset", { valued: goose }),
  allTheWay("goose", "* * down-to 0", { valued: goose }),
  allTheWay("tern", "migrate", { with: "-d=0 --destination=0", valued: "-d --destination -c -m --config" }),
  allTheWay("sea-orm-cli", "migrate reset|refresh", { valued: "-d --migration-dir -u -s --database-url" }),
  allTheWay("sqitch", "revert", {
    with: "-y",
    without: "--to --to-change -t",
    valued: "--to -t --to-change",
  }),
  allTheWay("hasura", "migrate apply", { with: "--down=all", valued: "--down --project --database-name" }),
];
