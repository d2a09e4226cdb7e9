import { Parser } from "yargs/helpers";
import { OpsError } from "../errors.ts";
import type { ArgumentsOf, Command, FlagDefinition } from "../run/command.ts";
import { didYouMean } from "./suggest.ts";

type Flags = Readonly<Record<string, FlagDefinition>>;

export interface ParsedFlags<Definitions> {
  readonly values: ArgumentsOf<Definitions>;
  /** What is no flag, in order. */
  readonly words: readonly string[];
}

/** Parses by the definitions; `requireFlags` must follow before a handler sees the values. Throws `bad-usage` for what they do not allow, naming the flag and its value. */
export function parseFlags<Definitions extends Flags>(
  args: readonly string[],
  flags: Definitions,
  hint: string,
): ParsedFlags<Definitions> {
  const named = (wanted: (flag: FlagDefinition) => boolean): string[] =>
    Object.entries(flags).flatMap(([name, flag]) => (wanted(flag) ? [name] : []));
  const parsed = Parser(withLoneDashes(args, flags), {
    string: named((flag) => flag.type !== "boolean"),
    boolean: named((flag) => flag.type === "boolean"),
    alias: { help: ["h"] },
    configuration: {
      "boolean-negation": false,
      "camel-case-expansion": false,
      "dot-notation": false,
      "greedy-arrays": false,
      "parse-numbers": false,
      "parse-positional-numbers": false,
      "populate--": true,
      "short-option-groups": false,
      "strip-aliased": true,
    },
  });
  const { _: words, "--": rest, ...given } = parsed;
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(flags, name)) throw unknownFlag(name, flags, hint);
  }
  refuseOddBooleans(args, flags, hint);
  const values = Object.fromEntries(
    Object.entries(flags).map(([name, flag]) => [camelCase(name), readFlag(name, flag, given[name], hint)]),
  );
  return {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- readFlag gives what ArgumentsOf says
    values: values as ArgumentsOf<Definitions>,
    words: [...words.map(String), ...(Array.isArray(rest) ? rest.map(String) : [])],
  };
}

/** Throws `bad-usage` for a flag that must be given and is not. Apart from parsing: `--help` asks for none of them. */
export function requireFlags(values: Readonly<Record<string, unknown>>, flags: Flags, hint: string): void {
  for (const [name, flag] of Object.entries(flags)) {
    if (flag.required && values[camelCase(name)] === undefined) throw usage(`--${name} is missing`, hint);
  }
}

/** The words after the command's name, by the definitions. */
export function parsePositionals(
  words: readonly string[],
  positionals: NonNullable<Command["positionals"]>,
  hint: string,
): Readonly<Record<string, unknown>> {
  const values: Record<string, unknown> = {};
  let used = 0;
  for (const [name, positional] of Object.entries(positionals)) {
    const taken = positional.repeatable ? words.slice(used) : words.slice(used, used + 1);
    used += taken.length;
    if (positional.required && taken.length === 0) throw usage(`${name.toUpperCase()} is missing`, hint);
    for (const word of taken) refuseOtherChoices(name.toUpperCase(), word, positional.choices, hint);
    values[camelCase(name)] = positional.repeatable ? taken : taken[0];
  }
  if (words.length > used) throw usage(`unexpected argument: ${words[used]}`, hint);
  return values;
}

function readFlag(name: string, flag: FlagDefinition, given: unknown, hint: string): unknown {
  const list: unknown[] = given === undefined ? [] : Array.isArray(given) ? given : [given];
  if (flag.type === "boolean") return list.at(-1) === true;
  const values = list.map(String).map((text) => readValue(name, flag, text, hint));
  if (flag.repeatable) return values;
  if (values.length > 1) throw usage(`--${name} is given ${values.length} times`, hint);
  return values[0] ?? flag.default;
}

function readValue(name: string, flag: FlagDefinition, text: string, hint: string): string | number {
  if (text === "") {
    throw usage(
      `--${name} needs a value`,
      `write --${name}=VALUE when the value starts with a dash; ${hint}`,
    );
  }
  refuseOtherChoices(`--${name}`, text, flag.choices, hint);
  if (flag.type === "string") return text;
  const number = Number(text);
  if (!Number.isFinite(number)) throw usage(`--${name} is no number: ${text}`, hint);
  return number;
}

function refuseOtherChoices(
  what: string,
  given: string,
  choices: readonly string[] | undefined,
  hint: string,
): void {
  if (choices === undefined || choices.includes(given)) return;
  const nearest = didYouMean(given, choices);
  throw usage(
    `${what} cannot be ${given}`,
    `it is one of ${choices.join(", ")}${nearest === undefined ? `; ${hint}` : `; ${nearest}`}`,
  );
}

/** `--details -` means standard input; the parser would see a word of its own in the dash. */
function withLoneDashes(args: readonly string[], flags: Flags): string[] {
  const joined: string[] = [];
  for (const each of args) {
    const name = joined.at(-1)?.slice(2) ?? "";
    const takesIt = each === "-" && joined.at(-1) === `--${name}` && flags[name]?.type === "string";
    if (takesIt) joined.splice(-1, 1, `--${name}=-`);
    else joined.push(each);
  }
  return joined;
}

/** `--durable=maybe` would be read as false. */
function refuseOddBooleans(args: readonly string[], flags: Flags, hint: string): void {
  const end = args.indexOf("--");
  for (const each of end === -1 ? args : args.slice(0, end)) {
    const match = /^--([^=]+)=(.*)$/s.exec(each);
    if (match?.[1] === undefined || flags[match[1]]?.type !== "boolean") continue;
    if (!["true", "false"].includes(match[2] ?? ""))
      throw usage(`--${match[1]} takes no value: ${match[2]}`, hint);
  }
}

function unknownFlag(name: string, flags: Flags, hint: string): OpsError {
  const nearest = didYouMean(name, Object.keys(flags), (each) => `--${each}`);
  return usage(`unknown flag: ${name.length === 1 ? "-" : "--"}${name}`, nearest ?? hint);
}

function usage(message: string, hint: string): OpsError {
  return new OpsError("bad-usage", message, hint);
}

function camelCase(name: string): string {
  return name.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
