import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { rm } from "node:fs/promises";
import { openBesideHba, sceneOn } from "../support/lockdown-scene.ts";
import { startTcpCluster } from "../support/tcp-cluster.ts";
import { waysFolder } from "../support/way-words.ts";
import { waysByObject } from "../support/ways-by-object.ts";
import { waysByRole } from "../support/ways-by-role.ts";

const tcp = await startTcpCluster(15, { wal_level: "replica", max_wal_senders: "5" });
const scene = sceneOn(tcp.cluster.settings, tcp.port);
afterAll(() => rm(waysFolder, { recursive: true, force: true }));
beforeEach(() => scene.reset());

describe("each way round destroys before, and is refused after", () => {
  test.each([...waysByRole, ...waysByObject])(
    "$name",
    async ({ name, arrange, attempt, isDestroyed, refusal, flags = [] }) => {
      for (const each of arrange) await each(scene);
      await attempt(scene);
      expect(await isDestroyed(scene)).toBe(true);

      await scene.reset();
      for (const each of arrange) await each(scene);
      const checked = await scene.lockdown("--check", ...flags);
      expect(checked.code).toBe(1);
      expect(checked.findings.map(({ way }) => way)).toContain(name.split(":")[0] ?? "");
      expect(await isDestroyed(scene)).toBe(false);

      const applied = await scene.lockdown("--apply", ...flags);
      expect([applied.stderr, ...openBesideHba(applied)]).toEqual([""]);
      const outcome: unknown = await attempt(scene).then(
        () => "it was done",
        (error: unknown) => error,
      );
      expect(String(outcome)).toMatch(refusal);
      expect(await isDestroyed(scene)).toBe(false);

      const again = await scene.lockdown("--apply", ...flags);
      expect(again.applied).toEqual([]);
      expect(openBesideHba(await scene.lockdown("--check", ...flags))).toEqual([]);
    },
  );
});
