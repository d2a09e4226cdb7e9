/** A thing that can be destroyed, as whoever looks past the proxy knows it. */
export interface Seen {
  /** As a record's type; `files`: a database's, whatever its name is. */
  readonly kind: string;
  readonly name: string;
  readonly oid: number;
  /** By the server's clock, at the first look that did not find it any more; null while it is there. */
  readonly goneBy: Date | null;
}

/** A row of the ledger's. */
export interface Recorded {
  readonly name: string;
  readonly type: string;
  readonly state: string;
  readonly outcome: string | null;
  /** When its `drop.started` was committed, by the ledger's server. */
  readonly started: Date | null;
  readonly approved: Date | null;
}

/** What a client was told of the one destruction of a thing: that it is done, or for certain that it is not. Who was cut off was told neither. */
export interface Told {
  readonly kind: string;
  readonly name: string;
  readonly end: "done" | "not done";
}

export interface Story {
  readonly seen: readonly Seen[];
  readonly records: readonly Recorded[];
  readonly told: readonly Told[];
  /** What came to no end, by what it was. */
  readonly hung: readonly string[];
}

/** What a proxy has while nobody is connected. */
export interface AtRest {
  /** Files and sockets that it has open. */
  readonly descriptors: number;
  /** Processes that it has started. */
  readonly children: number;
  /** What lies in its folder for temporary files. */
  readonly files: readonly string[];
  /** Sockets at its listeners. */
  readonly clients: number;
  /** Connections of clients that the target has. */
  readonly sessions: number;
  /** Connections of the proxy's own that the target has. */
  readonly backends: number;
}

/** Ends that leave everything where it was. */
const harmless: ReadonlySet<string | null> = new Set(["noop", "rolled_back", "error", "refused"]);

/** What is wrong, in words; empty where the ledger, the servers and what clients were told are the same story. */
export function faultsIn({ seen, records, told, hung }: Story): readonly string[] {
  const byName = Map.groupBy(records, ({ name }) => name.replace(/^public\./, ""));
  const toldOf = new Map(told.map((each) => [`${each.kind} ${each.name}`, each.end]));
  const at = (kind: string, name: string, wrong: readonly string[]): readonly string[] => {
    const own = byName.get(name) ?? [];
    const rows = own.map(({ type, state, outcome }) => `${type} ${state} ${outcome}`).join(", ");
    return wrong.map((each) => `${kind} ${name} ${each}; rows: ${rows || "none"}`);
  };
  return [
    ...hung.map((each) => `${each} came to no end`),
    ...seen.flatMap((each) => {
      const end = toldOf.get(`${each.kind} ${each.name}`) ?? null;
      return at(each.kind, each.name, wrongOf(each, byName.get(each.name) ?? [], end));
    }),
    // Also of what came and went between two looks.
    ...told.flatMap((each) => at(each.kind, each.name, wronglyTold(each, byName.get(each.name) ?? []))),
    ...records.flatMap((each) => at(each.type, each.name.replace(/^public\./, ""), wronglyRecorded(each))),
  ];
}

function wrongOf(
  { kind, goneBy }: Seen,
  own: readonly Recorded[],
  told: Told["end"] | null,
): readonly string[] {
  const done = own.filter(({ type }) => type === kind);
  if (goneBy === null)
    return [
      ...(done.some(({ state, outcome }) => state === "completed" && outcome !== "noop")
        ? ["stands, and is recorded as gone"]
        : []),
      ...(told === "done" ? ["stands, and the client was told that it is gone"] : []),
    ];
  if (kind === "schema" || kind === "files") return ["is denied, or only fenced, and gone"];
  // Who drops a table truncates it, too.
  const able = kind === "truncate" ? own : done;
  const before = able.filter(({ started }) => started !== null && started <= goneBy);
  const isToldWrong =
    told === "not done" && (kind !== "truncate" || !own.some(({ type }) => type === "table"));
  return [
    ...(isToldWrong ? ["is gone, and the client was told that it is not"] : []),
    ...(before.length === 0 ? ["is gone without a record before"] : []),
    ...(before.length > 0 && before.every(({ outcome }) => harmless.has(outcome))
      ? ["is gone, and is recorded as there"]
      : []),
    ...(kind === "role" && before.length > 0 && !before.some(isApproved)
      ? ["is gone without an approval"]
      : []),
  ];
}

function isApproved({ approved, started }: Recorded): boolean {
  return approved !== null && started !== null && approved <= started;
}

function wronglyTold({ kind, end }: Told, own: readonly Recorded[]): readonly string[] {
  const begun = own.filter(({ type, started }) => type === kind && started !== null);
  if (end === "not done")
    return begun.some(({ outcome }) => outcome === "ok")
      ? ["is recorded as done, and the client was told that it is not"]
      : [];
  if (begun.length === 0) return ["was done for the client without a record"];
  return begun.every(({ outcome }) => harmless.has(outcome))
    ? ["was done for the client, and is recorded as there"]
    : [];
}

/** A row whose end does not follow from its beginning. */
function wronglyRecorded({ state, outcome, started }: Recorded): readonly string[] {
  const isOver = ["ok", "rolled_back", "unknown"].includes(outcome ?? "");
  if (started === null && (isOver || state === "completed"))
    return ["is recorded as over, and never as begun"];
  if (started !== null && state === "refused") return ["is recorded as refused, and was begun"];
  return [];
}

/** What a story has left behind in words; `own`: so many connections a proxy keeps, to its ledger and its target, once it has needed them. */
export function leftIn(before: AtRest, after: AtRest, own: number): readonly string[] {
  const more = (what: "descriptors" | "backends"): readonly string[] =>
    after[what] > before[what] + own ? [`${what}: ${before[what]} before, ${after[what]} after`] : [];
  const files = after.files.filter((each) => !before.files.includes(each));
  return [
    ...(after.clients > 0 ? [`clients: ${after.clients} sockets after the last has gone`] : []),
    ...(after.sessions > 0 ? [`sessions: ${after.sessions} at the target after the last has gone`] : []),
    ...more("descriptors"),
    ...more("backends"),
    ...(after.children > before.children
      ? [`children: ${before.children} before, ${after.children} after`]
      : []),
    ...(files.length > 0 ? [`files: ${files.join(", ")}`] : []),
  ];
}
