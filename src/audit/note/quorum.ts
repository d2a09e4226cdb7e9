/** A witness, or a group of which at least `least` members must have witnessed a checkpoint. */
export type Quorum =
  | { readonly kind: "witness"; readonly name: string; readonly vkey: string }
  | {
      readonly kind: "group";
      readonly name: string;
      readonly least: number;
      readonly members: readonly Quorum[];
    };

/** Whether the cosigners of these vkeys meet the quorum, and the same in words. */
export function evaluateQuorum(
  quorum: Quorum,
  cosigners: ReadonlySet<string>,
): { readonly isMet: boolean; readonly text: string } {
  if (quorum.kind === "witness") {
    const isMet = cosigners.has(quorum.vkey);
    return { isMet, text: `${quorum.name} ${isMet ? "cosigned" : "missing"}` };
  }
  if (quorum.least === 0) return { isMet: true, text: "none" };
  const members = quorum.members.map((member) => evaluateQuorum(member, cosigners));
  const met = members.filter((member) => member.isMet).length;
  return {
    isMet: met >= quorum.least,
    text: `${quorum.name}: ${met} of ${quorum.least} needed (${members.map((member) => member.text).join(", ")})`,
  };
}
