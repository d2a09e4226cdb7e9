import { describe, expect, test } from "bun:test";
import { judged } from "./judged.ts";

describe("MySQL and MariaDB", () => {
  test.each([
    ["DROP DATABASE `shop`", ["database shop?"]],
    ["DROP DATABASE IF EXISTS `db_§`;", ["database db_…?"]],
    ["DROP SCHEMA IF EXISTS `shop`", ["database shop?"]],
    ["DROP USER 'usr'@'%'", ["role usr@%?"]],
    ["DROP USER IF EXISTS 'a'@'localhost', `b`@`%`", ["role a@localhost b@%?"]],
    ["DROP USER §@'§'", ["role …@…?"]],
    ["DROP USER usr@localhost; FLUSH PRIVILEGES;", ["role usr@localhost?"]],
    ["/*!40000 DROP DATABASE IF EXISTS `shop`*/;", ["database shop?"]],
    ["/*!50003 DROP USER usr */;", ["role usr?"]],
    ["DELETE FROM mysql.user WHERE User = ''", ["catalog mysql.user"]],
    ["DELETE FROM `mysql`.`user` WHERE `User` = ''", ["catalog mysql.user?"]],
    ["UPDATE mysql.user SET Password = PASSWORD('x')", []],
    ["CREATE OR REPLACE DATABASE shop", ["database shop?"]],
    ["DROP DATABASE shop\\G", ["database shop"]],
    ["# DROP DATABASE shop\nSELECT 1", []],
    ["# what goes\nDROP DATABASE `shop`;", ["database shop?"]],
    ["INSERT INTO t VALUES ('it\\'s; DROP DATABASE shop; it\\'s')", []],
    ["INSERT INTO `t` VALUES ('it\\'s'); DROP DATABASE `shop`", ["database shop?"]],
    ['INSERT INTO t VALUES ("a\\"; DROP DATABASE shop; \\"")', []],
    ["INSERT INTO t VALUES ('\\\\'); DROP DATABASE shop", ["database shop"]],
    ["CREATE PROCEDURE p() BEGIN DROP DATABASE shop; DROP USER 'a'@'%'; END", ["database shop", "role a@%?"]],
    [
      "DELIMITER //\nCREATE PROCEDURE p()\nBEGIN\n  DROP DATABASE shop;\nEND//\nDELIMITER ;\n",
      ["database shop"],
    ],
    [
      "DELIMITER $$\nCREATE PROCEDURE p()\nBEGIN\n  DROP DATABASE shop;\nEND $$\nDELIMITER ;\nDROP USER a;",
      ["database shop", "role a"],
    ],
    ["CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO DROP DATABASE shop", ["database shop"]],
    ["SET @s = CONCAT('DROP DATABASE ', name); PREPARE st FROM @s; EXECUTE st;", ["database …"]],
    ["PREPARE st FROM 'DROP DATABASE shop'", ["database shop"]],
    ['PREPARE st FROM "DROP DATABASE `shop`"', ["database shop?"]],
    ["TRUNCATE TABLE `orders`", ["truncate orders?"]],
    ["DELETE FROM `orders`", ["unbounded-delete orders?"]],
    ["DELETE FROM `orders` WHERE id = 1", []],
    ["DELETE FROM `orders` LIMIT 10", []],
    ["ALTER TABLE `orders` DROP COLUMN `total`", ["column orders.total?"]],
    ["ALTER TABLE orders DROP PARTITION p1", ["table orders?"]],
    ["ALTER TABLE `orders` DROP INDEX `i`", []],
    ["ALTER USER 'a'@'%' ACCOUNT LOCK", ["functional a@%?"]],
    ["RENAME USER a TO b", ["functional a?"]],
    ["DROP TEMPORARY TABLE `t`", []],
    ["DROP INDEX `i` ON `t`", []],
  ])("%s", (sql, expected) => {
    expect(judged(sql)).toEqual(expected);
  });
});

