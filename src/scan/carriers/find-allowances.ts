import type { CommentSyntax } from "../syntax/syntax.ts";

/** How a comment begins in a kind of file. */
export type CommentMarks = "hash" | "sql" | "slashes" | "batch" | "markup" | "none";

const comments: Record<Exclude<CommentMarks, "none">, RegExp> = {
  // What is embedded may be SQL, with comments of its own.
  hash: /(?<=^|[\s;])#[^\n]*custody-allow[^\n]*|^[ \t]*--[^\n]*custody-allow[^\n]*/gm,
  sql: /--[^\n]*custody-allow[^\n]*|(?<=^|\s)#[^\n]*custody-allow[^\n]*|\/\*(?:(?!\*\/)[^])*?custody-allow(?:(?!\*\/)[^])*\*\//gm,
  slashes:
    /(?:\/\/|(?<=^|\s)#)[^\n]*custody-allow[^\n]*|\/\*(?:(?!\*\/)[^])*?custody-allow(?:(?!\*\/)[^])*\*\//gm,
  batch: /(?:^|(?<=[&\s]))(?:rem\b|::|#)[^\n]*custody-allow[^\n]*/gim,
  markup: /<!--(?:(?!-->)[^])*?custody-allow(?:(?!-->)[^])*-->/g,
};

/** Every comment of a file that holds `custody-allow`, with its marks. */
export function findAllowances(source: string, marks: CommentMarks): readonly CommentSyntax[] {
  if (marks === "none" || !source.includes("custody-allow")) return [];
  return [...source.matchAll(comments[marks])].map((match) => ({
    text: match[0].replace(/\r$/, ""),
    at: match.index,
  }));
}
