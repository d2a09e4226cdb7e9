import { resolve } from "node:path";
import { OpsError } from "../../errors.ts";
import { readSmallFile } from "../../run/read-small-file.ts";
import type { ProcessEdge } from "../../run/shell.ts";

/** Where a running custody is, and what shows who asks. */
export interface Access {
  /** Without a slash at its end. */
  readonly base: string;
  /** The path of a Unix socket. */
  readonly unix: string | null;
  readonly token: string | null;
  readonly tls: { readonly ca?: string; readonly cert?: string; readonly key?: string };
}

export interface AccessFlags {
  readonly api: string | undefined;
  readonly tokenFile: string | undefined;
  readonly caFile: string | undefined;
  readonly certFile: string | undefined;
  readonly keyFile: string | undefined;
}

const usual = "http://127.0.0.1:7440";

/** Flags, else the environment. Throws `bad-usage`, `bad-input`. */
export async function readAccess(
  flags: AccessFlags,
  { env, cwd }: Pick<ProcessEdge, "env" | "cwd">,
): Promise<Access> {
  const given = flags.api ?? nonEmpty(env["CUSTODY_API"]) ?? usual;
  if ((flags.certFile === undefined) !== (flags.keyFile === undefined)) {
    throw new OpsError("bad-usage", "--cert-file and --key-file go together", "give both, or neither");
  }
  const read = async (path: string | undefined, what: string): Promise<string | undefined> =>
    path === undefined ? undefined : await readText(resolve(cwd, path), what);
  const [ca, cert, key, fromFile] = await Promise.all([
    read(flags.caFile, "--ca-file"),
    read(flags.certFile, "--cert-file"),
    read(flags.keyFile, "--key-file"),
    read(flags.tokenFile, "--token-file"),
  ]);
  const token = (fromFile ?? nonEmpty(env["CUSTODY_TOKEN"]))?.trim() ?? null;
  if (token !== null && !/^[\x21-\x7e]+$/.test(token)) {
    throw new OpsError(
      "bad-input",
      `${fromFile === undefined ? "CUSTODY_TOKEN" : (flags.tokenFile ?? "")} holds no token`,
      "it must be visible ASCII characters on one line",
    );
  }
  return {
    ...placeOf(given),
    token,
    tls: {
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
    },
  };
}

function placeOf(given: string): Pick<Access, "base" | "unix"> {
  if (given.startsWith("unix:/"))
    return { base: "http://localhost", unix: given.slice("unix:".length).replace(/^\/\/(?=\/)/, "") };
  const url = URL.parse(given);
  const isPlain = url !== null && url.username === "" && url.search === "" && url.hash === "";
  if (isPlain && (url.protocol === "http:" || url.protocol === "https:"))
    return { base: `${url.origin}${url.pathname.replace(/\/+$/, "")}`, unix: null };
  throw new OpsError(
    "bad-usage",
    `this is no address of a running custody: ${given.replace(/\/\/[^/]*@/, "//***@")}`,
    "write http://127.0.0.1:7440, https://host:port or unix:/path; a token goes into CUSTODY_TOKEN or --token-file",
  );
}

async function readText(path: string, flag: string): Promise<string> {
  try {
    return (await readSmallFile(path, 1)).toString("utf8");
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new OpsError("bad-input", `${flag} cannot be read: ${why}`, "name a file that you may read", {
      cause,
    });
  }
}

/** An empty variable counts as none. */
function nonEmpty(value: string | undefined): string | undefined {
  return value === "" ? undefined : value;
}
