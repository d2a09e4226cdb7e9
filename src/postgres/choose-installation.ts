import { existsSync } from "node:fs";
import { platform } from "node:os";
import { OpsError } from "../errors.ts";
import type { Installation, Tool } from "./installations.ts";

export interface ToolNeed {
  readonly tools: readonly Tool[];
  /** The least major version that will do: for pg_dump, the server's. */
  readonly atLeast?: number;
  /** The newest major version that will do: for a server that is to be dumped, the client's. */
  readonly atMost?: number;
  /** The major version that would be best: for a scratch server, the source's. Else the nearest above, else the nearest below. */
  readonly prefer?: number;
}

/**
 * The installation that fits best: that of `--pg-bin` if it fits at all, then the preferred major version, else the
 * nearest one that is allowed, else the newest. Throws `tool-missing` with the one command that would install it.
 */
export function chooseInstallation(all: readonly Installation[], need: ToolNeed): Installation {
  const fitting = all.filter(
    (installation) =>
      need.tools.every((tool) => installation.tools.has(tool)) &&
      installation.major >= (need.atLeast ?? 0) &&
      installation.major <= (need.atMost ?? Number.POSITIVE_INFINITY),
  );
  const flagged = fitting.find(({ origin }) => origin === "flag");
  const wanted = need.prefer ?? need.atLeast ?? need.atMost;
  const best = flagged ?? (wanted === undefined ? fitting[0] : nearest(fitting, wanted));
  if (best !== undefined) return best;
  const { code, message } = shortfall(all, need);
  throw new OpsError(
    code,
    message,
    `install it: ${installCommand(need.tools, wanted)} (or name its folder by --pg-bin)`,
  );
}

function nearest(fitting: readonly Installation[], wanted: number): Installation | undefined {
  const above = fitting
    .filter(({ major }) => major >= wanted)
    .toSorted((left, right) => left.major - right.major);
  return above[0] ?? fitting.find(({ major }) => major < wanted);
}

function shortfall(
  all: readonly Installation[],
  need: ToolNeed,
): { code: "tool-missing" | "server-too-new"; message: string } {
  const names = need.tools.join(", ");
  const newest = all.find((installation) => need.tools.every((tool) => installation.tools.has(tool)));
  if (newest === undefined || need.atLeast === undefined) {
    return { code: "tool-missing", message: `PostgreSQL's ${names} not found on this machine` };
  }
  return {
    code: "server-too-new",
    message: `the server is PostgreSQL ${need.atLeast}, and the newest ${names} on this machine is ${newest.version}`,
  };
}

/** The one command that installs programs on this kind of system. */
export function installCommand(needed: readonly Tool[], major?: number, system = systemFamily()): string {
  const isServer = needed.some((tool) => tool === "initdb" || tool === "postgres" || tool === "pg_ctl");
  switch (system) {
    case "debian":
      return `apt-get install ${isServer ? "postgresql" : "postgresql-client"}${major === undefined ? "" : `-${major}`}`;
    case "rpm":
      return `dnf install postgresql${major ?? ""}${isServer ? "-server" : ""}`;
    case "alpine":
      return `apk add postgresql${major ?? ""}${isServer ? "" : "-client"}`;
    case "macos":
      return `brew install postgresql${major === undefined ? "" : `@${major}`}`;
  }
}

export type SystemFamily = "debian" | "rpm" | "alpine" | "macos";

export function systemFamily(): SystemFamily {
  if (platform() === "darwin") return "macos";
  if (existsSync("/etc/alpine-release")) return "alpine";
  return existsSync("/etc/redhat-release") ? "rpm" : "debian";
}
