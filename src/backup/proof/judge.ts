import type { Comparator } from "../compare/comparators.ts";
import type { ComparatorName, Difference, Stage } from "../compare/difference.ts";
import { objectKey } from "../fingerprint.ts";
import type { Contents, Fingerprint } from "../fingerprint.ts";
import { blame, findCarriers } from "./blame.ts";
import { blameChain } from "./compare-chains.ts";
import type { compareChains } from "./compare-chains.ts";
import { findSuperuserNeeds } from "./needs-superuser.ts";
import type { ArchiveProof, Proof } from "./proof.ts";
import { notApplicable } from "./verdict.ts";
import type { Assertion, ProofDifference, ProofVerdict } from "./verdict.ts";

/** The comparison that the proof makes, and that sabotage then puts to the test: the very same functions. */
export interface Comparison {
  readonly comparators: readonly Comparator[];
  readonly compareChains: typeof compareChains;
}

export interface Judgement {
  readonly assertions: readonly Assertion[];
  readonly differences: readonly ProofDifference[];
}

/** Compares everything with everything that it must be equal to, stage by stage. Pure. */
export function judge(given: Proof, comparison: Comparison): Judgement {
  const proof = withoutUnread(withoutLeftOut(given));
  const isIntact = proof.archive === null || (isUnchanged(proof.archive) && !isDamaged(proof.archive));
  const before = isIntact ? "dump" : "storage";
  const storage = proof.archive ? findDamage(proof.archive) : [];
  const dump =
    proof.source && proof.archive ? findUndumped(proof.source, proof.archive, comparison, before) : [];
  const failed = (proof.restore?.errors ?? []).filter((error) => !error.isBenign);
  const errors = failed.map(toDifference);
  const restore = comparison.comparators.map((comparator) => ({
    name: comparator.name,
    isApplicable: !proof.notApplicable.has(comparator.name),
    found: proof.notApplicable.has(comparator.name)
      ? []
      : comparator.compare(proof.expected, proof.restored, "restore"),
  }));
  const carriers = findCarriers(proof.archive, proof.expected);
  const blamed = restore
    .flatMap(({ found }) => found)
    .map((difference) => blame(difference, proof, carriers));
  const differing = unreadable(proof.expected, proof.restored);
  const reasons = new Map([
    ...(differing === undefined ? [] : [["content", differing] as const]),
    ...proof.notRun,
  ]);
  const needs = findSuperuserNeeds(proof, carriers);
  const broken = comparison.compareChains(proof.pre, proof.post, proof.isPreKnown);
  const chain =
    proof.archive === null || proof.post === null
      ? broken
      : blameChain(broken, proof.post.schema, [...errors, ...blamed], before);
  return {
    assertions: [
      check("archive-intact", "as written", storage, proof.archive !== null),
      notRun(
        check("archive-holds-source", "no difference", dump, proof.source !== null && proof.archive !== null),
        proof.source && proof.archive && !impliesArchive(proof, proof.source, comparison)
          ? unreadable(proof.source, proof.archive.reading.contents)
          : undefined,
      ),
      excuse(
        check("restore-errors", "none", errors, proof.restore !== null),
        failed.every((error) => needs.isError(error)),
      ),
      ...restore.map(({ name, isApplicable, found }) =>
        excuse(
          notRun(check(name, "no difference", found, isApplicable), reasons.get(name)),
          found.every((difference) => needs.isDifference(difference)),
        ),
      ),
      ...chainAssertions(proof, chain),
    ],
    differences: [...storage, ...dump, ...errors, ...blamed, ...chain],
  };
}

/** What the assertions add up to: one that failed disproves, one that could not run leaves the proof open. */
export function conclude(assertions: readonly Assertion[]): ProofVerdict {
  if (assertions.some((assertion) => assertion.ok === false)) return "disproved";
  const isOpen = assertions.some((assertion) => assertion.ok === null && assertion.actual !== notApplicable);
  return isOpen ? "not-run" : "proved";
}

/** What was left out on purpose, and what belongs to it, is missed by nobody; the report names it. */
export function withoutLeftOut(proof: Proof): Proof {
  const leftOut = new Set(proof.restore?.leftOut);
  if (leftOut.size === 0) return proof;
  const objects = proof.expected.objects.filter(
    ({ kind, identity, parent }) =>
      !leftOut.has(objectKey(kind, identity)) && !(parent !== undefined && leftOut.has(parent)),
  );
  return { ...proof, expected: { ...proof.expected, objects } };
}

/** Of rows and large objects that a damaged archive does not give, the damage is told and nothing else. */
function withoutUnread(proof: Proof): Proof {
  const { archive, source } = proof;
  if (archive === null || !isDamaged(archive)) return proof;
  const { contents, undigested } = archive.reading;
  const tables = new Set([...contents.tables.map(({ table }) => table), ...undigested]);
  const objects = new Set(contents.largeObjects.map(({ oid }) => oid));
  const onlyRead = <Side extends Contents>(side: Side): Side => ({
    ...side,
    tables: side.tables.filter(({ table }) => tables.has(table)),
    largeObjects: side.largeObjects.filter(({ oid }) => objects.has(oid)),
  });
  return {
    ...proof,
    source: source && onlyRead(source),
    expected: onlyRead(proof.expected),
    restored: onlyRead(proof.restored),
  };
}

