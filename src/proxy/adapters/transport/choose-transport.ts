import { bunTransport } from "./bun-transport.ts";
import { nodeTransport } from "./node-transport.ts";
import type { Transport } from "./transport.ts";

export function chooseTransport(): Transport {
  return typeof Bun === "undefined" ? nodeTransport : bunTransport;
}
