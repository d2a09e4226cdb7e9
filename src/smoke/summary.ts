import type { SummaryLine, Tone } from "../run/contract.ts";
import { showBytes } from "../run/show-bytes.ts";
import { showCount, showDuration } from "./describe.ts";
import { notApplicable } from "../backup/proof/verdict.ts";
import type { ArchiveFacts, SmokeMode, SmokeVerdict } from "./events.ts";
import { countSabotage } from "./sabotage/count.ts";
import type { SmokeState } from "./state.ts";

const shownDifferences = 20;

/** What people read below the steps: facts, what is wrong, the next step, and the one line that says it all last. */
export function summarise(state: SmokeState, verdict: SmokeVerdict): readonly SummaryLine[] {
  const next = nextStep(state, verdict);
  return [
    line("plain", ""),
    ...factRows(state).map(([label, text]) => line("plain", `${label.padEnd(10)} ${text}`)),
    ...state.kept.map((kept) => line("plain", `${"kept".padEnd(10)} ${kept.what}: ${kept.connect}`)),
    line("plain", ""),
    ...failures(state),
    ...missed(state),
    ...(next === null ? [] : [line("strong", `next: ${next}`)]),
    conclusion(state, verdict),
  ];
}

function factRows(state: SmokeState): readonly (readonly [string, string])[] {
  const rows: [string, string][] = [];
  if (state.source) rows.push(["source", describeSource(state.mode, state.source)]);
  if (state.archive) rows.push(["archive", describeArchive(state.mode, state.archive)]);
  const contents = state.contents.post;
  if (contents) {
    rows.push([
      "compared",
      `${showCount(contents.tables, "table")}, ${showCount(contents.rows, "row")}, ${showCount(contents.objects, "object")}`,
    ]);
  }
  if (state.restored)
    rows.push(["RTO", `${state.restored.seconds.toFixed(2)} s, measured on a ${state.restored.measuredOn}`]);
  if (state.rpo) {
    const from = state.rpo.from === "archive" ? "the archive" : "the newest event";
    rows.push(["RPO", `${showDuration(state.rpo.seconds)}: age of ${from}`]);
  }
  for (const { what, path } of state.files)
    if (what.endsWith("-written")) rows.push(["written", `${path} (${what.replace("-written", "")})`]);
  for (const note of state.notes) rows.push(["note", note]);
  return rows;
}

function describeSource(mode: SmokeMode, source: NonNullable<SmokeState["source"]>): string {
  const server = `PostgreSQL ${source.serverVersion}${source.isStandby ? ", standby" : ""}`;
  return mode === "self" ? `a workload of custody's own (${server})` : `${source.address} (${server})`;
}

/** One that this run made is gone when it ends: its path says nothing. */
function describeArchive(mode: SmokeMode, archive: ArchiveFacts): string {
  const facts = `${archive.format}, ${showBytes(archive.bytes)}, sha256 ${archive.sha256.slice(0, 16)}…`;
  return mode === "archive" ? `${archive.path} (${facts})` : facts;
}

function failures(state: SmokeState): readonly SummaryLine[] {
  const failed = state.assertions.filter((assertion) => assertion.ok === false);
  const notRun = state.assertions.filter(
    (assertion) => assertion.ok === null && assertion.actual !== notApplicable,
  );
  const differences = state.differences;
  const width = Math.max(
    0,
    ...differences.slice(0, shownDifferences).map((difference) => difference.object.length),
  );
  const lines = [
    ...failed.map(({ name, expected, actual }) =>
      line("bad", `${name}: expected ${expected}, got ${actual}`),
    ),
    ...notRun.map(({ name, actual }) => line("warn", `${name}: could not run: ${actual}`)),
    ...differences
      .slice(0, shownDifferences)
      .map(({ stage, object, detail }) =>
        line("bad", `  ${stage.padEnd(7)}  ${object.padEnd(width)}  ${detail}`),
      ),
  ];
  if (differences.length > shownDifferences) {
    lines.push(line("dim", `  … and ${differences.length - shownDifferences} more: --output json lists all`));
  }
  return lines;
}

function missed(state: SmokeState): readonly SummaryLine[] {
  return state.faults
    .filter((fault) => !fault.detected)
    .map((fault) =>
      line("bad", `  sabotage went unseen: ${fault.fault} on ${fault.object} (${fault.comparator})`),
    );
}

function nextStep(state: SmokeState, verdict: SmokeVerdict): string | null {
  if (verdict === "proved") return null;
  if (state.restoreErrors.some((error) => error.class === "permission")) {
    return "some of it only a superuser can restore: --as-superuser does, if you trust whoever wrote the archive";
  }
  if (verdict === "not-run" && state.mode === "archive" && couldNotRun(state, "content"))
    return "dump it with its data, or give the manifest of what it was made from (--expect): nothing is proved yet";
  if (verdict === "not-run")
    return "mend what kept the checks above from running, then run it again: nothing is proved yet";
  if (isBrokenBefore(state))
    return "the chain was broken before it was backed up: custody chain verify on the source says where";
  const stages = new Set(state.differences.map((difference) => difference.stage));
  if (stages.has("storage"))
    return "the archive is not what was written: fetch another copy, then check the storage it lay on";
  if (stages.has("dump"))
    return "the archive never held what the source did: look at how it is dumped (role, row security, excluded tables)";
  if (stages.has("restore") && state.mode === "restored")
    return "this database is not what the manifest was written of: see the lines above (settings of the database come back only with pg_restore --create)";
  if (stages.has("restore"))
    return "the archive does not restore to what it holds: see the lines above, then restore by hand with --keep and look";
  return "a planted fault went unseen: do not trust this proof, report it";
}

/** Whether nothing is wrong but the chain, and that not since the restore. */
function isBrokenBefore({ assertions, differences }: SmokeState): boolean {
  const wasBroken =
    assertions.some(({ name, ok }) => name === "chain-before" && ok === false) || differences.length > 0;
  return wasBroken && differences.every(({ kind, stage }) => kind === "chain" && stage === "dump");
}

function couldNotRun(state: SmokeState, check: string): boolean {
  return state.assertions.some(
    ({ name, ok, actual }) => name === check && ok === null && actual !== notApplicable,
  );
}

function conclusion(state: SmokeState, verdict: SmokeVerdict): SummaryLine {
  const word = { proved: "PASS", disproved: "FAIL", "not-run": "NOT PROVED" }[verdict];
  const tone = { proved: "good", disproved: "bad", "not-run": "warn" } as const;
  const head = state.post.chain_head_hash ?? "";
  const sabotage = countSabotage(state.faults);
  const rows = state.post.row_count ?? state.contents.post?.rows ?? 0;
  const parts = [
    `rows=${rows}`,
    `chain_head=${head === "" ? "none" : `${head.slice(0, 16)}…`}`,
    `verifier=${verifierWord(state)}`,
    `sabotage=${sabotage.detected}/${sabotage.planted}`,
  ];
  if (verdict === "disproved") parts.push(`differences=${state.differences.length}`);
  return line(tone[verdict], `${word} ${parts.join(" ")}`);
}

function verifierWord(state: SmokeState): string {
  if (state.post.verifier_walked === null) return "none";
  return state.post.first_break_pos === -1 && state.differences.every(({ kind }) => kind !== "chain")
    ? "clean"
    : "broken";
}

function line(tone: Tone, text: string): SummaryLine {
  return { tone, text };
}
