import { BlockList, isIP } from "node:net";

/** `10.1.2.3`, `10.0.0.0/8`, `2001:db8::/32`, or `unix` for whoever comes through a Unix socket. */
export function isAddressBlock(given: string): boolean {
  return given === "unix" || readBlock(given) !== null;
}

/** Whether an address, as `Connection.host` has it, is in one of the blocks. Whoever's address cannot be read is in none. */
export function createAddressSet(blocks: readonly string[]): { has(host: string): boolean } {
  const list = new BlockList();
  for (const block of blocks) {
    const read = readBlock(block);
    if (read !== null) list.addSubnet(read.address, read.bits, read.family);
  }
  return {
    has(host) {
      if (host === "unix") return blocks.includes("unix");
      // Of a link-local address (RFC 4007 section 11) the zone is this machine's own matter.
      const address = host.replace(/%.*$/, "");
      const family = familyOf(address);
      return family !== null && list.check(address, family);
    },
  };
}

function readBlock(given: string) {
  const [, address = "", bits] = /^([0-9a-f.:]+)(?:\/(\d{1,3}))?$/i.exec(given) ?? [];
  const family = familyOf(address);
  if (family === null) return null;
  const all = family === "ipv4" ? 32 : 128;
  const length = bits === undefined ? all : Number(bits);
  return length > all ? null : { address, bits: length, family };
}

function familyOf(address: string): "ipv4" | "ipv6" | null {
  const version = isIP(address);
  return version === 0 ? null : version === 4 ? "ipv4" : "ipv6";
}