describe("SQL Server", () => {
  test.each([
    ["DROP DATABASE [shop]", ["database shop?"]],
    ["DROP DATABASE [shop], [other]", ["database shop other?"]],
    ["DROP LOGIN [DOMAIN\\user]", ["role DOMAIN\\user?"]],
    ["DROP LOGIN usr", ["role usr?"]],
    ["DROP USER IF EXISTS [usr];\nGO\nUSE master;\nDROP LOGIN usr", ["role usr?", "role usr?"]],
    ["USE master\nGO\nDROP DATABASE [shop]\nGO\n", ["database shop?"]],
    ["USE master\ngo\nDROP DATABASE shop\ngo 5\nSELECT 1", ["database shop"]],
    ["USE master DROP DATABASE shop", ["database shop"]],
    ["IF EXISTS (SELECT * FROM sys.databases WHERE name = 'shop') DROP DATABASE [shop]", ["database shop?"]],
    ["IF DB_ID('shop') IS NOT NULL\n  DROP DATABASE shop", ["database shop"]],
    ["IF (SELECT COUNT(*) FROM t) > 0 DROP DATABASE shop", ["database shop"]],
    ["IF @name = 'shop' DROP DATABASE shop", ["database shop"]],
    ["if suser_id(N'usr') is not null drop login [usr]", ["role usr?"]],
    ["IF EXISTS (SELECT 1 FROM a)\nBEGIN\n  DROP LOGIN usr\nEND\nGO", ["role usr?"]],
    [
      "ALTER DATABASE [shop] SET SINGLE_USER WITH ROLLBACK IMMEDIATE;\nDROP DATABASE [shop];",
      ["database shop?"],
    ],
    [
      "ALTER DATABASE [shop] SET SINGLE_USER WITH ROLLBACK IMMEDIATE\nDROP DATABASE [shop]",
      ["database shop?"],
    ],
    ["BEGIN TRY DROP LOGIN usr END TRY BEGIN CATCH PRINT 'x' END CATCH", ["role usr?"]],
    ["CREATE PROCEDURE p AS DROP DATABASE shop", ["database shop"]],
    ["CREATE PROC p @name sysname AS BEGIN EXEC('DROP DATABASE ' + @name) END", ["database …"]],
    ["EXEC('DROP DATABASE \"' + @name + '\"')", ["database …"]],
    ["EXECUTE (N'DROP LOGIN ' + @name)", ["role …?"]],
    [
      "DECLARE @sql nvarchar(max) = N'DROP DATABASE ' + QUOTENAME(@db); EXEC sp_executesql @sql;",
      ["database …"],
    ],
    ["DECLARE @sql nvarchar(max)\nSET @sql = 'DROP DATABASE ' + @db\nEXEC(@sql)", ["database …"]],
    [
      "DECLARE @sql varchar(99)\nSELECT @sql = 'DROP LOGIN ' + @a\nEXEC sp_executesql @stmt = @sql",
      ["role …?"],
    ],
    [
      "SET @use = 'USE ' + @db + CHAR(13)\nSET @sql = @use + 'IF EXISTS (SELECT 1) ' + CHAR(13)\n + CHAR(10) + 'DROP ROLE ' + @r + CHAR(13)\nPRINT(@sql)\nEXEC(@sql)",
      ["role …"],
    ],
    [
      "Set @text = FormatMessage('Begin Try Drop Login %s End Try Begin Catch Print 1 End Catch', @l)\nExecute sp_executesql @text",
      ["role …?"],
    ],
    [
      "Drop schema ops\nDrop user ops\nAlter Server Role r Drop Member ops\nDrop Login ops",
      ["schema ops?", "role ops?", "role ops?"],
    ],
    ["DROP TABLE #scratch", []],
    ["EXEC master..sp_executesql N'DROP DATABASE shop'", ["database shop"]],
    ["EXEC sp_MSforeachdb 'DROP DATABASE [?]'", ["database ??"]],
    ["EXEC sp_droplogin 'usr'", ["role usr?"]],
    ["EXEC sp_droplogin @loginame = N'usr'", ["role usr?"]],
    ["EXEC sp_detach_db 'shop'", ["functional shop?"]],
    ["EXEC xp_cmdshell 'dir'", ["opaque?"]],
    ["EXEC sp_help 'DROP DATABASE shop'", []],
    ["EXEC(@sql)", ["opaque?"]],
    ["ALTER LOGIN usr DISABLE", ["functional usr?"]],
    ["ALTER DATABASE [shop] SET OFFLINE WITH ROLLBACK IMMEDIATE", ["functional shop?"]],
    ["ALTER DATABASE [shop] SET RECOVERY SIMPLE", []],
    ["DROP DATABASE SCOPED CREDENTIAL c", []],
    ["PRINT 'DROP DATABASE shop'", []],
    ["DROP SERVER ROLE r", ["role r?"]],
    ["DROP DATABASE $(name)", ["database …"]],
  ])("%s", (sql, expected) => {
    expect(judged(sql)).toEqual(expected);
  });
});

describe("Oracle", () => {
  test.each([
    ["DROP USER shop CASCADE", ["role shop?"]],
    ["DROP USER c##shop CASCADE;", ["role c##shop?"]],
    [
      "BEGIN\n  EXECUTE IMMEDIATE 'DROP USER ' || u || ' CASCADE';\nEXCEPTION WHEN OTHERS THEN NULL;\nEND;\n/\n",
      ["role …?"],
    ],
    [
      "begin for r in (select role from dba_roles) loop execute immediate 'DROP ROLE ' || r.role; end loop; end;\n/",
      ["role …"],
    ],
    ["EXECUTE IMMEDIATE q'[DROP USER shop]'", ["role shop"]],
    ["BEGIN dbms_utility.exec_ddl_statement('DROP USER shop CASCADE'); END;", ["role shop?"]],
    ["BEGIN EXECUTE IMMEDIATE v_sql; END;", ["opaque?"]],
    ["CREATE OR REPLACE PROCEDURE p IS BEGIN EXECUTE IMMEDIATE 'DROP USER shop'; END;", ["role shop"]],
    ["DROP PLUGGABLE DATABASE p INCLUDING DATAFILES", ["database p?"]],
    ["DROP TABLESPACE t INCLUDING CONTENTS AND DATAFILES", ["tablespace t?"]],
    ["DROP PUBLIC DATABASE LINK l", []],
    ["DROP DATABASE LINK l", []],
    ["BEGIN EXECUTE IMMEDIATE 'DROP USER ' || CHR(34) || u || CHR(34); END;", ["role …"]],
    ["DROP USER &name CASCADE", ["role …?"]],
    ["DROP TABLE t CASCADE CONSTRAINTS PURGE", ["table t?"]],
    ["SELECT q'[it's; DROP USER shop]' FROM dual", []],
    ["SELECT 1 FROM dual\n/\nDROP USER shop\n/\n", ["role shop"]],
  ])("%s", (sql, expected) => {
    expect(judged(sql)).toEqual(expected);
  });
});

