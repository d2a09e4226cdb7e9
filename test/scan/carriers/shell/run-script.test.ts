import { describe, expect, test } from "bun:test";
import { readShellFile } from "../../../../src/scan/carriers/shell/read-shell-file.ts";
import { carrierPorts } from "../../../support/carrier-ports.ts";
import { tellSites } from "../../../support/tell-sites.ts";

const read = (source: string) => tellSites(source, readShellFile(source, "x.sh", carrierPorts));

describe("what is put together on the way", () => {
  test.each([
    [
      "a command in a variable",
      'c="psql -c \'DROP ROLE a\'"\neval "$c"\nbash -c "$c"\n',
      ["2 role DROP ROLE a", "3 role DROP ROLE a"],
    ],
    [
      "a file that is a process",
      'psql -f <(echo "DROP ROLE a")\nmysql < <(echo "DROP ROLE b")\n',
      ["1 role DROP ROLE a", "2 role DROP ROLE b"],
    ],
    [
      "a file that root writes",
      "sudo tee /tmp/x.sql >/dev/null <<EOF\nDROP ROLE a;\nEOF\nsudo -u postgres psql < /tmp/x.sql\n",
      ["2 role DROP ROLE a"],
    ],
    [
      "answers of MySQL that are run",
      "mysql -Ne \"SELECT CONCAT('DROP DATABASE \\`', n, '\\`;') FROM t\" | mysql\n",
      ["1 database DROP DATABASE …"],
    ],
    [
      "answers that are only kept",
      "psql -Atc \"SELECT 'DROP DATABASE ' || datname FROM pg_database\" | tee list.txt\n",
      [],
    ],
    [
      "lines of a query",
      "psql -Atc \"SELECT format('DROP DATABASE %I;', d) FROM t\" | xargs -I{} psql -c '{}'\n",
      ["1 database DROP DATABASE …"],
    ],
    [
      "code in Python",
      'python3 - <<EOF\ncur.execute("DROP DATABASE a")\nprint("DROP DATABASE b")\nEOF\n',
      ["2 database DROP DATABASE a"],
    ],
    [
      "code in Ruby",
      "bin/rails runner \"ActiveRecord::Base.connection.execute('DROP DATABASE a')\"\n",
      ["1 database DROP DATABASE a"],
    ],
    [
      "code in PHP",
      "php artisan tinker --execute=\"DB::statement('DROP DATABASE a');\"\n",
      ["1 database DROP DATABASE a"],
    ],
    ["a client in code", 'python -c "import redis; redis.Redis().flushall()"\n', ["1 flush .flushall()"]],
  ])("%s", (_name, source, expected) => {
    expect(read(source)).toEqual(expected);
  });
});
