/** Where in the nest of types and functions the walk is. */
export interface Scope {
  /** The type whose members are read; null outside of any. */
  readonly owner: string | null;
  /** What qualifies a name that is defined here: `Outer.Inner`, `Outer.Inner.drop`; empty at the top. */
  readonly path: string;
  /** Reads with another owner and path, and comes back. */
  inside(owner: string | null, path: string, read: () => void): void;
}

export function createScope(): Scope {
  let current: { owner: string | null; path: string } = { owner: null, path: "" };
  return {
    get owner() {
      return current.owner;
    },
    get path() {
      return current.path;
    },
    inside(owner, path, read) {
      const outer = current;
      current = { owner, path };
      read();
      current = outer;
    },
  };
}

/** `path.name`, or the name alone where there is no path. */
export function qualify(path: string, name: string, mark = "."): string {
  return path === "" ? name : `${path}${mark}${name}`;
}
