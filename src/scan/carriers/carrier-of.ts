import type { Carrier } from "./carrier.ts";
import { readProperties } from "./configuration/read-properties.ts";
import { readToml } from "./configuration/read-toml.ts";
import { readXml } from "./configuration/read-xml.ts";
import { readDockerfile } from "./docker/read-dockerfile.ts";
import { readJenkinsfile } from "./lines/read-jenkinsfile.ts";
import {
  readBatchFile,
  readCrontab,
  readPowerShell,
  readProcfile,
  readUnit,
} from "./lines/read-line-scripts.ts";
import { readJustfile } from "./make/read-justfile.ts";
import { readMakefile } from "./make/read-makefile.ts";
import { readShellFile } from "./shell/read-shell-file.ts";
import { readSqlFile } from "./sql/read-sql-file.ts";
import { readTerraform } from "./terraform/read-terraform.ts";
import { readYaml } from "./yaml/read-yaml.ts";

const byExtension: ReadonlyMap<string, Carrier> = new Map(
  (
    [
      [readShellFile, "sh bash zsh ksh dash bats command envrc profile"],
      [readSqlFile, "sql ddl pgsql psql mysql cql hql plsql tsql prc pks pkb"],
      [readDockerfile, "dockerfile containerfile"],
      [readYaml, "yml yaml sls json jsonc json5"],
      [readMakefile, "mk mak make"],
      [readJustfile, "just"],
      [readTerraform, "tf hcl tfvars nomad"],
      [readJenkinsfile, "jenkinsfile groovy"],
      [readProperties, "properties"],
      [readToml, "toml"],
      [readXml, "xml"],
      [readBatchFile, "bat cmd"],
      [readPowerShell, "ps1 psm1"],
      [readUnit, "service"],
      [readCrontab, "cron crontab"],
    ] as const
  ).flatMap(([carrier, extensions]) =>
    extensions.split(" ").map((extension) => [extension, carrier] as const),
  ),
);

const byName: readonly (readonly [RegExp, Carrier])[] = [
  [/^(?:Dockerfile|Containerfile)(?:[.-].*)?$/i, readDockerfile],
  [/^(?:GNU|BSD)?makefile(?:[.-].*)?$/i, readMakefile],
  [/^\.?justfile$/i, readJustfile],
  [/^Jenkinsfile(?:[.-].*)?$/i, readJenkinsfile],
  [/^Procfile(?:[.-].*)?$/, readProcfile],
  [/^crontab(?:[.-].*)?$/, readCrontab],
  [/^Pipfile$/, readToml],
  [/^\.(?:bash|zsh|sh)(?:rc|_profile|_aliases|env)$|^\.profile$|^PKGBUILD$/, readShellFile],
];

/** What a template makes: `init.sql.j2` is SQL. */
const templates = /\.(?:j2|jinja2?|tpl|tmpl|template|erb|gotmpl|in|dist|example|sample|mustache|hbs)$/i;
const shebang = /^#!\s*\S*?(?:\/env\s+(?:-\S+\s+)*(?:\w+=\S+\s+)*)?(?:\/?[^\s/]+\/)*(?:ba|da|z|k|a)?sh\b/;

/**
 * What reads a file that is no code, by its name, its extension, and the first line of what has neither. Null for what carries no
 * commands: documentation and text for people among them.
 */
export function carrierOf(path: string, head: string): Carrier | null {
  const name = path.slice(path.lastIndexOf("/") + 1);
  for (const [pattern, carrier] of byName) if (pattern.test(name)) return carrier;
  const plain = name.replace(templates, "");
  for (const [pattern, carrier] of byName) if (pattern.test(plain)) return carrier;
  const dot = plain.lastIndexOf(".");
  const carrier = dot === -1 ? undefined : byExtension.get(plain.slice(dot + 1).toLowerCase());
  if (carrier !== undefined) return carrier;
  return shebang.test(head) ? readShellFile : null;
}
