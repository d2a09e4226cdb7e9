import { OpsError } from "../../errors.ts";
import { evaluateQuorum } from "./quorum.ts";
import type { Quorum } from "./quorum.ts";
import { signatureTypes } from "./key-id.ts";
import { parseVerifierKey } from "./vkey.ts";
import type { VerifierKey } from "./vkey.ts";

export interface PolicyWitness {
  /** What groups and the quorum call it; nothing to do with its key's name. */
  readonly name: string;
  /** Of type 0x04. */
  readonly key: VerifierKey;
  readonly url?: string;
}

/** Which logs are known, which witnesses, and how many of them must have cosigned a checkpoint. https://c2sp.org/tlog-policy */
export interface Policy {
  readonly logs: readonly VerifierKey[];
  readonly witnesses: readonly PolicyWitness[];
  /** Whether these keys are enough for the quorum. Keys that are no witness's of this policy count for nothing. */
  isMet(cosignedBy: readonly VerifierKey[]): boolean;
  /** The quorum and how far it is met, for people: `2 of 3 (w1 cosigned, w2 missing, w3 missing)`. */
  describe(cosignedBy: readonly VerifierKey[]): string;
}

/** A policy under construction: what the lines so far have defined. */
interface Draft {
  readonly logs: VerifierKey[];
  readonly witnesses: PolicyWitness[];
  readonly defined: Map<string, Quorum>;
  /** Names that are a member of some group: none may be of two. */
  readonly members: Set<string>;
  quorum: Quorum | null;
}

/** Of logs, of witnesses and of groups, each; the specification asks for 32. */
const most = 1000;

/** A line that breaks a rule; told with its number. */
class PolicyError extends Error {}

/**
 * Reads a policy to the letter of the specification: octets, names opaque, items separated by spaces and tabs.
 *
 * @param path names the file in errors
 * @throws OpsError bad-config with the number of the line
 */
export function parsePolicy(text: string | Uint8Array, path = "the policy"): Policy {
  // One character an octet: what is not ASCII stays what it is.
  const octets = Buffer.from(text).toString("latin1");
  const draft: Draft = {
    logs: [],
    witnesses: [],
    defined: new Map([["none", noQuorum]]),
    members: new Set(),
    quorum: null,
  };
  const lines = octets.split("\n");
  const last = lines.pop();
  lines.forEach((line, index) => readLine(line, index + 1, draft, path));
  if (last !== "")
    throw refused(path, lines.length + 1, "it does not end in a newline: the file may be cut off");
  const { logs, witnesses, quorum } = draft;
  if (quorum === null)
    throw refused(path, Math.max(lines.length, 1), "no line before the end is a quorum line");
  const evaluate = (cosignedBy: readonly VerifierKey[]) =>
    evaluateQuorum(quorum, new Set(cosignedBy.map((key) => key.vkey)));
  return {
    logs,
    witnesses,
    isMet: (cosignedBy) => evaluate(cosignedBy).isMet,
    describe: (cosignedBy) => evaluate(cosignedBy).text,
  };
}

const noQuorum: Quorum = { kind: "group", name: "none", least: 0, members: [] };

function readLine(line: string, number: number, draft: Draft, path: string): void {
  try {
    if (/[^\t\u0020-\u007e\u0080-\u00ff]/.test(line)) throw new PolicyError("it holds a control character");
    const [keyword, ...items] = line.split(/[ \t]+/).filter((item) => item !== "");
    if (keyword === undefined || keyword.startsWith("#")) return;
    const { logs, witnesses, defined } = draft;
    if (Math.max(logs.length, witnesses.length, defined.size - witnesses.length) > most)
      throw new PolicyError(`there are more than ${most} logs, witnesses or groups`);
    const read = Object.hasOwn(readers, keyword) ? readers[keyword] : undefined;
    if (read === undefined) throw new PolicyError(`${show(keyword)} is not log, witness, group or quorum`);
    read(items, draft);
  } catch (error) {
    if (error instanceof PolicyError || error instanceof OpsError)
      throw refused(path, number, error.message, error);
    throw error;
  }
}

