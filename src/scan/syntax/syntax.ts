/**
 * What a front-end tells of one file of source: just enough of its syntax tree to fold constants, to see what calls
 * what, and to know what a string is used for. The same for every language; plain JSON, so that it can be kept in a
 * cache. Offsets are UTF-16 code units from the start of the file.
 */
export interface FileSyntax {
  readonly language: CodeLanguage;
  /** Go's package, Java's package, PHP's or C#'s namespace as written; null where the language has none. */
  readonly package: string | null;
  readonly imports: readonly ImportSyntax[];
  /** The first is the file itself: what runs, or is defined, outside of any function. */
  readonly functions: readonly FunctionSyntax[];
  readonly types: readonly TypeSyntax[];
  /** Every comment that holds `custody-allow`, with its marks (`//`, `#`). */
  readonly comments: readonly CommentSyntax[];
  /** Where the parser gave up; empty when all of the file was understood. */
  readonly errors: readonly number[];
}

export type CodeLanguage =
  | "typescript"
  | "javascript"
  | "go"
  | "python"
  | "java"
  | "ruby"
  | "php"
  | "rust"
  | "csharp";

/** One name that a file takes from another module. */
export interface ImportSyntax {
  /** The name that it has in this file; null for an import that names nothing. */
  readonly local: string | null;
  /** The module as written: `./names.js`, `example.com/shop/internal/pool`, `shop.names`, `App\Names`, `crate::names`. */
  readonly module: string;
  /** The name that it has there; `*` for the module as a whole (a Go package, `import * as`), `default` for a default. */
  readonly exported: string;
}

export interface FunctionSyntax {
  /** Null for a function literal (closure, arrow, lambda, block) that no name is bound to at once. */
  readonly name: string | null;
  /** The class, struct, trait or module that it is a method of, without pointers and type parameters. */
  readonly owner: string | null;
  /** As people of the language write it: `(*LocalBackend).Deprovision`, `LocalBackend.deprovision`, `Shop::Names#drop`. */
  readonly qualified: string;
  /** The function that it stands in, by index; null only for the file itself. */
  readonly parent: number | null;
  readonly params: readonly ParameterSyntax[];
  /** The declared type of what it returns, bare: `Backend` of `*pool.Backend` is `pool.Backend`. Null when not written. */
  readonly returns: string | null;
  /** Whether code outside of its file (in Go: of its package) can name it. */
  readonly isExported: boolean;
  /** Decorators, annotations and attributes by name: `Test`, `app.route`, `HttpPost`. */
  readonly marks: readonly string[];
  /** Where its name stands (of a literal: where it begins), and where it ends. */
  readonly at: number;
  readonly end: number;
  /** In the order of the source; blocks, loops and branches are flattened into it. */
  readonly body: readonly Statement[];
}

export interface ParameterSyntax {
  readonly name: string;
  /** Bare, as in `returns`. */
  readonly type: string | null;
  readonly default: Expression | null;
}

/** A class, struct, interface, trait, enum or module, with what is needed to follow a call on a value of it. */
export interface TypeSyntax {
  readonly name: string;
  readonly isInterface: boolean;
  /** What it extends, implements, embeds or mixes in, bare. */
  readonly above: readonly string[];
  readonly fields: readonly { readonly name: string; readonly type: string | null }[];
  /** Names of the methods that it demands, when it is an interface. */
  readonly methods: readonly string[];
  readonly at: number;
}

export interface CommentSyntax {
  readonly text: string;
  readonly at: number;
}

export type Statement =
  /** An expression for its effect. */
  | { readonly do: "run"; readonly value: Expression }
  /**
   * `target` is a name or a dotted path (`this.names.drop`, `self.sql`, `cmd.CommandText`, `Names.DROP` for a static field or an enum's
   * member); null where it is neither. `isAppend` for `+=`, `<<`, `.=`. `type` when the declaration says it, bare.
   */
  | {
      readonly do: "set";
      readonly target: string | null;
      readonly value: Expression;
      readonly isAppend: boolean;
      /** `const`, `final`, a name in capitals: nothing sets it again. */
      readonly isConstant: boolean;
      /** Whether other files may read it by its name. */
      readonly isExported: boolean;
      readonly type: string | null;
      readonly at: number;
    }
  | { readonly do: "return"; readonly value: Expression }
  | { readonly do: "throw"; readonly value: Expression };

/** A statement that gives a name or a path a value. */
export type SetStatement = Extract<Statement, { do: "set" }>;

export type Expression =
  /** A string as the program sees it, escapes resolved. A character or a byte string counts. */
  | { readonly is: "text"; readonly text: string; readonly at: number }
  /** Concatenation, a template, an interpolation: the parts follow one another. */
  | { readonly is: "join"; readonly parts: readonly Expression[]; readonly at: number }
  /** An operator or macro that formats: Python's `%` and `.format`, Ruby's `%`, Rust's `format!` family. A function that formats is a call. */
  | {
      readonly is: "format";
      readonly style: "printf" | "brace";
      readonly template: Expression;
      readonly values: readonly Expression[];
      readonly named: readonly Entry[];
      readonly at: number;
    }
  /** A name alone: a variable, a constant, a function, a package, `this`, `self`. */
  | { readonly is: "name"; readonly name: string; readonly at: number }
  /** `of.name`, `of->name`, `of::name`; `at` is where `name` stands. */
  | { readonly is: "member"; readonly of: Expression; readonly name: string; readonly at: number }
  /** `of[key]`. */
  | { readonly is: "index"; readonly of: Expression; readonly key: Expression; readonly at: number }
  /**
   * A call, `new X(…)` (its callee is the type's name), a tagged template (one argument, the joined text), a macro (`sqlx::query!`), a
   * backtick command (callee `` ` ``). `at` is where the last name of the callee stands. Named arguments are `named`; a block or trailing
   * closure is the last argument.
   */
  | {
      readonly is: "call";
      readonly how: "call" | "new" | "tag" | "macro" | "backtick";
      readonly callee: Expression;
      readonly args: readonly Expression[];
      readonly named: readonly Entry[];
      readonly at: number;
      readonly end: number;
    }
  /** An array, a tuple, a set, a slice literal. */
  | { readonly is: "list"; readonly items: readonly Expression[]; readonly at: number }
  /** An object, a dictionary, a struct literal (`type` is the struct's name, bare). */
  | {
      readonly is: "map";
      readonly entries: readonly Entry[];
      readonly type: string | null;
      readonly at: number;
    }
  /** A function literal, by its index in `functions`. */
  | { readonly is: "function"; readonly index: number; readonly at: number }
  /** One of several: `a ? b : c`, `a || b`, `a ?? b`, a `match` or an `if` with a value. */
  | { readonly is: "choice"; readonly options: readonly Expression[]; readonly at: number }
  /** `==`, `!=`, `<`, `in`, `is`, `case x:`, `=~`, a pattern: the value is a boolean, whatever the sides say. */
  | { readonly is: "compare"; readonly sides: readonly Expression[]; readonly at: number }
  /** A regular expression's literal. */
  | { readonly is: "pattern"; readonly text: string; readonly at: number }
  /** Anything else: what is inside is kept, so that no call in it is lost. */
  | { readonly is: "other"; readonly inside: readonly Expression[]; readonly at: number };

export interface Entry {
  /** Null when it is computed, or spread. */
  readonly key: string | null;
  readonly value: Expression;
  readonly at: number;
}
