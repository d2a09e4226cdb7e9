import { objectKey } from "../fingerprint.ts";
import type { CatalogObject, Fingerprint } from "../fingerprint.ts";
import type { ComparatorName, Difference, Stage } from "./difference.ts";
import { comparatorOfFact, comparatorOfObject } from "./route.ts";
import { shorten } from "./shorten.ts";
import { isSameFact, isTolerated } from "./tolerance.ts";

/** The catalog objects and facts that belong to one comparator, compared. */
export function compareObjects(
  name: ComparatorName,
  expected: Fingerprint,
  actual: Fingerprint,
  stage: Stage,
): readonly Difference[] {
  return findAll(expected, actual)
    .filter((found) => found.kind === name)
    .map((found) => ({ ...found, stage }));
}

type Found = Omit<Difference, "stage">;

interface Comparison {
  readonly actual: Fingerprint;
  readonly found: readonly Found[];
}

/** The last comparison of each fingerprint: every comparator asks for the same one. */
const latest = new WeakMap<Fingerprint, Comparison>();

function findAll(expected: Fingerprint, actual: Fingerprint): readonly Found[] {
  const known = latest.get(expected);
  if (known?.actual === actual) return known.found;
  const found = [...findLostAndChanged(expected, actual), ...findExtra(expected, actual)];
  latest.set(expected, { actual, found });
  return found;
}

function findLostAndChanged(expected: Fingerprint, actual: Fingerprint): readonly Found[] {
  const here = indexObjects(actual);
  const found: Found[] = [];
  for (const [key, object] of indexObjects(expected)) {
    const twin = here.get(key);
    const kind = comparatorOfObject(object.kind);
    if (twin !== undefined) found.push(...compareFacts({ expected: object, actual: twin }, expected, actual));
    else if (kind !== null && isOwnLoss(object, here)) {
      found.push({ object: key, kind, change: "missing", detail: describe(object) ?? "missing" });
    }
  }
  return found;
}

function findExtra(expected: Fingerprint, actual: Fingerprint): readonly Found[] {
  const there = indexObjects(expected);
  const found: Found[] = [];
  for (const [key, object] of indexObjects(actual)) {
    const kind = comparatorOfObject(object.kind);
    if (there.has(key) || kind === null || !isOwnLoss(object, there) || isTolerated(object)) continue;
    found.push({
      object: key,
      kind,
      change: "extra",
      detail: ["not there before", describe(object)].filter((text) => text !== undefined).join(": "),
    });
  }
  return found;
}

function compareFacts(
  pair: { readonly expected: CatalogObject; readonly actual: CatalogObject },
  expected: Fingerprint,
  actual: Fingerprint,
): readonly Found[] {
  const found: Found[] = [];
  const compare = (fact: string): void => {
    const before = pair.expected.facts[fact];
    const after = pair.actual.facts[fact];
    const kind = before === after ? null : comparatorOfFact(pair.expected.kind, fact);
    if (kind === null || isSameFact(fact, pair, expected, actual)) return;
    const object = objectKey(pair.expected.kind, pair.expected.identity);
    const change = after === undefined ? "missing" : before === undefined ? "extra" : "changed";
    found.push({
      object,
      kind,
      change,
      fact,
      detail: `${fact}: ${shorten(before, after)} → ${shorten(after, before)}`,
    });
  };
  for (const fact in pair.expected.facts) compare(fact);
  for (const fact in pair.actual.facts) if (pair.expected.facts[fact] === undefined) compare(fact);
  return found;
}

/** Whether the object is lost by itself, and not because what it is a part of is lost. */
function isOwnLoss(object: CatalogObject, others: ReadonlyMap<string, CatalogObject>): boolean {
  return object.parent === undefined || others.has(object.parent);
}

/** The text of what an object is, where its catalog has one. */
function describe(object: CatalogObject): string | undefined {
  const definition = object.facts["definition"] ?? object.facts["type"];
  return definition === undefined ? undefined : shorten(definition);
}

const indexes = new WeakMap<readonly CatalogObject[], ReadonlyMap<string, CatalogObject>>();

/** By key; made once for each fingerprint, since every comparator asks. */
export function indexObjects(fingerprint: Fingerprint): ReadonlyMap<string, CatalogObject> {
  const known = indexes.get(fingerprint.objects);
  if (known !== undefined) return known;
  const made = new Map(
    fingerprint.objects.map((object) => [objectKey(object.kind, object.identity), object]),
  );
  indexes.set(fingerprint.objects, made);
  return made;
}
