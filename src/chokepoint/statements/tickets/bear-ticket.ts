/** Whether a client of this protocol can bear a ticket: a command of Redis has no place for one. Pure. */
export function canBearTicket(protocol: string): boolean {
  return protocol !== "redis";
}

/** Where a client of this protocol puts it, for people. Pure. */
export function bearTicket(protocol: string, ticket: string): string {
  switch (protocol) {
    case "mongo":
      return `with comment: { 'custody-ticket': '${ticket}' } in it`;
    case "nats":
      return `with the header custody-ticket: ${ticket}`;
    default:
      return `with /* custody-ticket='${ticket}' */ in it`;
  }
}
