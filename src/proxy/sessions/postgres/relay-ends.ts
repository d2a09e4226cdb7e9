import type { ConnectionHandlers } from "../connection.ts";

/** What a relay is told of its two connections. */
export interface BothEnds {
  /** From the client. */
  push(bytes: Uint8Array): void;
  /** From the server. */
  take(bytes: Uint8Array): void;
  clientDrained(): void;
  serverDrained(): void;
  /** The client sends no more. */
  leave(): void;
  /** The server sends no more. */
  end(): void;
  /** One of the two is closed. */
  over(): void;
}

export class ClientEnd implements ConnectionHandlers {
  readonly #relay: BothEnds;
  constructor(relay: BothEnds) {
    this.#relay = relay;
  }
  data(bytes: Uint8Array): void {
    this.#relay.push(bytes);
  }
  drained(): void {
    this.#relay.clientDrained();
  }
  ended(): void {
    this.#relay.leave();
  }
  closed(): void {
    this.#relay.over();
  }
}

export class ServerEnd implements ConnectionHandlers {
  readonly #relay: BothEnds;
  constructor(relay: BothEnds) {
    this.#relay = relay;
  }
  data(bytes: Uint8Array): void {
    this.#relay.take(bytes);
  }
  drained(): void {
    this.#relay.serverDrained();
  }
  ended(): void {
    this.#relay.end();
  }
  closed(): void {
    this.#relay.over();
  }
}
