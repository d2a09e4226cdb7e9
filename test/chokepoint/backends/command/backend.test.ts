import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openCommandBackend } from "../../../../src/chokepoint/backends/command/open-backend.ts";
import { recordPermit } from "../../../../src/chokepoint/recorded-permits.ts";
import { readPolicy } from "../../../../src/chokepoint/read-policy.ts";
import type { Resource } from "../../../../src/chokepoint/resource.ts";
import { targetSchema } from "../../../../src/config/target-schema.ts";
import { isAlive } from "../../../support/is-alive.ts";
import { poll } from "../../../support/server-process.ts";

// A server is a folder here: its identity a file within, its data another.
const base = mkdtempSync(join(tmpdir(), "custody-command-"));
const servers = join(base, "servers");
const folder = join(base, "tomb");
const program = join(base, "fleet");
const said = join(base, "said");
const signal = new AbortController().signal;
const progress = (): void => undefined;
const permit = (event = "drop.started") => recordPermit({ dropId: "d1", event, epoch: 1 });
const acme: Resource = { type: "server", names: { server: "ded_acme" }, token: "acme" };

writeFileSync(
  program,
  `#!/bin/sh
echo "$@ env=$(env | cut -d= -f1 | grep -v -e PWD -e SHLVL -e '^_$' | sort | tr '\\n' ' ')" >> ${said}
echo "password=hunter2" >&2
server=${servers}/$2
case $1 in
  inspect) [ -d "$server" ] || exit 3; cat "$server/id" ;;
  destroy) rm -rf "$server" ;;
  stubborn) exit 0 ;;
  hang) (trap '' TERM; sleep 300) & echo $! > ${base}/child; sleep 300 ;;
  gone-then-hang) rm -rf "$server"; sleep 300 ;;
  fail) exit 7 ;;
  dump) cp -r "$server" "$3/data" ;;
  prove) grep -q precious "$3/data/data" ;;
  restore) mkdir "$server" && cp "$3"/data/* "$server" ;;
esac
`,
);
chmodSync(program, 0o755);

function open(command: Readonly<Record<string, unknown>> = {}) {
  const section = targetSchema.parse({
    name: "fleet",
    kind: "command",
    placement: "dedicated",
    command: {
      inspect: [program, "inspect", "{name}"],
      destroy: [program, "destroy", "{name}", "{token}", "{drop_id}"],
      dump: [program, "dump", "{name}", "{folder}"],
      prove: [program, "prove", "{name}", "{folder}"],
      restore: [program, "restore", "{name}", "{folder}"],
      ...command,
    },
  });
  const policy = readPolicy(section, { folder: base, stateDir: base });
  return openCommandBackend({ policy, env: { ...process.env, PGPASSWORD: "hunter2", LANG: "C" } });
}

async function planned(backend: ReturnType<typeof open>, dropId = "d1") {
  const { identity } = await backend.inspect(acme, { force: false, signal });
  const held = await backend.hold(dropId, acme, signal);
  return { held, plan: await held.planFence(acme, identity) };
}