const readers: Readonly<Record<string, ((items: readonly string[], draft: Draft) => void) | undefined>> = {
  log([vkey, url, ...rest], { logs }) {
    if (vkey === undefined || rest.length > 0) throw new PolicyError("a log line is: log VKEY [URL]");
    const key = readKey(vkey);
    if (logs.some((each) => isSameKey(each, key)))
      throw new PolicyError("this log's key stands in an earlier log line");
    void url;
    logs.push(key);
  },
  witness([name, vkey, url, ...rest], draft) {
    if (name === undefined || vkey === undefined || rest.length > 0)
      throw new PolicyError("a witness line is: witness NAME VKEY [URL]");
    const key = readKey(vkey);
    if (key.type !== signatureTypes.cosignature)
      throw new PolicyError(`the key of witness ${show(name)} does not cosign: its type is not 0x04`);
    if (draft.witnesses.some((each) => isSameKey(each.key, key)))
      throw new PolicyError("this witness's key stands in an earlier witness line");
    define(draft, name, { kind: "witness", name: show(name), vkey: key.vkey });
    draft.witnesses.push({ name: show(name), key, ...(url === undefined ? {} : { url: fromOctets(url) }) });
  },
  group([name, threshold, ...members], draft) {
    if (name === undefined || threshold === undefined || members.length === 0)
      throw new PolicyError("a group line is: group NAME all|any|K NAME…");
    const found = members.map((member) => {
      if (member === "none") throw new PolicyError("none cannot be a member of a group");
      if (draft.members.has(member)) throw new PolicyError(`${show(member)} is a member of a group already`);
      draft.members.add(member);
      return lookUp(draft, member);
    });
    define(draft, name, {
      kind: "group",
      name: show(name),
      least: readThreshold(threshold, found.length),
      members: found,
    });
  },
  quorum([name, ...rest], draft) {
    if (name === undefined || rest.length > 0) throw new PolicyError("a quorum line is: quorum NAME");
    if (draft.quorum !== null) throw new PolicyError("there is a quorum line already");
    draft.quorum = lookUp(draft, name);
  },
};

function readThreshold(threshold: string, members: number): number {
  if (threshold === "all") return members;
  if (threshold === "any") return 1;
  const least = /^[1-9][0-9]{0,8}$/.test(threshold) ? Number(threshold) : 0;
  if (least < 1 || least > members)
    throw new PolicyError(`${show(threshold)} is not all, any or a number from 1 to ${members}`);
  return least;
}

function define(draft: Draft, name: string, quorum: Quorum): void {
  if (draft.defined.has(name)) throw new PolicyError(`${show(name)} is defined already`);
  draft.defined.set(name, quorum);
}

function lookUp(draft: Draft, name: string): Quorum {
  const found = draft.defined.get(name);
  if (found === undefined) throw new PolicyError(`${show(name)} is not defined on a line before`);
  return found;
}

/** A key's name is UTF-8, unlike the rest of the file. Throws what `parseVerifierKey` throws. */
function readKey(octets: string): VerifierKey {
  const vkey = fromOctets(octets);
  if (!Buffer.from(vkey).equals(Buffer.from(octets, "latin1")))
    throw new PolicyError("the key's name is not valid UTF-8");
  return parseVerifierKey(vkey);
}

function isSameKey(one: VerifierKey, other: VerifierKey): boolean {
  return Buffer.from(one.publicKey).equals(other.publicKey);
}

function fromOctets(octets: string): string {
  return Buffer.from(octets, "latin1").toString("utf8");
}

/** A word of the file as errors show it. A private key that was given by mistake is not shown. */
function show(octets: string): string {
  return fromOctets(octets)
    .replace(/PRIVATE\+KEY\+.*/s, "PRIVATE+KEY+…")
    .slice(0, 100);
}

function refused(path: string, line: number, why: string, cause?: unknown): OpsError {
  return new OpsError(
    "bad-config",
    `${path}, line ${line}: ${why}`,
    "docs/witness.md shows a policy file; https://c2sp.org/tlog-policy is its specification",
    { cause },
  );
}
