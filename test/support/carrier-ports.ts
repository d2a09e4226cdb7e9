import { sqlParser } from "../../src/postgres/parse-sql.ts";
import { openParsers } from "../../src/scan/adapters/tree-sitter.ts";
import type { CarrierPorts } from "../../src/scan/carriers/carrier.ts";

const parsers = openParsers();
await parsers.load("bash");

/** The real parsers: what a carrier says depends on them. */
export const carrierPorts: CarrierPorts = {
  parseSql: await sqlParser(),
  parseShell: (script) => parsers.parse("bash", script),
};
