/** Where in modules, types and functions the walk is. */
export interface Scope {
  /** What `Self` is: the type of the `impl`, or the trait. */
  self: string | null;
  /** Whether what stands in an `impl` of a trait, or in a public trait, can be named by whoever has the type. */
  isOpen: boolean;
  /** The modules that the file opens, from the outside in. */
  readonly modules: string[];
  /** `cfg(test)` of the module around, which holds for all that is in it. */
  marks: readonly string[];
}
