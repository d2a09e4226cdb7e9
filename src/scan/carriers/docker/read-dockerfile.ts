import type { Carrier } from "../carrier.ts";
import { collectSites, type SiteCollector } from "../collect-sites.ts";
import { cut, type MappedText } from "../mapped-text.ts";
import { readJsonList } from "../read-json-list.ts";
import { readInstructions } from "./read-instructions.ts";

/** A Dockerfile or Containerfile: what its RUN, CMD, ENTRYPOINT and HEALTHCHECK run, as scripts or as words. */
export const readDockerfile: Carrier = (source, _path, ports) => {
  const sites = collectSites(source, ports, {
    marks: "hash",
    // An image that is being built holds nobody's data: what a package left behind is removed.
    leaves: ({ what }) => /^(?:rm|find|shred) -/.test(what),
  });
  let entrypoint: readonly MappedText[] | null = null;
  for (const instruction of readInstructions(source)) {
    switch (instruction.name) {
      case "FROM":
        entrypoint = null;
        break;
      case "RUN":
        readRun(instruction.text, sites);
        break;
      case "ENTRYPOINT":
        entrypoint = readCommand(instruction.text, null, sites);
        break;
      case "CMD":
        readCommand(instruction.text, entrypoint, sites);
        break;
      case "HEALTHCHECK": {
        const command = /^\s*(?:--\S+\s+)*CMD\s/i.exec(instruction.text.text);
        if (command !== null) readCommand(cut(instruction.text, command[0].length, Infinity), null, sites);
        break;
      }
      case "COPY":
      case "ADD":
        readCopy(instruction.text, sites);
        break;
      default:
    }
  }
  return sites.result();
};

function readRun(text: MappedText, sites: SiteCollector): void {
  const flags = /^(?:\s*--\S+)*\s*/.exec(text.text)?.[0].length ?? 0;
  const rest = cut(text, flags, Infinity);
  const heredoc = /^<<-?\s*(['"]?)(\w+)\1[^\n]*\n/.exec(rest.text);
  if (heredoc === null) {
    readCommand(rest, null, sites);
    return;
  }
  // `RUN <<EOF`: the document is the script.
  const end = rest.text.lastIndexOf(`\n${heredoc[2] ?? ""}`);
  sites.script(cut(rest, heredoc[0].length, end < heredoc[0].length ? Infinity : end + 1));
}

/** A list is the words of a command, anything else a script. Gives the words. */
function readCommand(
  text: MappedText,
  before: readonly MappedText[] | null,
  sites: SiteCollector,
): readonly MappedText[] | null {
  const words = readJsonList(text);
  if (words === null) {
    sites.script(text);
    return null;
  }
  if (words.length > 0) sites.command(words);
  // What an entry point is told is its arguments; most scripts that are one run them.
  if (words.length > 0 && before !== null) sites.command([...before, ...words]);
  return words;
}

/** `COPY <<EOF /docker-entrypoint-initdb.d/init.sql` */
function readCopy(text: MappedText, sites: SiteCollector): void {
  const heredoc = /<<-?\s*(['"]?)(\w+)\1[ \t]+(\S+)[^\n]*\n/.exec(text.text);
  if (heredoc === null) return;
  const from = heredoc.index + heredoc[0].length;
  const end = text.text.lastIndexOf(`\n${heredoc[2] ?? ""}`);
  const body = cut(text, from, end < from ? Infinity : end + 1);
  if (heredoc[3]?.endsWith(".sql") === true) sites.sql(body);
  else if (heredoc[3]?.endsWith(".sh") === true) sites.script(body);
}
