const firstMs = 250;
const mostMs = 30_000;

/**
 * How long to wait before connecting again, after so many failures in a row (1, 2 …): doubling up to 30 s, of which a
 * random part, between half and all, keeps several watches from coming at once. `random` is from 0 to 1.
 */
export function backoffMs(failures: number, random: number): number {
  const whole = Math.min(firstMs * 2 ** Math.min(failures - 1, 30), mostMs);
  return Math.round(whole * (0.5 + random / 2));
}
