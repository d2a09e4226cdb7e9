import { OpsError } from "../errors.ts";

export interface ListenAddress {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
}

/**
 * Reads `9464` (on the loopback), `127.0.0.1:9464` or `[::1]:9464`.
 *
 * @param flag names the flag in the error
 * @throws OpsError bad-usage
 */
export function parseListenAddress(given: string, flag: string): ListenAddress {
  const match = /^(?:(?:\[(?<v6>[0-9a-f:.]+)\]|(?<name>[^\s:[\]/]+)):)?(?<port>\d{1,5})$/i.exec(given);
  const port = Number(match?.groups?.["port"]);
  if (match === null || port > 65_535) {
    throw new OpsError(
      "bad-usage",
      `${flag} is no address: ${given}`,
      "write 127.0.0.1:7441, [::1]:7441, or the port alone",
    );
  }
  return { host: match.groups?.["v6"] ?? match.groups?.["name"] ?? "127.0.0.1", port };
}

/** Whether only this machine can reach it. */
export function isLoopback({ host }: ListenAddress): boolean {
  return host === "localhost" || host === "::1" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
}
