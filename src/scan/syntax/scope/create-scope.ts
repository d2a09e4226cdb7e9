/** Where in the nest of types and functions the walk is. */
export interface Scope {
  /** The type whose members are read; null outside of any. */
  readonly owner: string | null;
  /** What qualifies a name that is defined here: `Outer.Inner`, `Outer.Inner.drop`; empty at the top. */
  readonly path: string;
  /** Reads with another owner and path, and comes back. */
  inside(owner: string | null, path: string, read: () => void): void;
  /** Whether the methods that are read are those of the type itself, as an object (Ruby's `class << self`). */
  readonly isOfObject: boolean;
  ofObject(read: () => void): void;
}

export function createScope(): Scope {
  let current: { owner: string | null; path: string; isOfObject: boolean } = {
    owner: null,
    path: "",
    isOfObject: false,
  };
  const within = (next: typeof current, read: () => void): void => {
    const outer = current;
    current = next;
    read();
    current = outer;
  };
  return {
    get owner() {
      return current.owner;
    },
    get path() {
      return current.path;
    },
    get isOfObject() {
      return current.isOfObject;
    },
    inside: (owner, path, read) => within({ owner, path, isOfObject: false }, read),
    ofObject: (read) => within({ ...current, isOfObject: true }, read),
  };
}

/** `path.name`, or the name alone where there is no path. */
export function qualify(path: string, name: string, mark = "."): string {
  return path === "" ? name : `${path}${mark}${name}`;
}
