import type { ts } from "ts-morph";
import type { CommentSyntax } from "../syntax.ts";
import type { Compiler } from "./reading.ts";

const word = "custody-allow";

/** Every comment that holds `custody-allow`. A string that does is none. */
export function findAllowances(
  file: ts.SourceFile,
  source: string,
  compiler: Compiler,
): readonly CommentSyntax[] {
  const found: CommentSyntax[] = [];
  let at = source.indexOf(word);
  while (at !== -1) {
    const comment = commentAround(file, source, at, compiler);
    if (comment !== null) found.push(comment);
    const from = comment === null ? at + word.length : comment.at + comment.text.length;
    at = source.indexOf(word, Math.max(from, at + word.length));
  }
  return found;
}

/**
 * Between the nodes of a tree there are only comments, keywords and punctuation, which the scanner tells apart without
 * knowing where it is; in a node without parts it is the text before the token.
 */
function commentAround(
  file: ts.SourceFile,
  source: string,
  offset: number,
  compiler: Compiler,
): CommentSyntax | null {
  let node: ts.Node = file;
  let from = 0;
  let to = source.length;
  for (let deeper: ts.Node | undefined = file; deeper !== undefined;) {
    node = deeper;
    from = node.pos;
    to = node.end;
    deeper = compiler.forEachChild(node, (child) => {
      if (child.end <= offset) from = Math.max(from, child.end);
      else if (child.pos > offset) to = Math.min(to, child.pos);
      else return child;
      return undefined;
    });
  }
  if (isLiteral(node, compiler)) to = node.kind === compiler.SyntaxKind.JsxText ? from : node.getStart(file);
  if (offset >= to) return null;
  const scanner = compiler.createScanner(compiler.ScriptTarget.ESNext, false);
  scanner.setText(source, from, to - from);
  for (let token = scanner.scan(); token !== compiler.SyntaxKind.EndOfFileToken; token = scanner.scan()) {
    const at = scanner.getTokenStart();
    const end = scanner.getTokenEnd();
    if (end <= offset) continue;
    const isComment =
      token === compiler.SyntaxKind.SingleLineCommentTrivia ||
      token === compiler.SyntaxKind.MultiLineCommentTrivia;
    return isComment && at <= offset ? { text: source.slice(at, end), at } : null;
  }
  return null;
}

function isLiteral({ kind }: ts.Node, { SyntaxKind }: Compiler): boolean {
  return (
    (kind >= SyntaxKind.FirstLiteralToken && kind <= SyntaxKind.LastTemplateToken) ||
    kind === SyntaxKind.JsxText
  );
}
