/** Where in classes and functions the walk is. */
export interface Scope {
  /** The class whose body is being read: a name that is set there is the class's. Null inside of its methods. */
  class: ClassDraft | null;
  /** The method that is being read, its own functions apart. */
  method: MethodScope | null;
}

export interface ClassDraft {
  readonly name: string;
  readonly fields: { name: string; type: string | null }[];
}

export interface MethodScope {
  readonly class: ClassDraft;
  /** What it calls its object: `self`. */
  readonly self: string;
  readonly types: ReadonlyMap<string, string | null>;
}

/** Notes that a class has a field; the first type that is known stays. */
export function noteField(of: ClassDraft, name: string, type: string | null): void {
  const known = of.fields.find((field) => field.name === name);
  if (known === undefined) of.fields.push({ name, type });
  else known.type ??= type;
}
