/** Where in the nest of types and functions the walk is. */
export interface Scope {
  /** The type whose members are read; null outside of any. */
  readonly owner: string | null;
  /** What qualifies a name that is defined here: `Outer.Inner`, `Outer.Inner.drop`; empty at the top. */
  readonly path: string;
  /** Reads with another owner and path, and comes back. */
  inside(owner: string | null, path: string, read: () => void): void;
  /** Whose members are read: those of what a type makes, of the type itself (Ruby's `class << self`), or of an interface. */
  readonly members: Members;
  insideOf(members: Members, read: () => void): void;
}

export type Members = "instance" | "singleton" | "interface";

export function createScope(): Scope {
  let current: { owner: string | null; path: string; members: Members } = {
    owner: null,
    path: "",
    members: "instance",
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
    get members() {
      return current.members;
    },
    inside: (owner, path, read) => within({ owner, path, members: "instance" }, read),
    insideOf: (members, read) => within({ ...current, members }, read),
  };
}

/** `path.name`, or the name alone where there is no path. */
export function qualify(path: string, name: string, mark = "."): string {
  return path === "" ? name : `${path}${mark}${name}`;
}
