import { hole } from "../../../destruction/destruction.ts";
import type { Carrier } from "../carrier.ts";
import { collectSites, type SiteCollector } from "../collect-sites.ts";
import { cut, fixed, replaceText, type MappedText } from "../mapped-text.ts";
import { maskMapped, maskTemplates } from "../mask-templates.ts";
import { judgeModule } from "./ansible-modules.ts";
import { readTask } from "./read-task.ts";
import { find, readDocuments, textOf, wordsOf, type YamlEntry, type YamlValue } from "./read-documents.ts";
import { readJson } from "./read-json.ts";
import { isCollectionKey, isCommandKey, isIdleKey, isScriptKey, isStatementKey } from "./script-keys.ts";
import { judgeSetting } from "../configuration/judge-setting.ts";

/** Any YAML or JSON that people keep commands in: what is a command is told by its key, whatever system reads the file. */
export const readYaml: Carrier = (source, path, ports) => {
  const isJson = path.endsWith("json");
  const sites = collectSites(source, ports, { marks: isJson ? "slashes" : "hash" });
  const text = isJson ? blankComments(source) : maskTemplates(source);
  const json = isJson ? readJson(text) : null;
  const { documents, errors } = json === null ? readDocuments(text) : { documents: [json], errors: [] };
  for (const error of errors) sites.error(error);
  for (const document of documents) readValue(document, [], sites);
  return sites.result();
};

function readValue(value: YamlValue, path: readonly string[], sites: SiteCollector): void {
  if (value.is === "list") {
    for (const item of value.items) readValue(item, path, sites);
    return;
  }
  if (value.is === "scalar") return;
  // Its script is JavaScript.
  if (/\bgithub-script\b/.test(textOf(find(value, "uses")) ?? "")) return;
  readContainer(value, sites);
  const isConfigMap = textOf(find(value, "kind")) === "ConfigMap" || textOf(find(value, "kind")) === "Secret";
  for (const entry of value.entries) {
    const below = [...path, entry.key];
    const done = readEntry(entry, value, below, sites);
    if (done || (isIdleKey(entry.key) && !isConfigMap)) continue;
    readValue(entry.value, below, sites);
  }
}

/** Whether all below the entry was read. */
function readEntry(entry: YamlEntry, map: YamlValue, path: readonly string[], sites: SiteCollector): boolean {
  const { key, value } = entry;
  const destruction = judgeModule(entry) ?? judgeSetting(path.join("."), textOf(value), entry.at);
  if (destruction !== null) {
    sites.add(destruction);
    return true;
  }
  if (readTask(entry, sites)) return true;
  if (value.is === "scalar" && readFile(key, value.text, sites)) return true;
  if (isStatementKey(key)) {
    for (const text of textsOf(value)) sites.sql(text);
    return value.is !== "map";
  }
  if (isCollectionKey(key) && value.is === "map") {
    for (const one of value.entries) readScripts(one.value, sites);
  }
  if (isCommandKey(key)) return readCommand(entry, map, sites);
  if (isScriptKey(key)) {
    if (runsOtherLanguage(map)) return true;
    return readScripts(value, sites);
  }
  return false;
}

/** `shell: python` of a step, `uses: actions/github-script`. */
function runsOtherLanguage(map: YamlValue): boolean {
  const shell = textOf(find(map, "shell"));
  if (shell !== null && /^(?:python|node|ruby|perl|pwsh\s+-c\s+node)\b/.test(shell)) return true;
  const script = find(map, "script");
  return (
    find(map, "github-token") !== undefined ||
    (script !== undefined && find(map, "result-encoding") !== undefined)
  );
}

/** Every script in a value: a text, a list of texts, a map with `command`, or a list of them. False when it may hold more. */
function readScripts(value: YamlValue, sites: SiteCollector): boolean {
  if (value.is === "scalar") {
    sites.script(withoutMark(maskMapped(value.text)));
    return true;
  }
  if (value.is === "map") return false;
  // GitLab runs the lines of a list one after another in one shell.
  const lines = value.items.flatMap((item) => (item.is === "scalar" ? [item.text] : []));
  for (const line of lines) sites.script(withoutMark(maskMapped(line)));
  for (const item of value.items) if (item.is === "list") readScripts(item, sites);
  return lines.length === value.items.length;
}

/** Composer's `@php artisan …`: the mark is its own. */
const withoutMark = (text: MappedText): MappedText =>
  replaceText(text, text.text.replace(/^@(?=php\b)/, " "));

