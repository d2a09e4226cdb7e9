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
    const gap = gapAround(file, at, compiler);
    if (at < gap.to) found.push(...commentsIn(source, gap, compiler));
    at = source.indexOf(word, Math.max(gap.to, at + word.length));
  }
  return found;
}

interface Gap {
  readonly from: number;
  readonly to: number;
}

/**
 * Between the nodes of a tree there are only comments, keywords and punctuation, which the scanner tells apart without
 * knowing where it is; in a node without parts it is the text before the token.
 */
function gapAround(file: ts.SourceFile, offset: number, compiler: Compiler): Gap {
  let node: ts.Node = file;
  let from = 0;
  let { end: to } = file;
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
  return { from, to };
}

/** The comments of a gap that hold the word. */
function commentsIn(source: string, { from, to }: Gap, compiler: Compiler): readonly CommentSyntax[] {
  const found: CommentSyntax[] = [];
  const scanner = compiler.createScanner(compiler.ScriptTarget.ESNext, false);
  scanner.setText(source, from, to - from);
  for (let token = scanner.scan(); token !== compiler.SyntaxKind.EndOfFileToken; token = scanner.scan()) {
    const at = scanner.getTokenStart();
    const text = source.slice(at, scanner.getTokenEnd());
    const isComment =
      token === compiler.SyntaxKind.SingleLineCommentTrivia ||
      token === compiler.SyntaxKind.MultiLineCommentTrivia;
    if (isComment && text.includes(word)) found.push({ text, at });
  }
  return found;
}

function isLiteral({ kind }: ts.Node, { SyntaxKind }: Compiler): boolean {
  return (
    (kind >= SyntaxKind.FirstLiteralToken && kind <= SyntaxKind.LastTemplateToken) ||
    kind === SyntaxKind.JsxText
  );
}
