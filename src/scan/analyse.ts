import type { DestructionKind } from "../destruction/kinds.ts";
import type { Turns } from "../run/turns.ts";
import { judgePolicy } from "./calls/judge-policy.ts";
import type { ChokepointPolicy, PolicyJudgement } from "./calls/judge-policy.ts";
import type { FileFacts } from "./facts.ts";
import { findSites } from "./meaning/find-sites.ts";
import type { PlacedSite } from "./meaning/find-sites.ts";
import type { Judges } from "./meaning/judges.ts";
import type { Program } from "./meaning/program.ts";
import type { ResolveModule } from "./modules/resolution.ts";
import { programOf } from "./program-of.ts";
import type { Site } from "./site.ts";

/** A site of a file that holds no functions. */
export interface CarriedSite extends Site {
  readonly path: string;
}

export interface Analysis {
  readonly program: Program;
  readonly judgements: readonly PolicyJudgement[];
  readonly carried: readonly CarriedSite[];
  /** Files of which not everything could be followed. */
  readonly tooDeep: ReadonlySet<string>;
}

export interface AnalysisPolicy extends ChokepointPolicy {
  readonly kinds: ReadonlySet<DestructionKind>;
}

export interface AnalysisPorts {
  readonly judges: Judges;
  readonly resolveModule: ResolveModule;
}

/** What files destroy, and what the policy says of it. Sites that destroy nothing, and kinds that do not count, are left out. */
export async function analyse(
  files: readonly FileFacts[],
  policy: AnalysisPolicy,
  { judges, resolveModule }: AnalysisPorts,
  turns: Turns,
): Promise<Analysis> {
  const program = programOf(files, policy.kinds, resolveModule);
  const counts = (site: Site): boolean => policy.kinds.has(site.kind) && isDestroying(site);
  const found = await findSites(program, judges, turns);
  const sites: readonly PlacedSite[] = found.sites.filter(counts);
  return {
    program,
    judgements: judgePolicy(program, sites, policy),
    tooDeep: found.tooDeep,
    carried: files.flatMap(({ path, facts }) =>
      facts.is === "carried" ? facts.sites.filter(counts).map((site) => ({ ...site, path })) : [],
    ),
  };
}

function isDestroying({ context }: Site): boolean {
  return context === "executed" || context === "passed" || context === "stored" || context === "returned";
}
