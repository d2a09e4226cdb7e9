import { OpsError } from "../errors.ts";

const most = 64;

/** Throws `bad-usage` for a number of processes that this machine cannot run: only Linux spreads connections over those of one port. */
export function requireProcesses(count: number, platform: string): void {
  if (!Number.isInteger(count) || count < 1 || count > most)
    throw new OpsError(
      "bad-usage",
      `--processes ${count} is no number from 1 to ${most}`,
      "name one for each processor",
    );
  if (count > 1 && platform !== "linux")
    throw new OpsError(
      "bad-usage",
      `--processes ${count} needs Linux: ${platform} does not spread connections over processes`,
      "leave it out",
    );
}
