import type { Carrier } from "../carrier.ts";
import { collectSites } from "../collect-sites.ts";
import { cut, verbatim } from "../mapped-text.ts";
import { maskMapped } from "../mask-templates.ts";
import type { CommentMarks } from "../find-allowances.ts";
import { logicalLines } from "./logical-lines.ts";

/** Reads a file whose lines each hold a command behind something else. `command` gives where it begins, or null. */
function lineCarrier(command: (line: string) => number | null, marks: CommentMarks): Carrier {
  return (source, _path, ports) => {
    const sites = collectSites(source, ports, { marks });
    for (const line of logicalLines(source)) {
      const from = command(line.text);
      if (from !== null) sites.script(maskMapped(cut(line, from, Infinity)));
    }
    return sites.result();
  };
}

const after =
  (pattern: RegExp) =>
  (line: string): number | null =>
    pattern.exec(line)?.[0].length ?? null;

/** `web: bundle exec puma` */
const procfileLines = lineCarrier(after(/^[\w-]+:\s*/), "hash");

/** Five fields or `@daily`, and a user in the system's own; a user that is none is told as a program that nobody knows. */
const crontabLines = lineCarrier(
  after(
    /^\s*(?:@(?:reboot|yearly|annually|monthly|weekly|daily|midnight|hourly)|(?:[\d*,/A-Za-z-]+[ \t]+){4}[\d*,/A-Za-z-]+)[ \t]+(?:(?:root|postgres|www-data|mysql|redis|deploy|ubuntu|app)[ \t]+)?/,
  ),
  "hash",
);

/** `ExecStart=-/usr/bin/dropdb shop` of a systemd unit. */
const unitLines = lineCarrier(after(/^\s*Exec\w+=[-@:+!|]*/), "hash");

/** PowerShell, as far as it runs programs as a shell does: a backtick goes on, a here-string is a string. */
export const readPowerShell: Carrier = (source, _path, ports) => {
  const sites = collectSites(source, ports, { marks: "hash" });
  const plain = source
    .replaceAll(/<#[^]{0,20000}?#>/g, (comment) => comment.replaceAll(/[^\n]/g, " "))
    .replaceAll(/@(["'])[ \t]*\r?\n([^]{0,20000}?)\r?\n\1@/g, (text) =>
      `" ${text.slice(2, -2).replaceAll('"', "'")} "`.padEnd(text.length),
    )
    .replaceAll(/`\r?\n/g, (end) => `\\${end.slice(1)}`)
    .replaceAll(/^[ \t]*(?:&|\.)[ \t]+(?=["'$\w])/gm, (start) => " ".repeat(start.length));
  sites.script(verbatim(plain, 0));
  return { ...sites.result(), errors: [] };
};

// Functions with names of their own: a cache tells by them what read a file.
export const readProcfile: Carrier = (source, path, ports) => procfileLines(source, path, ports);
export const readCrontab: Carrier = (source, path, ports) => crontabLines(source, path, ports);
export const readUnit: Carrier = (source, path, ports) => unitLines(source, path, ports);
