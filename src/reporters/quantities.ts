import type { StepFact } from "../run/contract.ts";

type Unit = Extract<StepFact, { type: "step-progressed" }>["unit"];

/** `0.84 s`, `12.3 s`, `4 min 07 s`, `2 h 05 min`. */
export function showSeconds(seconds: number): string {
  if (seconds < 9.995) return `${seconds.toFixed(2)} s`;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${pad(whole % 60)} s`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`;
}

/** `1.4 MB` (powers of 1000), `12 345 rows`. */
export function showQuantity(amount: number, unit: Unit): string {
  return unit === "bytes"
    ? showBytes(amount)
    : `${groupDigits(amount)} ${amount === 1 ? unit.slice(0, -1) : unit}`;
}

/** `1.00 MB of 4.00 MB`, `12 of 345 rows`. */
export function showShare(done: number, total: number, unit: Unit): string {
  return `${unit === "bytes" ? showBytes(done) : groupDigits(done)} of ${showQuantity(total, unit)}`;
}

/** A rate; what is whole by nature is rounded. */
export function showRate(perSecond: number, unit: Unit): string {
  return `${unit === "bytes" ? showBytes(perSecond) : groupDigits(Math.round(perSecond))}/s`;
}

function showBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  let size = bytes;
  let index = 0;
  while (size >= 999.5 && index < units.length - 1) {
    size /= 1000;
    index += 1;
  }
  return `${index === 0 ? Math.round(size) : size.toPrecision(3)} ${units[index]}`;
}

function groupDigits(amount: number): string {
  return String(amount).replaceAll(/\B(?=(\d{3})+(?!\d))/g, " ");
}

function pad(amount: number): string {
  return String(amount).padStart(2, "0");
}
