/** A span of the policy in its largest whole unit: `30 d`, `36 h`, `90 min`, `5 s`; a part of a second counts as one. Pure. */
export function showSpan(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  if (seconds % 86_400 === 0) return `${seconds / 86_400} d`;
  if (seconds % 3600 === 0) return `${seconds / 3600} h`;
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`;
}
