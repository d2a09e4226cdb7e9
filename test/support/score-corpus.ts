import type { ToldFinding } from "../../src/scan/tell-findings.ts";
import type { CorpusCase } from "./scan-corpus.ts";

interface Result {
  readonly case: CorpusCase;
  readonly found: readonly Pick<ToldFinding, "path" | "line" | "column" | "rule" | "what" | "names">[];
}

interface Score {
  /** `case/path:line kind`. */
  readonly missed: readonly { readonly place: string; readonly plain: boolean }[];
  readonly false: readonly string[];
  readonly expected: number;
  readonly right: number;
  /** Of what is expected, how much is found. */
  readonly recall: number;
  /** Of what is found, how much is expected. */
  readonly precision: number;
}

/**
 * Holds what was found against the labels: what is found of the kind on the line, or on one of its `also`, is right; any other is false.
 * Several statements of one kind on one line are one entry; the same one told twice is one too many.
 */
export function scoreCorpus(results: readonly Result[]): Score {
  const missed: { place: string; plain: boolean }[] = [];
  const wrong: string[] = [];
  let [expected, right] = [0, 0];
  for (const { case: each, found } of results) {
    const left = [...found];
    for (const { path, line, kind, plain, also = [] } of each.destructions) {
      expected += 1;
      const lines = new Set([line, ...also]);
      const at = left.findIndex((one) => one.path === path && one.rule === kind && lines.has(one.line));
      if (at < 0) missed.push({ place: `${each.name}/${path}:${line} ${kind}`, plain });
      else {
        right += 1;
        const [taken] = left.splice(at, 1);
        if (taken === undefined) continue;
        for (const other of left.filter((one) => isBeside(one, taken))) left.splice(left.indexOf(other), 1);
      }
    }
    wrong.push(...left.map(({ path, line, rule }) => `${each.name}/${path}:${line} ${rule}`));
  }
  return {
    missed,
    false: wrong,
    expected,
    right,
    recall: right / expected,
    precision: right / (right + wrong.length),
  };
}

type Found = Result["found"][number];

/** Whether two findings are of different statements of one kind, on one line. */
function isBeside(a: Found, b: Found): boolean {
  if (a.path !== b.path || a.line !== b.line || a.rule !== b.rule) return false;
  return a.column !== b.column || a.what !== b.what || a.names.join() !== b.names.join();
}
