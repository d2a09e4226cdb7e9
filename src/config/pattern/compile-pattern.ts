import { parsePattern, PatternProblem } from "./parse-pattern.ts";
import type { PatternNode } from "./parse-pattern.ts";

/** A regular expression that takes no longer than its length times the text's, whatever stands in either. */
export interface NamePattern {
  /** Whether it is found anywhere in the text, as with `RegExp`. */
  test(text: string): boolean;
}

type Instruction =
  | { readonly op: "character"; readonly accepts: (character: string) => boolean }
  | { readonly op: "start" | "end" }
  /** Goes on at both. */
  | { op: "fork"; one: number; other: number };

/** `{1000}` within `{1000}` would be a million of them. */
const mostInstructions = 2000;

/**
 * Compiles a pattern into the states of Thompson's machine ("Regular Expression Search Algorithm", 1968), which reads a text once: the
 * platform's own expressions go back and try again, for hours where they are made for it. Throws `PatternProblem`.
 */
export function compilePattern(source: string): NamePattern {
  const program: Instruction[] = [];
  emit(parsePattern(source), program);
  return { test: (text) => isFound(program, Array.from(text)) };
}

/** Why a pattern is not taken; null: it is. */
export function problemOfPattern(source: string): string | null {
  try {
    compilePattern(source);
    return null;
  } catch (error) {
    if (error instanceof PatternProblem) return error.message;
    throw error;
  }
}

function emit(node: PatternNode, program: Instruction[]): void {
  if (program.length > mostInstructions) throw new PatternProblem("is too large");
  switch (node.type) {
    case "character":
      program.push({ op: "character", accepts: node.accepts });
      return;
    case "start":
    case "end":
      program.push({ op: node.type });
      return;
    case "sequence":
      for (const item of node.items) emit(item, program);
      return;
    case "choice":
      emitChoice(node.branches, program);
      return;
    case "repeat":
      emitRepeat(node, program);
      return;
  }
}

function emitChoice(branches: readonly PatternNode[], program: Instruction[]): void {
  const ends: { one: number; other: number }[] = [];
  for (const [index, branch] of branches.entries()) {
    const fork = index + 1 < branches.length ? addFork(program) : null;
    emit(branch, program);
    if (fork === null) continue;
    ends.push(addFork(program));
    fork.other = program.length;
  }
  for (const end of ends) end.one = end.other = program.length;
}

function emitRepeat(
  { item, least, most }: Extract<PatternNode, { type: "repeat" }>,
  program: Instruction[],
): void {
  for (let count = 0; count < least; count += 1) {
    const before = program.length;
    emit(item, program);
    // Nothing, however often, is nothing.
    if (program.length === before) return;
  }
  if (most === Infinity) {
    const start = program.length;
    const fork = addFork(program);
    emit(item, program);
    const back = addFork(program);
    back.one = back.other = start;
    fork.other = program.length;
    return;
  }
  const forks: { other: number }[] = [];
  for (let count = least; count < most; count += 1) {
    forks.push(addFork(program));
    emit(item, program);
  }
  for (const fork of forks) fork.other = program.length;
}

/** One way leads on to what follows; the other is set later. */
function addFork(program: Instruction[]): { one: number; other: number } {
  if (program.length > mostInstructions) throw new PatternProblem("is too large");
  const fork = { op: "fork" as const, one: program.length + 1, other: program.length + 1 };
  program.push(fork);
  return fork;
}

/** All states that the text may be in are kept at once; each is entered once a character. */
function isFound(program: readonly Instruction[], characters: readonly string[]): boolean {
  let states = new Set<number>();
  for (let at = 0; at <= characters.length; at += 1) {
    // It may begin at every character.
    const pending = [0, ...states];
    const reached = new Set<number>();
    const next = new Set<number>();
    for (let state = pending.pop(); state !== undefined; state = pending.pop()) {
      if (reached.has(state)) continue;
      reached.add(state);
      const instruction = program[state];
      if (instruction === undefined) return true;
      switch (instruction.op) {
        case "fork":
          pending.push(instruction.one, instruction.other);
          break;
        case "start":
          if (at === 0) pending.push(state + 1);
          break;
        case "end":
          if (at === characters.length) pending.push(state + 1);
          break;
        case "character": {
          const character = characters[at];
          if (character !== undefined && instruction.accepts(character)) next.add(state + 1);
        }
      }
    }
    states = next;
  }
  return false;
}
