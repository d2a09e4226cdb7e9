import { hole } from "../../destruction/destruction.ts";
import { replaceText, type MappedText } from "./mapped-text.ts";

/** `${{ … }}` of GitHub, `{{ … }}` of Helm, Jinja and others, `{% … %}`, `<% … %>`, `<< … >>` of CircleCI, `[[ … ]]` of none. */
const marks =
  /\$?\{\{-?(?:[^{}]|\{(?!\{)|\}(?!\})){0,2000}\}\}|\{%(?:[^%]|%(?!\})){0,1000}%\}|\{#(?:[^#\n]|#(?!\})){0,1000}#\}|<%(?:[^%]|%(?!>)){0,1000}%>|<<\s*(?:parameters|pipeline)\.[^<>\n]*>>/g;
const control =
  /^\{\{-?\s*(?:if|else|end|range|with|define|block|break|continue|template|\/\*|-?\s*\/\*|!|#|\/|\$\w+\s*:?=)/;

/**
 * Puts holes in the place of what a template fills in, as many as it has characters, and spaces in the place of what it only steers
 * by. What stands on a line alone is steering: it puts in lines. Nothing is moved.
 */
export function maskTemplates(source: string): string {
  if (!/\{\{|\{%|\{#|<%|<<\s*p/.test(source)) return source;
  return source.replaceAll(marks, (mark, at: number) => {
    const isAlone = isLineStart(source, at) && isLineEnd(source, at + mark.length);
    const fill = isAlone || control.test(mark) || /^\{%|^\{#|^<%(?![=-])/.test(mark) ? " " : hole;
    const filled = mark.replaceAll(/[^\r\n]/g, fill);
    return isAlone && isBetweenStatements(mark, source, at + mark.length) ? `;${filled.slice(1)}` : filled;
  });
}

/** `{% else %}` with a statement behind it: that of the other branch has ended, with or without a semicolon. */
function isBetweenStatements(mark: string, source: string, end: number): boolean {
  return (
    /^\{%-?\s*(?:else|elif|elseif)\b/.test(mark) &&
    /^\s*(?:drop|reassign|alter|create|delete|truncate|revoke|grant)\s/i.test(source.slice(end, end + 200))
  );
}

export function maskMapped(text: MappedText): MappedText {
  return replaceText(text, maskTemplates(text.text));
}

const isLineStart = (source: string, at: number) =>
  source.slice(source.lastIndexOf("\n", at - 1) + 1, at).trim() === "";

function isLineEnd(source: string, at: number): boolean {
  const end = source.indexOf("\n", at);
  return source.slice(at, end === -1 ? source.length : end).trim() === "";
}