function isDamaged(archive: ArchiveProof): boolean {
  return archive.reading.damage.length > 0;
}

function isUnchanged(archive: ArchiveProof): boolean {
  return archive.writtenSha256 === null || archive.writtenSha256 === archive.readSha256;
}

function findDamage(archive: ArchiveProof): readonly ProofDifference[] {
  const at = { object: `archive ${archive.path}`, kind: "archive", stage: "storage" } as const;
  const found = archive.reading.damage.map((detail): ProofDifference => ({ ...at, detail }));
  if (isUnchanged(archive)) return found;
  const detail = `SHA-256 ${archive.writtenSha256?.slice(0, 16)}… when written, ${archive.readSha256.slice(0, 16)}… when read`;
  return [{ ...at, detail }, ...found];
}

const contentComparators: ReadonlySet<ComparatorName> = new Set(["content", "large-objects"]);

/** Rows and large objects of the source that the archive does not hold. Sequences are not MVCC: the archive's values are the measure. */
function findUndumped(
  source: Contents,
  archive: ArchiveProof,
  comparison: Comparison,
  stage: Stage,
): readonly Difference[] {
  const undigested = new Set(archive.reading.undigested);
  const comparable = source.tables.filter(({ table }) => !undigested.has(table));
  const expected = onlyContents({ ...source, tables: comparable });
  const actual = onlyContents(archive.reading.contents);
  return comparison.comparators
    .filter(({ name }) => contentComparators.has(name))
    .flatMap((comparator) => comparator.compare(expected, actual, stage));
}

function onlyContents(contents: Contents): Fingerprint {
  return { ...contents, serverVersion: "", database: "", objects: [] };
}

function toDifference(error: {
  readonly class: string;
  readonly entry: string;
  readonly message: string;
}): ProofDifference {
  return {
    object: error.entry,
    kind: "restore-error",
    stage: "restore",
    detail: `${error.class}: ${error.message}`,
  };
}

function chainAssertions(proof: Proof, found: readonly ProofDifference[]): readonly Assertion[] {
  const { pre, post } = proof;
  const hasChain = pre !== null || post !== null;
  const compared = (
    name: string,
    before: string | number | undefined,
    after: string | number | undefined,
  ): Assertion =>
    hasChain && proof.isPreKnown
      ? { name, ok: before === after, expected: String(before ?? "none"), actual: String(after ?? "none") }
      : { name, ok: null, expected: "equal", actual: notApplicable };
  return [
    {
      name: "chain-before",
      ok: pre === null ? null : pre.findings.length === 0,
      expected: "clean",
      actual: pre === null ? notApplicable : describeFindings(pre.findings),
    },
    check("chain", "clean, and the one that was backed up", found, hasChain),
    compared("row-count", pre?.rowCount, post?.rowCount),
    compared("chain-head", pre?.headHash, post?.headHash),
  ];
}

function describeFindings(findings: readonly string[]): string {
  return findings.length === 0
    ? "clean"
    : `${findings.length} finding${findings.length === 1 ? ":" : "s, first:"} ${findings[0] ?? ""}`;
}

/** Why the rows of two sides were counted and not compared; undefined: they were. */
function unreadable(one: Contents, other: Contents): string | undefined {
  if (one.encoding === other.encoding || one.tables.every(({ rows }) => rows === 0)) return undefined;
  return `rows in ${one.encoding} cannot be compared with rows in ${other.encoding}`;
}

/** Whether what was restored is what was there before: then the archive in between held it, whatever its encoding. */
function impliesArchive({ restored }: Proof, source: Contents, comparison: Comparison): boolean {
  return (
    source.encoding === restored.encoding &&
    comparison.comparators
      .filter(({ name }) => name === "content")
      .every((each) => each.compare(onlyContents(source), onlyContents(restored), "dump").length === 0)
  );
}

/** A check that found nothing, but could not look everywhere, has not passed. */
function notRun(assertion: Assertion, reason: string | undefined): Assertion {
  return assertion.ok === true && reason !== undefined
    ? { ...assertion, ok: null, actual: reason }
    : assertion;
}

/** A check that failed only for what a superuser alone can restore could not run: with one, it may pass. */
function excuse(assertion: Assertion, needsSuperuser: boolean): Assertion {
  if (assertion.ok !== false || !needsSuperuser) return assertion;
  return { ...assertion, ok: null, actual: `${assertion.actual}: only a superuser can restore this` };
}

function check(
  name: string,
  expected: string,
  found: readonly ProofDifference[],
  isApplicable: boolean,
): Assertion {
  if (!isApplicable) return { name, ok: null, expected, actual: notApplicable };
  const actual = found.length === 0 ? expected : `${found.length} difference${found.length === 1 ? "" : "s"}`;
  return { name, ok: found.length === 0, expected, actual };
}
