import { objectKey } from "../fingerprint.ts";
import type { CatalogObject, Fingerprint } from "../fingerprint.ts";
import type { ComparatorName, Difference, Stage } from "./difference.ts";
import { isSameFact, isTolerated } from "./tolerance.ts";
import { comparatorOfFact, comparatorOfObject } from "./route.ts";
import { shorten } from "./shorten.ts";

/** The catalog objects and facts that belong to one comparator, compared. */
export function compareObjects(
  name: ComparatorName,
  expected: Fingerprint,
  actual: Fingerprint,
  stage: Stage,
): readonly Difference[] {
  const there = indexObjects(expected);
  const here = indexObjects(actual);
  const found: Difference[] = [];
  for (const [key, object] of there) {
    const twin = here.get(key);
    if (twin !== undefined)
      found.push(...compareFacts(name, { expected: object, actual: twin }, expected, actual, stage));
    else if (comparatorOfObject(object.kind) === name && isOwnLoss(object, here)) {
      found.push({ object: key, kind: name, change: "missing", stage, detail: describe(object) });
    }
  }
  for (const [key, object] of here) {
    if (there.has(key) || comparatorOfObject(object.kind) !== name || !isOwnLoss(object, there)) continue;
    if (isTolerated(object)) continue;
    found.push({
      object: key,
      kind: name,
      change: "extra",
      stage,
      detail: `not there before: ${describe(object)}`,
    });
  }
  return found;
}

function compareFacts(
  name: ComparatorName,
  pair: { readonly expected: CatalogObject; readonly actual: CatalogObject },
  expected: Fingerprint,
  actual: Fingerprint,
  stage: Stage,
): readonly Difference[] {
  const facts = new Set([...Object.keys(pair.expected.facts), ...Object.keys(pair.actual.facts)]);
  const found: Difference[] = [];
  for (const fact of facts) {
    const before = pair.expected.facts[fact];
    const after = pair.actual.facts[fact];
    if (before === after || comparatorOfFact(pair.expected.kind, fact) !== name) continue;
    if (isSameFact(fact, pair, expected, actual)) continue;
    const object = objectKey(pair.expected.kind, pair.expected.identity);
    const change = after === undefined ? "missing" : before === undefined ? "extra" : "changed";
    const detail = `${fact}: ${shorten(before, after)} → ${shorten(after, before)}`;
    found.push({ object, kind: name, change, stage, detail });
  }
  return found;
}

/** Whether the object is lost by itself, and not because what it is a part of is lost. */
function isOwnLoss(object: CatalogObject, others: ReadonlyMap<string, CatalogObject>): boolean {
  return object.parent === undefined || others.has(object.parent);
}

function describe(object: CatalogObject): string {
  const definition = object.facts["definition"] ?? object.facts["type"];
  return definition === undefined ? "whole object" : shorten(definition);
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
