import { destructionKinds } from "../../destruction/kinds.ts";
import { readerOf } from "../files/reader-of.ts";
import type { SelfTestPorts } from "../self-test/test-example.ts";
import { openCarrierPorts } from "./carrier-ports.ts";
import { openJudges } from "./open-judges.ts";
import { createFactReader } from "./read-facts.ts";
import { openParsers } from "./tree-sitter.ts";

/** Parsers and judges for sources that are in memory. */
export async function openSelfTestPorts(nowMs: number): Promise<SelfTestPorts> {
  const parsers = openParsers();
  const reader = createFactReader(parsers, () => openCarrierPorts(parsers, new Set(destructionKinds)));
  return {
    judges: await openJudges(parsers),
    facts(path, source) {
      const by = readerOf(path, source);
      return by === null ? Promise.resolve(null) : reader.read(by, path, source);
    },
    nowMs,
  };
}
