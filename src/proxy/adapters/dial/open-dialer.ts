import { readFile } from "node:fs/promises";
import type { SecureContextOptions } from "node:tls";
import { parseNatsUrl } from "../../../chokepoint/addresses/nats.ts";
import { parseAddress } from "../../../chokepoint/addresses/redis.ts";
import type { TargetPolicy } from "../../../chokepoint/target-policy.ts";
import { OpsError } from "../../../errors.ts";
import { requireSettings } from "../../../postgres/require-settings.ts";
import type { Environment } from "../../../postgres/settings.ts";
import type { ClientTls } from "../transport/client-tls.ts";
import type { Place, Transport } from "../transport/transport.ts";
import { once } from "./dialer.ts";
import type { Dialer } from "./dialer.ts";
import { natsDialer } from "./nats.ts";
import { postgresDialer } from "./postgres.ts";
import { serversDialer, usualTls } from "./servers.ts";

/** Who reaches a target, as its URL says; nobody is asked yet. Throws `bad-config`, `bad-usage`, `file-unreadable`. */
export async function openDialer(
  target: Pick<TargetPolicy, "name" | "kind" | "url">,
  { transport, env }: { readonly transport: Transport; readonly env: Environment },
): Promise<Dialer> {
  switch (target.kind) {
    case "postgres":
      return postgresDialer(transport, await requireSettings(target.url, env));
    case "redis":
      return redisDialer(transport, target.url);
    case "mongo":
      return await mongoDialer(transport, target.url);
    case "nats":
      return openNats(transport, target);
    case "command":
      throw new OpsError(
        "bad-config",
        `target ${target.name} is of kind command: it has no server that a listener could stand before`,
        "name a target of kind postgres, redis, mongo or nats",
      );
  }
}

function redisDialer(transport: Transport, url: string): Dialer {
  const { place, tls } = parseAddress(url);
  const where: Place = place.kind === "tcp" ? place : { kind: "unix", path: place.path };
  const { ca, cert, key } = tls ?? { ca: null, cert: null, key: null };
  const files = { ca: ca ?? undefined, cert: cert ?? undefined, key: key ?? undefined };
  return serversDialer(transport, {
    places: [where],
    tls: tls === null ? () => null : perPlace(async (each) => usualTls(each, files)),
  });
}

async function mongoDialer(transport: Transport, url: string): Promise<Dialer> {
  const { parseMongoUrl } = await import("../../../chokepoint/addresses/mongo.ts");
  const { servers, tls } = parseMongoUrl(url);
  if (tls === null) return serversDialer(transport, { places: servers, tls: () => null });
  const { caFile, certificateKeyFile, crlFile, passphrase, checksChain, checksName } = tls;
  return serversDialer(transport, {
    places: servers,
    tls: perPlace(async (place) => {
      const files = {
        ...(await readFiles({ ca: caFile, cert: certificateKeyFile, key: certificateKeyFile, crl: crlFile })),
        ...(passphrase === null ? {} : { passphrase }),
      };
      return usualTls(place, files, { chain: checksChain, name: checksName });
    }),
  });
}

function openNats(transport: Transport, target: Pick<TargetPolicy, "name" | "url">): Dialer {
  const { servers, isTls, ca, cert, key } = parseNatsUrl(target.url, target.name);
  const places = servers.map((each): Place => {
    const { hostname, port } = new URL(`nats://${each}`);
    return { kind: "tcp", host: hostname.replace(/^\[|\]$/g, ""), port: port === "" ? 4222 : Number(port) };
  });
  const tls = perPlace(async (place) => usualTls(place, await readFiles({ ca, cert, key })));
  return natsDialer(transport, { places, tls }, isTls || ca !== null || cert !== null);
}

/** Files are read, and a context made of them, once for each server. */
function perPlace(make: (place: Place) => Promise<ClientTls>): (place: Place) => Promise<ClientTls> {
  const made = new Map<Place, () => Promise<ClientTls>>();
  return async (place) => {
    const one = made.get(place) ?? once(() => make(place));
    made.set(place, one);
    return await one();
  };
}

async function readFiles(
  files: Readonly<Partial<Record<"ca" | "cert" | "key" | "crl", string | null>>>,
): Promise<SecureContextOptions> {
  const read = await Promise.all(
    Object.entries(files).map(async ([name, path]) => (path === null ? [] : [[name, await readPem(path)]])),
  );
  return Object.fromEntries(read.flat());
}

async function readPem(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new OpsError(
      "file-unreadable",
      `cannot read ${path}`,
      "a target's URL names files that custody may read",
      {
        cause,
      },
    );
  }
}
