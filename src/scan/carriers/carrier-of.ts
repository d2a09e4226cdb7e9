import { carrierNameOf } from "../files/carrier-name-of.ts";
import type { CarrierName } from "../files/carrier-name-of.ts";
import type { Carrier } from "./carrier.ts";
import { readProperties } from "./configuration/read-properties.ts";
import { readToml } from "./configuration/read-toml.ts";
import { readXml } from "./configuration/read-xml.ts";
import { readDockerfile } from "./docker/read-dockerfile.ts";
import { readJenkinsfile } from "./lines/read-jenkinsfile.ts";
import { readBatchFile } from "./lines/read-batch-file.ts";
import { readCrontab, readPowerShell, readProcfile, readUnit } from "./lines/read-line-scripts.ts";
import { readJustfile } from "./make/read-justfile.ts";
import { readMakefile } from "./make/read-makefile.ts";
import { readShellFile } from "./shell/read-shell-file.ts";
import { readSqlFile } from "./sql/read-sql-file.ts";
import { readTerraform } from "./terraform/read-terraform.ts";
import { readYaml } from "./yaml/read-yaml.ts";

/** What reads each of those that carry commands. */
export const carriers: Readonly<Record<CarrierName, Carrier>> = {
  shell: readShellFile,
  sql: readSqlFile,
  dockerfile: readDockerfile,
  yaml: readYaml,
  makefile: readMakefile,
  justfile: readJustfile,
  terraform: readTerraform,
  jenkinsfile: readJenkinsfile,
  properties: readProperties,
  toml: readToml,
  xml: readXml,
  batch: readBatchFile,
  powershell: readPowerShell,
  unit: readUnit,
  crontab: readCrontab,
  procfile: readProcfile,
};

/** What reads a file that is no code; null for what carries no commands. `head` is its beginning. */
export function carrierOf(path: string, head: string): Carrier | null {
  const name = carrierNameOf(path, head);
  return name === null ? null : carriers[name];
}
