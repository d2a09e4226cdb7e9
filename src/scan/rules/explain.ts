import type { SummaryLine, Tone } from "../../run/contract.ts";
import { howToMend } from "./how-to-mend.ts";
import { examplesOf } from "./rule-examples.ts";
import type { ExampleFiles, ExampleLanguage, Rule } from "./rule.ts";

const languageNames: Readonly<Record<ExampleLanguage, string>> = {
  go: "Go",
  typescript: "TypeScript",
  javascript: "JavaScript",
  python: "Python",
  java: "Java",
  ruby: "Ruby",
  php: "PHP",
  rust: "Rust",
  csharp: "C#",
  shell: "Shell",
  sql: "SQL",
  dockerfile: "Dockerfile",
  makefile: "Makefile",
  yaml: "YAML",
  json: "package.json",
  terraform: "Terraform",
};

const width = 100;

/** What `--explain` prints: what the rule finds, why, how to mend it, and in each language what is found and what is not. `chokepoint` is the policy's. */
export function explainRule(rule: Rule, chokepoint: string | null): readonly SummaryLine[] {
  return [
    line("strong", `${rule.id}: ${rule.title}`),
    line("plain", ""),
    ...wrap(rule.why).map((text) => line("plain", text)),
    line("plain", ""),
    line("strong", "How to mend it"),
    ...howToMend(rule, chokepoint).flatMap((each) =>
      wrap(each, width - 2).map((text, index) => line("plain", `${index === 0 ? "-" : " "} ${text}`)),
    ),
    ...examplesOf(rule.id).flatMap(({ language, violation, lookAlike, policy }) => [
      line("plain", ""),
      line("strong", languageNames[language]),
      ...(policy === undefined
        ? []
        : [
            line(
              "dim",
              `with scan: { chokepoint: [${policy.chokepoint.join(", ")}], sanctioned: [${policy.sanctioned.join(", ")}] }`,
            ),
          ]),
      line("bad", "found:"),
      ...showFiles(violation),
      line("good", "not found:"),
      ...showFiles(lookAlike),
    ]),
  ];
}

function showFiles(files: ExampleFiles): readonly SummaryLine[] {
  return Object.entries(files).flatMap(([path, source]) => [
    line("dim", `  ${path}`),
    ...source
      .trimEnd()
      .split("\n")
      .map((text) => line("plain", text === "" ? "" : `    ${text.replaceAll("\t", "    ")}`)),
  ]);
}

function wrap(text: string, columns = width): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > columns) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

function line(tone: Tone, text: string): SummaryLine {
  return { tone, text };
}
