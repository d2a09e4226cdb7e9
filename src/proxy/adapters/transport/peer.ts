/** Who is on the other side, as `Connection` shows it. */
export interface Peer {
  readonly host: string;
  readonly peer: string;
}

export const unixPeer: Peer = { host: "unix", peer: "unix" };

/** IPv4 that came in over IPv6 (RFC 4291 section 2.5.5.2) is shown as what it is. */
export function placeOf(address: string, port: number): Peer {
  const host = address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, "");
  return { host, peer: `${host.includes(":") ? `[${host}]` : host}:${port}` };
}
