import { judgeCommand } from "../../../src/destruction/command/judge-command.ts";
import { hole } from "../../../src/destruction/destruction.ts";
import { createShellJudge } from "../../../src/scan/carriers/shell/judge-shell.ts";
import { carrierPorts } from "../../support/carrier-ports.ts";

const ports = { parseSql: carrierPorts.parseSql, judgeScript: createShellJudge(carrierPorts) };

/** With the real parsers. */
export const judge = (words: readonly string[], input: string | null = null) =>
  judgeCommand(words, input, ports);

/** Words that are split at spaces; `~` stands for a space inside of a word, `$` for a value that is put in. */
export const splitWords = (line: string) =>
  line.split(" ").map((word) => word.replaceAll("~", " ").replaceAll("$", hole));
