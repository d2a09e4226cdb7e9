/** Why a part of an archive did not restore. */
export type RestoreErrorClass =
  | "missing-extension"
  | "missing-role"
  | "missing-language"
  /** It would restore with the search_path that the database runs with: a name inside it lacks its schema. */
  | "search-path"
  | "duplicate"
  /** custody restores without a superuser; this needs one. */
  | "permission"
  | "unsupported-setting"
  /** A script of `pg_dump --clean` drops what is not there yet. */
  | "nothing-to-drop"
  /** It stands on something that failed. */
  | "dependent"
  /** A psql command (`\…`) in a plain script: never run. */
  | "meta-command"
  | "other";

export interface RestoreError {
  readonly class: RestoreErrorClass;
  /** `TABLE public.orders`, or the statement's first words. */
  readonly object: string;
  /** Null when the server was not asked, or the tool did not say. */
  readonly sqlstate: string | null;
  /** One line. */
  readonly message: string;
  /** What it means and what to do, when custody knows. */
  readonly explanation: string | null;
  /** The statement that failed, shortened; never rows. */
  readonly statement: string | null;
  /** True when nothing of the database is lost by it. */
  readonly isBenign: boolean;
}

const explanations: Readonly<Record<RestoreErrorClass, string | null>> = {
  "missing-extension": "an extension that the archive needs is not installed on this server",
  "missing-role": "a role that the archive names could not be made on this server",
  "missing-language": "the language is not installed on this server",
  "search-path":
    "pg_dump restores with an empty search_path, and a name inside this object lacks its schema: write schema.name in it, or give its function SET search_path",
  duplicate: "the object exists already: an extension or the server's template database brings it too",
  permission: "custody restores without a superuser, and this needs one",
  "unsupported-setting": "this server's version does not know the setting",
  "nothing-to-drop": "pg_dump --clean drops everything before it makes it, and here nothing was there",
  dependent: "it stands on an object that failed",
  "meta-command": "a psql command in the script; custody runs none of them",
  other: null,
};

const benign: ReadonlySet<RestoreErrorClass> = new Set(["unsupported-setting", "nothing-to-drop"]);

export function restoreError(
  kind: RestoreErrorClass,
  about: {
    readonly object: string;
    readonly message: string;
    readonly sqlstate?: string | null;
    readonly statement?: string | null;
  },
): RestoreError {
  return {
    class: kind,
    object: about.object,
    sqlstate: about.sqlstate ?? null,
    message: firstLine(about.message),
    explanation: explanations[kind],
    statement: typeof about.statement === "string" ? shorten(about.statement) : null,
    isBenign: benign.has(kind),
  };
}

/** What follows (LINE, DETAIL, CONTEXT) is for whoever has the statement before him. */
function firstLine(message: string): string {
  return message.split("\n", 1)[0] ?? "";
}

function shorten(statement: string): string {
  const text = statement.trim();
  return text.length <= 500 ? text : `${text.slice(0, 500)}…`;
}
