import { expect, test } from "bun:test";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { createServer as createHttp } from "node:http";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "../support/run-commands.ts";
import { runDrop } from "../support/run-drop.ts";

async function listening(server: ReturnType<typeof createServer>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

async function errorOf(api: string, ...more: string[]): Promise<readonly string[]> {
  const told = await runDrop(["list", ...more], null, { env: { CUSTODY_API: api } });
  expect(told.code).toBe(3);
  // What the runtime advises whoever programs with it.
  expect(told.stdout + told.stderr).not.toMatch(/verbose|typo|Is the computer|Does the server|\?$/m);
  return told.stderr.trimEnd().split("\n");
}

const unreached = (what: string): string => `custody: error: no custody can be reached at ${what}`;
const usual = "custody: hint: start custody proxy there, or name another address: --api URL or CUSTODY_API";

test("nothing is there", async () => {
  using folder = temporaryFolder();
  const file = join(folder.path, "file");
  writeFileSync(file, "");
  const port = await (async () => {
    const server = createServer();
    const taken = await listening(server);
    await new Promise((resolve) => server.close(resolve));
    return taken;
  })();
  const address = `http://127.0.0.1:${port}`;
  expect(await errorOf(address)).toEqual([
    unreached(`${address}: nothing listens there (ECONNREFUSED)`),
    usual,
  ]);
  expect(await errorOf(`unix:${folder.path}/none`)).toEqual([
    unreached(`${folder.path}/none: there is no such socket (ENOENT)`),
    usual,
  ]);
  expect(await errorOf(`unix:${file}`)).toEqual([
    unreached(`${file}: nothing listens there (ECONNREFUSED)`),
    usual,
  ]);
  expect(await errorOf("http://custody.invalid")).toEqual([
    expect.stringContaining("http://custody.invalid: no address is known of this host") as string,
    usual,
  ]);
});

test("something else is there", async () => {
  const mute = createServer((socket) => socket.end("SSH-2.0-x\r\n"));
  const pages = createHttp((request, response) => {
    response.statusCode = request.url?.startsWith("/moved") === true ? 302 : 404;
    response.setHeader("location", "/elsewhere");
    response.end("<html>");
  });
  try {
    const [port, web] = [await listening(mute), await listening(pages)];
    expect(await errorOf(`http://127.0.0.1:${port}`)).toEqual([
      unreached(`http://127.0.0.1:${port}: it closed the connection (ECONNRESET)`),
      expect.stringContaining("write https://") as string,
    ]);
    expect(await errorOf(`https://127.0.0.1:${port}`)).toEqual([
      unreached(`https://127.0.0.1:${port}: it speaks no TLS (EPROTO)`),
      expect.stringContaining("write http://") as string,
    ]);
    expect(await errorOf(`http://127.0.0.1:${web}`)).toEqual([
      "custody: error: what answered is no custody: it said 404, and nothing that custody says with it",
      "custody: hint: name the address of a running custody: --api URL or CUSTODY_API",
    ]);
    expect((await errorOf(`http://127.0.0.1:${web}/moved`))[0]).toContain("sends to another address");
  } finally {
    mute.close();
    pages.close();
    pages.closeAllConnections();
  }
});
