import { allIn } from "../../src/scan/syntax/inside-of.ts";
import type { Expression, FileSyntax } from "../../src/scan/syntax/syntax.ts";

/** Every expression of a file, those inside of others included. */
export function* expressionsOf({ functions }: FileSyntax): Generator<Expression> {
  for (const { body, params } of functions) {
    yield* allIn(body.map(({ value }) => value));
    yield* allIn(params.flatMap(({ default: value }) => value ?? []));
  }
}
