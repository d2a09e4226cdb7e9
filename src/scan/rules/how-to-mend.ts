import { destructionKinds } from "../../destruction/kinds.ts";
import type { Rule } from "./rule.ts";

const day = "custody-allow: <reason> until 2027-01-31";
const allow = `If it is harmless here, say why and until when: ${day}.`;

/**
 * What to do about a rule's findings, one thing a line, the most fitting first. `chokepoint` is the policy's own, as it is written there; null
 * where no policy names one.
 */
export function howToMend({ id, mend }: Rule, chokepoint: string | null): readonly string[] {
  return destructionKinds.some((kind) => kind === id)
    ? [...mend, handOver(chokepoint), sanction(chokepoint), allow]
    : mend;
}

/** The same for a finding in a script, in SQL or in configuration, where nothing can be handed to a function. */
export function howToMendScript({ mend }: Rule): readonly string[] {
  return [
    ...mend,
    `If it belongs here, say why and until when (${day}), or leave the file out (scan.ignore of custody.yaml).`,
  ];
}

function handOver(chokepoint: string | null): string {
  return chokepoint === null
    ? "Let one function of yours decide about every drop and record it, hand this one to it as a function, and name that function in scan.chokepoint of custody.yaml."
    : `Hand it to the chokepoint as a function: ${spoken(chokepoint)}(…, fn). Then the drop is attributed, decided and recorded before it happens.`;
}

function sanction(chokepoint: string | null): string {
  const then = chokepoint === null ? "." : ": it may then be reached through the chokepoint alone.";
  return `If this is the one place where it belongs, name the function in scan.sanctioned of custody.yaml${then}`;
}

/** As a call is written: `guard` of `(*Server).guard`, `src/drops.ts#guard`, `drops.guard`. */
function spoken(chokepoint: string): string {
  return /[\p{L}\p{N}_$?!]+$/u.exec(chokepoint)?.[0] ?? chokepoint;
}
