import { execFile, execFileSync } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** What lies between two programs of a chaos test, and can be cut. */
export type Link = "clients" | "target" | "ledger";

/** A network namespace for the proxy, and three cables into it; all else stays where the test is. */
export interface ChaosNetwork extends AsyncDisposable {
  /** Where the proxy listens: on the cable of the clients. */
  readonly proxy: string;
  readonly target: string;
  readonly ledger: string;
  /** Ahead of a command that is to run behind the cables. */
  readonly prefix: readonly string[];
  /** Pulls a cable: nobody is told, what is sent is lost. Disposing plugs it in again. */
  cut(link: Link): Promise<AsyncDisposable>;
  /** Loses whatever goes one way over a cable: nobody is told, and what goes the other way arrives. */
  cutOneWay(link: Link, way: "to-proxy" | "from-proxy"): Promise<AsyncDisposable>;
}

const links: readonly Link[] = ["clients", "target", "ledger"];

/** Whether this process may make namespaces and cables. */
export function canCut(): boolean {
  const name = `cc${process.pid}p`;
  try {
    execFileSync("ip", ["netns", "add", name], { stdio: "ignore" });
    execFileSync("ip", ["netns", "del", name], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** With cables where they may be made; else addresses of the loopback alone, and nothing to cut. */
export async function makeChaosNetwork(hasCables: boolean): Promise<ChaosNetwork> {
  const second = 64 + (process.pid % 128);
  const addressOf = (link: Link, side: 1 | 2): string =>
    `${hasCables ? "10" : "127"}.${second}.${links.indexOf(link)}.${side}`;
  const name = `cc${process.pid}`;
  const cableOf = (link: Link): string => `${name}${link[0]}`;
  const inside = ["netns", "exec", name, "ip"];
  const plug = async (link: Link): Promise<void> => {
    await run("ip", ["link", "set", cableOf(link), "up"]);
  };
  await using stack = new AsyncDisposableStack();
  if (hasCables) {
    await run("ip", ["netns", "add", name]);
    stack.defer(async () => void (await run("ip", ["netns", "del", name])));
    await run("ip", [...inside, "link", "set", "lo", "up"]);
    for (const link of links) {
      const [near, far] = [cableOf(link), `${cableOf(link)}i`];
      await run("ip", ["link", "add", near, "type", "veth", "peer", "name", far, "netns", name]);
      await run("ip", ["address", "add", `${addressOf(link, 1)}/30`, "dev", near]);
      await run("ip", [...inside, "address", "add", `${addressOf(link, 2)}/30`, "dev", far]);
      await run("ip", [...inside, "link", "set", far, "up"]);
      stack.defer(async () => void (await run("ip", ["link", "del", near])));
      await plug(link);
      // Behind a cable that is pulled there is nobody: not the machine's own way out.
      const net = `${addressOf(link, 1).replace(/1$/, "0")}/30`;
      await run("ip", ["route", "add", "blackhole", net, "metric", "9999"]);
      stack.defer(async () => void (await run("ip", ["route", "del", "blackhole", net])));
    }
  }
  const made = stack.move();
  return {
    proxy: addressOf("clients", 2),
    target: addressOf("target", 1),
    ledger: addressOf("ledger", 1),
    prefix: hasCables ? ["ip", "netns", "exec", name] : [],
    async cut(link) {
      await run("ip", ["link", "set", cableOf(link), "down"]);
      return { [Symbol.asyncDispose]: () => plug(link) };
    },
    async cutOneWay(link, way) {
      // Frames that are addressed to nobody's card are dropped where they arrive.
      const [ip, device, other] =
        way === "to-proxy"
          ? [[], cableOf(link), addressOf(link, 2)]
          : [inside, `${cableOf(link)}i`, addressOf(link, 1)];
      const neighbour = [other, "dev", device];
      await run("ip", [
        ...ip,
        "neigh",
        "replace",
        ...neighbour,
        "lladdr",
        "02:00:00:00:00:01",
        "nud",
        "permanent",
      ]);
      return {
        async [Symbol.asyncDispose]() {
          await run("ip", [...ip, "neigh", "del", ...neighbour]);
        },
      };
    },
    async [Symbol.asyncDispose]() {
      await made.disposeAsync();
    },
  };
}