/** JSON with comments: spaces in their place. What is open to the end is none. */
const blankComments = (source: string): string =>
  source.includes("//") || source.includes("/*")
    ? source.replaceAll(/"(?:[^"\\\n]|\\.)*(?:"|$|(?=\n))|\/\/[^\n]*|\/\*[^]*?\*\//g, (part) =>
        part.startsWith("/") ? part.replaceAll(/[^\n]/g, " ") : part,
      )
    : source;

function readCommand(entry: YamlEntry, map: YamlValue, sites: SiteCollector): boolean {
  const { value } = entry;
  const words = wordsOf(value);
  if (words === null) return value.is === "scalar" ? readScripts(value, sites) : false;
  // What a container is told is read with the container.
  if (
    find(map, "image") !== undefined &&
    (entry.key === "args" || entry.key === "command" || entry.key === "entrypoint")
  ) {
    return true;
  }
  readWords(words, sites);
  return true;
}

function readWords(words: readonly MappedText[], sites: SiteCollector): void {
  const [first] = words;
  if (first === undefined) return;
  if (/^(?:CMD|CMD-SHELL|NONE)$/.test(first.text)) {
    const [, script] = words;
    if (first.text === "CMD") readWords(words.slice(1), sites);
    else if (script !== undefined) sites.script(maskMapped(script));
    return;
  }
  sites.command(words.map(maskMapped));
  // Some systems take a list of scripts under the same key.
  if (first.text.trim().includes(" ")) for (const word of words) sites.script(maskMapped(word));
}

/** A container of Kubernetes, Compose or Cloud Build: its entry point, and what that is told. */
function readContainer(map: YamlValue, sites: SiteCollector): void {
  const image = textOf(find(map, "image")) ?? textOf(find(map, "name"));
  const source = find(map, "source");
  const path = find(map, "path");
  const told = wordsOf(find(map, "args"));
  // Concourse: `run: {path: sh, args: [-c, …]}`.
  if (path?.is === "scalar" && told !== null) readWords([path.text, ...told], sites);
  if (image === null) {
    // A plugin, a hook: what is called, and what it is told, in lists of their own.
    const called = wordsOf(find(map, "command"));
    if (called !== null && told !== null) readWords([...called, ...told], sites);
    return;
  }
  if (source?.is === "scalar" && find(map, "image") !== undefined) sites.script(maskMapped(source.text));
  const [entrypoint, command, args] = ["entrypoint", "command", "args"].map((key) => find(map, key));
  if (find(map, "image") === undefined && wordsOf(args) === null) return;
  if (command?.is === "scalar") sites.script(maskMapped(command.text));
  const given = [wordsOf(entrypoint) ?? splitWords(entrypoint), wordsOf(command) ?? [], wordsOf(args) ?? []];
  const words = given.flat();
  readWords(words, sites);
  // An image without an entry point of its own runs the program that it is called after.
  const program = image.replace(/^.*\//, "").replace(/[:@].*$/, "");
  if (entrypoint !== undefined || program.includes(hole) || program === "") return;
  const rest = words.length > 0 ? words : splitWords(command);
  if (rest.length > 0) sites.command([fixed(program, command?.at ?? args?.at ?? map.at), ...rest]);
}

function splitWords(value: YamlValue | undefined): readonly MappedText[] {
  if (value?.is !== "scalar" || /["'$`|&;<>\n]/.test(value.text.text.trim())) return [];
  return [...value.text.text.matchAll(/\S+/g)].map((word) =>
    cut(value.text, word.index, word.index + word[0].length),
  );
}

/** A key that is a file's name: a ConfigMap's, a chart's scripts. */
function readFile(key: string, text: MappedText, sites: SiteCollector): boolean {
  if (/\.(?:sql|cql|psql)$/.test(key)) sites.sql(maskMapped(text));
  else if (/\.(?:sh|bash)$/.test(key) || /^#!.*\b(?:ba|da|z|k)?sh\b/.test(text.text))
    sites.script(maskMapped(text));
  else if (key.endsWith(".js") && /\bdb\./.test(text.text)) sites.mongo(maskMapped(text));
  else return false;
  return true;
}

function textsOf(value: YamlValue): readonly MappedText[] {
  if (value.is === "scalar") return [maskMapped(value.text)];
  return value.is === "list" ? value.items.flatMap(textsOf) : [];
}
