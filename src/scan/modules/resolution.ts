/** The tree that modules are looked for in. All paths are absolute, with `/`. */
export interface ModuleTree {
  readonly exists: (path: string) => boolean;
  /** The text of a tsconfig.json, jsconfig.json or package.json; null where there is none. */
  readonly read: (path: string) => string | null;
  /** The folders of packages that the tree itself holds, by name. */
  readonly workspaces: () => ReadonlyMap<string, string>;
  /** The folders of Go modules that the tree holds, by the path that they are imported by. */
  readonly goModules: () => ReadonlyMap<string, string>;
}

/** What a module means where a file imports it. Paths are those of the tree's listing. */
export type Resolution =
  | { readonly is: "file"; readonly path: string }
  /** A package of Go: all files of a folder. */
  | { readonly is: "folder"; readonly path: string }
  /** Nothing of the tree. */
  | { readonly is: "outside" }
  /** The tree does not say: names are all there is to go by. */
  | { readonly is: "unknown" };

/** `importer` is a path of the listing, `module` what stands in its source. */
export type ResolveModule = (family: Family, importer: string, module: string) => Resolution;

/** Languages that call one another's functions. */
export type Family = "script" | "go" | "python" | "java" | "ruby" | "php" | "rust" | "csharp";

export const outside: Resolution = { is: "outside" };
export const unknownModule: Resolution = { is: "unknown" };
