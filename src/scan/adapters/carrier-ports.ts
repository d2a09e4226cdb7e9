import type { DestructionKind } from "../../destruction/kinds.ts";
import { sqlParser } from "../../postgres/parse-sql.ts";
import type { CarrierPorts } from "../carriers/carrier.ts";
import type { Parsers } from "./tree-sitter.ts";

/** What carriers parse by, loaded. `kinds`: what the policy counts. */
export async function openCarrierPorts(
  parsers: Parsers,
  kinds: ReadonlySet<DestructionKind>,
): Promise<CarrierPorts> {
  const [parseSql] = await Promise.all([sqlParser(), parsers.load("bash")]);
  return { kinds, parseSql, parseShell: (script) => parsers.parse("bash", script) };
}
