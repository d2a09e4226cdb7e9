import { expect, test } from "bun:test";
import { findingsDocumentSchema } from "../../src/chokepoint/documents/finding-document.ts";
import type { Finding } from "../../src/chokepoint/reconcile/read-findings.ts";
import { sha256, startTestApi, tokenOf, tokens } from "../support/api-server.ts";

const finding = (seq: number, target: string, more: Partial<Finding> = {}): Finding => ({
  seq,
  at: new Date(Date.UTC(2026, 10, seq)),
  action: "drop.unattributed",
  target,
  part: "database",
  id: String(seq),
  name: `db_${seq}`,
  systemIdentifier: "7",
  dropId: null,
  reason: null,
  lastSeen: "2026-10-31T00:00:00.000Z",
  witness: null,
  ...more,
});

test("what was told is listed again, newest first, as far as the caller may see it", async () => {
  await using api = await startTestApi({
    tokens: [...tokens, { name: "worker", sha256: sha256(tokenOf("worker")), scopes: ["request"] }],
  });
  api.chokepoint.world.findings = [
    finding(4, "others"),
    finding(3, "customers", { action: "drop.orphaned", reason: "left-over", dropId: "d1", lastSeen: null }),
    finding(2, "removed"),
    finding(1, "customers", { witness: { wal: "0/1" } }),
  ];
  const list = async (query: string, as = "reader") => {
    const answer = await api.ask(`/v1/findings${query}`, { as });
    expect(answer.status).toBe(200);
    return findingsDocumentSchema.parse(await answer.json());
  };
  const seqs = async (query: string, as?: string) => (await list(query, as)).findings.map(({ seq }) => seq);
  expect(await seqs("")).toEqual([4, 3, 2, 1]);
  expect(await seqs("?target=customers")).toEqual([3, 1]);
  expect(await seqs("?since=2026-11-03T00:00:00Z")).toEqual([4, 3]);
  expect(await seqs("", "limited")).toEqual([4]);
  expect(await seqs("?target=customers", "limited")).toEqual([]);
  expect(await list("?limit=1&target=customers")).toEqual({
    findings: [
      {
        class: "drop-orphaned",
        seq: 3,
        at: "2026-11-03T00:00:00.000Z",
        target: "customers",
        part: "database",
        id: "3",
        name: "db_3",
        system_identifier: "7",
        drop_id: "d1",
        reason: "left-over",
        last_seen: null,
        witness: null,
      },
    ],
    has_more: true,
  });
  const status = async (query: string, as: string | null = "reader") =>
    (await api.ask(`/v1/findings${query}`, { as })).status;
  expect(await status("", "worker")).toBe(403);
  expect(await status("", null)).toBe(401);
  for (const wrong of ["?limit=0", "?limit=501", "?since=yesterday", "?until=1", "?target="])
    expect(await status(wrong)).toBe(422);
});
