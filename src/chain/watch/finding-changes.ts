import type { Finding } from "../../audit/finding.ts";

/** Which findings came and which went between two readings of a chain: each is told once while it stays as it is. */
export function findingChanges(
  before: readonly Finding[],
  now: readonly Finding[],
): { readonly made: readonly Finding[]; readonly gone: readonly Finding[] } {
  const keysBefore = new Set(before.map(keyOf));
  const keysNow = new Set(now.map(keyOf));
  return {
    made: now.filter((each) => !keysBefore.has(keyOf(each))),
    gone: before.filter((each) => !keysNow.has(keyOf(each))),
  };
}

function keyOf({ class: name, position, id, detail }: Finding): string {
  return JSON.stringify([name, position, id, detail]);
}