describe("others", () => {
  test.each([
    ["DROP KEYSPACE IF EXISTS shop", ["database shop?"]],
    ['DROP KEYSPACE "Shop";', ["database Shop?"]],
    ["DROP DATABASE shop ON CLUSTER main SYNC", ["database shop?"]],
    ["DROP USER usr ON CLUSTER '{cluster}'", ["role usr?"]],
    ["DROP DATABASE IF EXISTS shop CASCADE", ["database shop?"]],
    ["DROP DATABASE IDENTIFIER($name)", ["database …?"]],
    ["DROP DATABASE shop IF EXISTS DESTROY DATA", ["database shop?"]],
    ["DROP SCHEMA IF EXISTS project.dataset CASCADE", ["schema project.dataset?"]],
    ["DROP CATALOG lake CASCADE", ["database lake?"]],
    ["DELETE FROM sqlite_master", ["catalog sqlite_master"]],
    ["DROP WAREHOUSE w", []],
    ["DROP INDEX ON :Label(name)", []],
  ])("%s", (sql, expected) => {
    expect(judged(sql)).toEqual(expected);
  });
});

describe("texts with holes and placeholders", () => {
  test.each([
    ["DROP DATABASE §", ["database …"]],
    ['DROP DATABASE "§"', ["database …"]],
    ["DROP DATABASE '§'", ["database …?"]],
    ["DROP DATABASE `§`", ["database …?"]],
    ["DROP DATABASE [§]", ["database …?"]],
    ["DROP DATABASE IF EXISTS § WITH (FORCE)", ["database …"]],
    ["DROP DATABASE db_§_x", ["database db_…_x"]],
    ["DROP DATABASE §-x", ["database …-x?"]],
    ["DROP DATABASE §.§", ["database ….…?"]],
    ["DROP ROLE §, §", ["role … …"]],
    ["DROP DATABASE shop §", ["database shop?"]],
    ["DROP DATABASE § §", ["database …?"]],
    ["DROP DATABASE § § §", ["database …?"]],
    ['DROP DATABASE § "shop"', ["database shop?"]],
    ["DROP DATABASE§", ["database …?"]],
    ["DROP DATABASE IF EXISTS§", ["database …?"]],
    ["§ DROP DATABASE shop", ["database shop"]],
    ["§DROP DATABASE shop", ["database shop"]],
    ["§drop user 'a'@'%'", ["role a@%?"]],
    ["§dropped database shop", []],
    ["§; DROP ROLE §; §", ["role …"]],
    ["DROP § §", ["opaque?"]],
    ["DROP §", ["opaque?"]],
    ["DROP § IF EXISTS shop", ["opaque?"]],
    ["TRUNCATE §", ["truncate …"]],
    ["DELETE FROM §", ["unbounded-delete …"]],
    ["SET session_replication_role = §", ["disarming"]],
    ["DROP DATABASE %s", ["database …"]],
    ["DROP DATABASE IF EXISTS %[1]s WITH (FORCE)", ["database …"]],
    ["DROP DATABASE %1$I", ["database …"]],
    ["DROP DATABASE %(name)s", ["database …"]],
    ["DROP DATABASE db_%s", ["database db_…"]],
    ['DROP DATABASE "%s"', ["database …"]],
    ["DROP USER '%s'@'%%'", ["role …@%%?"]],
    ["DROP DATABASE {}", ["database …"]],
    ["DROP DATABASE IF EXISTS {name}", ["database …"]],
    ["DROP DATABASE ${name}", ["database …"]],
    ["DROP DATABASE #{name}", ["database …"]],
    ["DROP DATABASE {{ name }}", ["database …"]],
    ["{% if gone %}DROP DATABASE {{ name }};{% endif %}", ["database …"]],
    ["DROP DATABASE <%= name %>", ["database …"]],
    ["DROP DATABASE $1", ["database …"]],
    ["DROP DATABASE ?", ["database …"]],
    ["DROP DATABASE @name", ["database …?"]],
    ["§", []],
    ["§ §", []],
    ["§ DATABASE §", []],
    ["CREATE DATABASE §", []],
  ])("%s", (sql, expected) => {
    expect(judged(sql)).toEqual(expected);
  });
});
