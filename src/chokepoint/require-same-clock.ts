import { OpsError } from "../errors.ts";
import type { ChokepointPorts } from "./ports.ts";
import { showSpan } from "./show-span.ts";

/** As Kerberos has it: what is kept right by NTP is never so far apart. */
const mostApartMs = 5 * 60_000;

/**
 * Retentions, holds and the volume window are times, and a machine whose clock is a month ahead would end them: before one begins or
 * is over, this machine's clock and that of the ledger's server have to agree. Throws `clocks-differ`, or as the ledger.
 */
export async function requireSameClock({
  ledger,
  now,
}: Pick<ChokepointPorts, "ledger" | "now">): Promise<void> {
  const before = now().getTime();
  const theirs = (await ledger.clock()).getTime();
  const apartMs = Math.max(before - theirs, theirs - now().getTime());
  if (apartMs <= mostApartMs) return;
  throw new OpsError(
    "clocks-differ",
    `the clock of this machine and that of the ledger's server are ${showSpan(roughly(apartMs))} apart: nothing is decided or ends by them`,
    "set both by NTP: custody goes on by itself once they agree",
  );
}

/** To whole days, hours or minutes, whichever tells enough. */
function roughly(ms: number): number {
  const unit = [86_400_000, 3_600_000, 60_000].find((each) => ms >= 2 * each) ?? 1000;
  return Math.round(ms / unit) * unit;
}
