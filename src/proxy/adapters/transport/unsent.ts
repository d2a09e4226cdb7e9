/** Up to here it is cheaper to copy pieces together than to make a system call, or a TLS record, of each. */
const mostBytes = 65_536;

/** What takes bytes: as many as it says, none when it is closed (below 0). */
export interface Taker {
  write(bytes: Uint8Array): number;
}

/** What was written to a connection and not sent yet, in order. */
export class Unsent {
  /** Alone in nearly all cases: then there is no list. */
  #first: Uint8Array | null = null;
  #more: Uint8Array[] | null = null;
  /** The socket takes no more for now. */
  isBlocked = false;

  get isEmpty(): boolean {
    return this.#first === null;
  }

  /** Bytes. */
  get size(): number {
    return (this.#first?.length ?? 0) + (this.#more ?? []).reduce((sum, each) => sum + each.length, 0);
  }

  push(bytes: Uint8Array): void {
    if (this.#first === null) this.#first = bytes;
    else if (this.#more === null) this.#more = [bytes];
    else this.#more.push(bytes);
  }

  clear(): void {
    this.#first = this.#more = null;
  }

  /** Bytes behind which nothing waits. */
  send(bytes: Uint8Array, taker: Taker): void {
    const sent = taker.write(bytes);
    if (sent === bytes.length) return;
    // Closed: that is told by the socket.
    if (sent < 0) return;
    this.#first = sent === 0 ? bytes : bytes.subarray(sent);
    this.isBlocked = true;
  }

  flush(taker: Taker): void {
    while (this.#first !== null && !this.isBlocked) {
      const first = this.#first;
      const more = this.#more;
      this.#first = null;
      if (more === null) {
        this.send(first, taker);
        continue;
      }
      this.send(takeBatch(first, more), taker);
      this.#first ??= more.shift() ?? null;
      if (more.length === 0) this.#more = null;
    }
  }
}

/**
 * What one call sends: the first as it is, or a copy of it with what fits behind it, taken out of `more`. Always the first as a whole: TLS
 * wants the bytes that it did not take offered again, and no fewer of them.
 */
function takeBatch(first: Uint8Array, more: Uint8Array[]): Uint8Array {
  let total = first.length;
  const beyond = more.findIndex((piece) => (total += piece.length) > mostBytes);
  if (beyond === 0) return first;
  return Buffer.concat([first, ...more.splice(0, beyond < 0 ? more.length : beyond)]);
}
