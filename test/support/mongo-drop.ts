import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openMongoBackend } from "../../src/chokepoint/backends/mongo/open.ts";
import type { Backend, HeldTarget } from "../../src/chokepoint/backend.ts";
import type { FencePlan } from "../../src/chokepoint/drop.ts";
import { readPolicy } from "../../src/chokepoint/read-policy.ts";
import type { Resource } from "../../src/chokepoint/resource.ts";

const signal = new AbortController().signal;

export interface MongoDrop extends AsyncDisposable {
  readonly backend: Backend;
  readonly held: HeldTarget;
  readonly folder: string;
  readonly dropId: string;
  plan(): Promise<FencePlan>;
}

export function openMongo(url: string, env: NodeJS.ProcessEnv = { PATH: "" }): Backend {
  const section = { name: "documents", kind: "mongo", placement: "shared", url } as const;
  return openMongoBackend({ policy: readPolicy(section, { folder: "/", stateDir: "/" }), env });
}

/** A backend, held for one drop of one resource. Without `env` there is no `mongod` to prove with. */
export async function holdMongo(
  url: string,
  resource: Resource,
  env?: NodeJS.ProcessEnv,
): Promise<MongoDrop> {
  const backend = openMongo(url, env);
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
