import { programName, type Command, type CommandWord } from "../command.ts";
import { hasOption, readOptions, valuesOf } from "../read-options.ts";
import { containerWrappers } from "./container-wrappers.ts";
import { runnerWrappers } from "./runner-wrappers.ts";
import { systemWrappers } from "./system-wrappers.ts";
import { unwrapList } from "./unwrap-list.ts";
import type { Wrapper } from "./wrapper.ts";

/** What runs inside of a command. */
export type Inner =
  | { readonly is: "command"; readonly command: Command }
  | { readonly is: "script"; readonly script: CommandWord; readonly input: CommandWord | null };

const wrappers = new Map<string, readonly Wrapper[]>();
for (const wrapper of [...systemWrappers, ...containerWrappers, ...runnerWrappers]) {
  const name = wrapper.path[0] ?? "";
  // The longest path first: `yarn run` before `yarn`.
  wrappers.set(
    name,
    [...(wrappers.get(name) ?? []), wrapper].sort((a, b) => b.path.length - a.path.length),
  );
}

const assignment = /^[A-Za-z_][A-Za-z0-9_]*=/;
const asksForHelp = ["-h", "--help", "--version", "-?"];

/**
 * What a command runs that only runs others: `sudo -u postgres psql …` gives the psql. Null when it is no such command. The words of
 * what is inside keep their places; words that are joined for a shell must follow one another in the text that is judged.
 */
export function unwrapCommand(command: Command): readonly Inner[] | null {
  const [program, ...rest] = command.words;
  if (program === undefined) return null;
  const name = programName(program);
  const listed = unwrapList(name, command);
  if (listed !== null) return listed;
  for (const wrapper of wrappers.get(name) ?? []) {
    const found = unwrapBy(wrapper, rest, command.input);
    if (found !== null) return found;
  }
  return null;
}

function unwrapBy(
  wrapper: Wrapper,
  words: readonly CommandWord[],
  input: CommandWord | null,
): readonly Inner[] | null {
  let rest = words;
  for (const name of wrapper.path.slice(1)) {
    const { operands } = readOptions(rest, wrapper.valued, "at-operand");
    if (operands[0]?.text !== name) return null;
    rest = operands.slice(1);
  }
  if (wrapper.path[0] === "command" && /^-[pvV]*[vV]/.test(rest[0]?.text ?? "")) return [];
  const inner: Inner[] = [];
  const whole = readOptions(rest, wrapper.valued, wrapper.rest === "none" ? "never" : "at-operand");
  const scripts = valuesOf(whole, wrapper.scripts);
  for (const script of scripts) inner.push({ is: "script", script, input });
  if (wrapper.rest === "none") {
    // `su - postgres <<EOF`, `bash -s -- x`: an operand of a shell is a file, of su a user.
    const readsInput = wrapper.path[0] === "su" || whole.operands.length === 0 || hasOption(whole, ["-s"]);
    if (wrapper.reads && input !== null && inner.length === 0 && readsInput) {
      inner.push({ is: "script", script: input, input: null });
    }
    return inner;
  }
  const found = innerWords(wrapper, rest, whole.operands);
  if (found.length === 0 || (found.length === 1 && found[0]?.text === "-")) {
    if (wrapper.reads && input !== null && inner.length === 0) {
      inner.push({ is: "script", script: input, input: null });
    }
    return inner;
  }
  if (hasOption(whole, asksForHelp.slice(1)) && scripts.length === 0) return inner;
  if (wrapper.rest === "script") inner.push({ is: "script", script: joinWords(found), input });
  else inner.push({ is: "command", command: { words: found, input } });
  const image = wrapper.isImage ? whole.operands[wrapper.skips - 1] : undefined;
  if (image !== undefined)
    inner.push({ is: "command", command: { words: [imageProgram(image), ...found], input } });
  return inner;
}

function innerWords(
  wrapper: Wrapper,
  rest: readonly CommandWord[],
  operands: readonly CommandWord[],
): readonly CommandWord[] {
  let words = operands.slice(wrapper.skips);
  if (wrapper.dashes) {
    const dashes = rest.findIndex(({ text }) => text === "--");
    words = dashes === -1 ? words : rest.slice(dashes + 1);
  }
  // `sudo -u x -- env A=b psql`; options of an inner wrapper are its own.
  while (words[0]?.text === "--") words = words.slice(1);
  if (wrapper.assigns) {
    while (words[0] !== undefined && assignment.test(words[0].text)) words = words.slice(1);
  }
  const [first, ...others] = words;
  if (first === undefined) return [];
  // `npx prisma@5.1 migrate reset`
  const version = first.text.indexOf("@", 1);
  if (version > 0 && /^[a-z@]/.test(first.text) && !first.text.includes(" ")) {
    return [{ text: first.text.slice(0, version), at: first.at }, ...others];
  }
  return words;
}

/** `docker run flyway/flyway:10 clean` runs flyway. */
const imageProgram = (image: CommandWord): CommandWord => ({
  text: image.text.replace(/^.*\//, "").replace(/[:@].*$/, ""),
  at: image.at,
});

/** Words as the one text that they are in: what stands between two of them is a space. */
function joinWords(words: readonly CommandWord[]): CommandWord {
  const [first] = words;
  let text = "";
  for (const word of words) {
    const gap = word.at - (first?.at ?? 0) - text.length;
    text += `${gap > 0 ? " ".repeat(Math.min(gap, 1 << 16)) : ""}${word.text}`;
  }
  return { text, at: first?.at ?? 0 };
}
