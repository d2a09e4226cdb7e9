import { relative } from "node:path";
import { throwIfInterrupted } from "../run/interrupt.ts";
import { createTurns } from "../run/turns.ts";
import { analyse } from "./analyse.ts";
import type { FileFacts } from "./facts.ts";
import type { ScanInput } from "./input.ts";
import { createResolver } from "./modules/create-resolver.ts";
import type { Judges } from "./meaning/judges.ts";
import { followsCalls } from "./policy/follows-calls.ts";
import type { ScanPorts, Tree } from "./ports.ts";
import type { ReadTree } from "./read-tree.ts";
import { tellFindings } from "./tell-findings.ts";
import type { Told } from "./tell-findings.ts";
import { widen } from "./widen.ts";

export interface Followed {
  /** Those that may destroy, and those that call what does. */
  readonly files: readonly FileFacts[];
  readonly told: Told;
}

/** Scripts and configuration were judged as they were read: without code nobody is asked, and who asks all the same must not be told that nothing is there. */
const nobody: Judges = {
  sql: unasked,
  shell: unasked,
  command: unasked,
  redis: unasked,
  mongoCommand: unasked,
  mongoScript: unasked,
  natsSubject: unasked,
};

function unasked(): never {
  throw new Error("a judge was asked where no file holds code");
}

/** Follows what destroys over the files of a tree, and holds it against the policy. */
export async function follow(
  input: ScanInput,
  ports: ScanPorts,
  tree: Tree,
  read: ReadTree,
  signal: AbortSignal,
): Promise<Followed> {
  const { policy, cwd } = input;
  const hasCode = read.files.some(({ facts }) => facts.is === "code");
  const judges = hasCode || followsCalls(policy) ? await ports.judges() : nobody;
  const resolveModule = createResolver(read.listing.files, (path) => tree.readText(path));
  const analysis = { judges, resolveModule };
  const { files, unparsed } = await widen(tree, read.listing, read.files, policy, analysis, signal);
  throwIfInterrupted(signal);
  const told = tellFindings(await analyse(files, policy, analysis, createTurns(signal)), {
    linesOf: (path) => tree.lines(path),
    policyPath: policy.file === null ? "custody.yaml" : relative(cwd, policy.file),
    chokepoint: policy.chokepoint[0] ?? null,
  });
  return { files, told: { ...told, unparsed: [...unparsed, ...told.unparsed] } };
}
