import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openNatsBackend } from "../../src/chokepoint/backends/nats/open.ts";
import type { Backend, HeldTarget } from "../../src/chokepoint/backend.ts";
import type { FencePlan } from "../../src/chokepoint/drop.ts";
import { recordPermit } from "../../src/chokepoint/recorded-permits.ts";
import type { Permit } from "../../src/chokepoint/permit.ts";
import { readPolicy } from "../../src/chokepoint/read-policy.ts";
import type { Resource } from "../../src/chokepoint/resource.ts";
import type { TargetPolicy } from "../../src/chokepoint/target-policy.ts";

export const signal = new AbortController().signal;
export const progress = (): void => undefined;

export function natsPolicy(url: string, mode: TargetPolicy["tombstone"]["mode"] = "required"): TargetPolicy {
  return readPolicy(
    { name: "queues", kind: "nats", placement: "shared", url, tombstone: { mode } },
    { folder: "/", stateDir: "/" },
  );
}

/** A backend, held for one drop of one resource, with what the engine would hand in at each step. */
export interface NatsDrop extends AsyncDisposable {
  readonly backend: Backend;
  readonly held: HeldTarget;
  readonly folder: string;
  readonly dropId: string;
  plan(): Promise<FencePlan>;
}

export async function holdNats(
  url: string,
  resource: Resource,
  options: { readonly mode?: "required" | "soft" | "off" } = {},
): Promise<NatsDrop> {
  const backend = openNatsBackend({ policy: natsPolicy(url, options.mode), env: process.env });
  const dropId = randomUUID();
  const held = await backend.hold(dropId, resource, signal);
  const folder = mkdtempSync(join(tmpdir(), "custody-test-tombstone-"));
  return {
    backend,
    held,
    folder,
    dropId,
    async plan() {
      const { identity } = await backend.inspect(resource, { force: false, signal });
      return await held.planFence(resource, identity);
    },
    async [Symbol.asyncDispose]() {
      await held[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export function permit(event = "drop.started"): Permit {
  return recordPermit({ dropId: "test", event, epoch: 1 });
}
