import { sqlParser } from "../../postgres/parse-sql.ts";
import type { CarrierPorts } from "../carriers/carrier.ts";
import type { Parsers } from "./tree-sitter.ts";

/** What carriers parse by, loaded. */
export async function openCarrierPorts(parsers: Parsers): Promise<CarrierPorts> {
  const [parseSql] = await Promise.all([sqlParser(), parsers.load("bash")]);
  return { parseSql, parseShell: (script) => parsers.parse("bash", script) };
}
