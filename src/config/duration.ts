const unitMs: ReadonlyMap<string, number> = new Map([
  ["ms", 1],
  ["s", 1000],
  ["m", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000],
]);

/** `30s`, `10m`, `6h`, `30d` (also `250ms`) in milliseconds; null for anything else. */
export function parseDuration(text: string): number | null {
  const [, amount, unit] = /^(\d{1,9})([a-z]+)$/.exec(text) ?? [];
  const ms = unitMs.get(unit ?? "");
  return ms === undefined ? null : Number(amount) * ms;
}