beforeEach(() => {
  for (const each of [servers, folder, said]) rmSync(each, { recursive: true, force: true });
  mkdirSync(join(servers, "ded_acme"), { recursive: true });
  writeFileSync(join(servers, "ded_acme/id"), "i-0123456789\nmore\n");
  writeFileSync(join(servers, "ded_acme/data"), "precious");
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

describe("a server that programs tear down", () => {
  test("is known by what inspect prints first; 3 means that there is none", async () => {
    const backend = open();
    const { identity } = await backend.inspect(acme, { force: false, signal });
    expect(identity).toEqual({
      systemIdentifier: "command:fleet",
      parts: [{ part: "server", name: "ded_acme", id: "i-0123456789", sizeBytes: null }],
    });
    rmSync(join(servers, "ded_acme"), { recursive: true });
    expect((await backend.inspect(acme, { force: false, signal })).identity.parts).toEqual([]);
  });

  test("is dumped, proved, destroyed and brought back", async () => {
    const { held, plan } = await planned(open());
    const made = await held.makeTombstone(plan, folder, progress, signal);
    expect(made).toMatchObject({
      contents: { files: 2 },
      fingerprint: expect.stringMatching(/^files-1:2:[0-9a-f]{64}$/),
    });
    expect(await held.proveTombstone(plan, folder, progress, signal)).toMatchObject({ isEqual: true });
    expect(await held.standing(plan)).toMatchObject({ standing: "intact" });
    expect(await held.destroyResource(permit("drop.purge_started"), plan)).toMatchObject({
      standing: "gone",
      witness: { inspect: "not there", exit_code: 0 },
    });
    expect(await held.destroyResource(permit("drop.purge_started"), plan)).toMatchObject({
      standing: "gone",
    });
    const undone = await held.undo(
      permit("drop.undo_started"),
      plan,
      { kind: "tombstone", folder },
      { as: "ded_back", progress, signal },
    );
    expect(undone.names).toEqual({ server: "ded_back" });
    expect(readFileSync(join(servers, "ded_back/data"), "utf8")).toBe("precious");
    await held[Symbol.asyncDispose]();
  });

  test("its programs see PATH, HOME, LANG and the drop's id alone, and the names in single arguments", async () => {
    const { held, plan } = await planned(open());
    await held.destroyResource(permit(), plan);
    const lines = readFileSync(said, "utf8").trim().split("\n");
    expect(lines.find((line) => line.startsWith("destroy"))).toBe(
      "destroy ded_acme acme d1 env=CUSTODY_DROP_ID HOME LANG PATH ",
    );
  });

  test("a dump that does not prove says so; one that was not made is an error without what was printed", async () => {
    const { held, plan } = await planned(open({ dump: [program, "fail", "{name}"] }));
    const failed = held.makeTombstone(plan, folder, progress, signal);
    await expect(failed).rejects.toMatchObject({ message: "dump of fleet ended with exit code 7" });
    mkdirSync(join(folder, "data"), { recursive: true });
    writeFileSync(join(folder, "data/data"), "other");
    expect(await held.proveTombstone(plan, folder, progress, signal)).toMatchObject({ isEqual: false });
  });

  test("a dump whose files would be taken for the tombstone's own is refused", async () => {
    const { held, plan } = await planned(open());
    writeFileSync(join(servers, "ded_acme/disk.age"), "x");
    await expect(held.makeTombstone(plan, folder, progress, signal)).rejects.toMatchObject({
      code: "bad-config",
    });
  });

  test("without prove a dump counts as unproved", async () => {
    const { held, plan } = await planned(open({ prove: undefined }));
    await expect(held.proveTombstone(plan, folder, progress, signal)).rejects.toMatchObject({
      code: "tool-missing",
    });
  });
});

describe("how destroy ended is found out by inspect", () => {
  test("it ended badly, or said that it was well: the server is there", async () => {
    for (const [step, message] of [
      ["fail", "destroy of fleet ended with exit code 7"],
      ["stubborn", "destroy of fleet ended well, and inspect still finds ded_acme"],
    ] as const) {
      const { held, plan } = await planned(open({ destroy: [program, step, "{name}"] }));
      await expect(held.destroyResource(permit(), plan)).rejects.toMatchObject({ message });
      expect(await held.standing(plan)).toMatchObject({ standing: "intact" });
    }
  });

  test("at the deadline its whole process group is ended", async () => {
    const { held, plan } = await planned(open({ destroy: [program, "hang", "{name}"], deadline: "1s" }));
    await expect(held.destroyResource(permit(), plan)).rejects.toMatchObject({
      code: "timeout",
      isOutcomeUnknown: true,
    });
    expect(existsSync(join(servers, "ded_acme"))).toBe(true);
    const child = Number(readFileSync(join(base, "child"), "utf8"));
    await poll(async () => !isAlive(child));
  });

  test("it did its work and then hung: the server is gone", async () => {
    const { held, plan } = await planned(
      open({ destroy: [program, "gone-then-hang", "{name}"], deadline: "1s" }),
    );
    expect(await held.destroyResource(permit(), plan)).toMatchObject({
      standing: "gone",
      witness: { inspect: "not there", exit_code: null, error: "timeout" },
    });
  });

  test("inspect does not answer: nothing is known", async () => {
    const { held, plan } = await planned(open());
    writeFileSync(join(servers, "ded_acme/id"), "");
    await expect(held.standing(plan)).rejects.toMatchObject({
      message: "inspect of fleet printed no identity",
    });
  });
});

describe("what is refused", () => {
  test("another server of the same name is never destroyed", async () => {
    const { held, plan } = await planned(open());
    writeFileSync(join(servers, "ded_acme/id"), "i-another\n");
    await expect(held.destroyResource(permit(), plan)).rejects.toMatchObject({
      refusal: { code: "CHANGED" },
    });
    expect(existsSync(join(servers, "ded_acme"))).toBe(true);
    expect(await held.standing(plan)).toMatchObject({ standing: "gone", witness: { inspect: "another" } });
  });

  test("an undo over a server that is there", async () => {
    const { held, plan } = await planned(open());
    const undone = held.undo(
      permit(),
      { ...plan, identity: { ...plan.identity, parts: [] } },
      { kind: "tombstone", folder },
      { as: null, progress, signal },
    );
    await expect(undone).rejects.toMatchObject({ code: "name-in-use" });
  });

  test("a second drop at the same time, and acting without a permit", async () => {
    const backend = open();
    const { held, plan } = await planned(backend);
    await expect(backend.hold("d2", acme, signal)).rejects.toMatchObject({ code: "state-in-use" });
    const forged = { ...permit() } as ReturnType<typeof permit>;
    await expect(held.destroyResource(forged, plan)).rejects.toThrow("without a recorded decision");
    await held[Symbol.asyncDispose]();
    await (await backend.hold("d2", acme, signal))[Symbol.asyncDispose]();
  });

  test("templates that cannot be, programs that are not there", async () => {
    expect(() => open({ inspect: ["{name}"] })).toThrow(expect.objectContaining({ code: "bad-config" }));
    expect(() => open({ inspect: [program, "{drop_id}"] })).toThrow(
      expect.objectContaining({ code: "bad-config" }),
    );
    expect(() => open({ destroy: [program, "{folder}"] })).toThrow(
      expect.objectContaining({ code: "bad-config" }),
    );
    const absent = open({ inspect: ["/nowhere/inspect", "{name}"] });
    await expect(absent.ping(signal)).rejects.toMatchObject({ code: "tool-missing" });
    await expect(absent.inspect(acme, { force: false, signal })).rejects.toMatchObject({
      code: "tool-missing",
    });
    expect(open().finalName("server", "--all")).not.toBe("--all");
  });
});
