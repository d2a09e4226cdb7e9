import { setTimeout as delay } from "node:timers/promises";
import { signalProcess } from "../process-group.ts";
import { findPostmaster, worksIn } from "./find-postmaster.ts";
import type { PrivatePlace } from "./place.ts";

const longestMs = 60_000;

/** PostgreSQL's fast shutdown (SIGINT), awaited; a server that takes longer than a minute goes on with it alone. */
export async function stopServer(place: PrivatePlace): Promise<void> {
  const found = await findPostmaster(place);
  if (found.kind === "none" || found.pid === null) return;
  signalProcess(found.pid, "SIGINT");
  const deadline = performance.now() + longestMs;
  // Its file goes a little before it does.
  while ((await isThere(place, found.pid)) && performance.now() < deadline) await delay(10);
}

async function isThere(place: PrivatePlace, pid: number): Promise<boolean> {
  return (await findPostmaster(place)).kind !== "none" || (await worksIn(pid, place.data));
}
