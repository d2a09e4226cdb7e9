import type { PolicyRule } from "../../config/scan-rules.ts";
import type { DestructionKind } from "../../destruction/kinds.ts";
import type { RuleId } from "../finding.ts";

/** What people are told of a rule. */
export interface Rule {
  readonly id: RuleId;
  /** What is wrong, in a few words. */
  readonly title: string;
  /** Why it matters, in two or three sentences. */
  readonly why: string;
  /** What to do about this rule alone, one thing a line; what holds for every kind is added to it. */
  readonly mend: readonly string[];
  /** CVSS-like, of 10, as GitHub orders its alerts by it. */
  readonly gravity: number;
}

export type RuleTexts<Id extends DestructionKind | PolicyRule> = Readonly<Record<Id, Omit<Rule, "id">>>;

/** What an example is written in; the last ones are no languages of programs. */
export type ExampleLanguage =
  | "go"
  | "typescript"
  | "javascript"
  | "python"
  | "java"
  | "ruby"
  | "php"
  | "rust"
  | "csharp"
  | "shell"
  | "sql"
  | "dockerfile"
  | "makefile"
  | "yaml"
  | "json"
  | "terraform";

/** Files by path. */
export type ExampleFiles = Readonly<Record<string, string>>;

/** One violation of a rule, and what looks like it and is none; each a tree of its own, of real code. */
export interface RuleExample {
  readonly rule: RuleId;
  readonly language: ExampleLanguage;
  readonly violation: ExampleFiles;
  readonly lookAlike: ExampleFiles;
  /** Where the rule is about the policy. */
  readonly policy?: { readonly chokepoint: readonly string[]; readonly sanctioned: readonly string[] };
}
