import type { ExitCode } from "./errors.ts";
import type { CommandEntry } from "./commandline/command-list.ts";
import type { ProcessEdge } from "./run/shell.ts";

/** Every command there is. A module is loaded when its command runs, so that none pays for another. */
const commands: readonly CommandEntry[] = [
  {
    name: "smoke",
    aliases: ["restore-smoke"],
    describe: "Prove a backup: restore it somewhere harmless and compare it with what was backed up",
    load: () => import("./smoke/command.ts"),
  },
  {
    name: "doctor",
    describe: "Show what is here: tools, servers, privileges, and how to get what is missing",
    load: () => import("./doctor/command.ts"),
  },
  {
    name: "chain init",
    describe: "Install or upgrade the audit chain in a database",
    load: () => import("./chain/init-command.ts"),
  },
  {
    name: "chain append",
    describe: "Append one event, or a batch of them, to the audit chain",
    load: () => import("./chain/append-command.ts"),
  },
  {
    name: "chain verify",
    describe: "Recompute the audit chain outside the database and report every break",
    load: () => import("./chain/verify-command.ts"),
  },
  {
    name: "chain keygen",
    describe: "Make a key that signs checkpoints, or cosigns those of others",
    load: () => import("./chain/keygen-command.ts"),
  },
  {
    name: "chain checkpoint",
    describe: "Sign what the audit chain is, to be kept outside of its database",
    load: () => import("./chain/checkpoint-command.ts"),
  },
  {
    name: "chain rebaseline",
    describe: "Sign that the audit chain's cluster was changed on purpose: an upgrade, a move, a failover",
    load: () => import("./chain/rebaseline-command.ts"),
  },
  {
    name: "chain prove",
    describe: "Prove that one event is in the chain, under a checkpoint, in a file",
    load: () => import("./chain/prove-command.ts"),
  },
  {
    name: "chain check-proof",
    describe: "Check the proof of one event offline",
    load: () => import("./chain/check-proof-command.ts"),
  },
  {
    name: "chain bundle",
    describe: "Write all that an auditor needs into a folder: rows, checkpoints, proofs, a signed report",
    load: () => import("./chain/bundle-command.ts"),
  },
  {
    name: "chain check-bundle",
    describe: "Verify a bundle offline",
    load: () => import("./chain/check-bundle-command.ts"),
  },
  {
    name: "chain redact",
    describe: "Erase the details of one event for good; the chain goes on verifying",
    load: () => import("./chain/redact-command.ts"),
  },
  {
    name: "chain prune",
    describe: "Move the beginning of the chain into an archive; the rest goes on verifying",
    load: () => import("./chain/prune-command.ts"),
  },
  {
    name: "chain witness",
    describe: "Cosign the checkpoints of logs that you trust, and never a fork",
    load: () => import("./chain/witness-command.ts"),
  },
  {
    name: "chain watch",
    describe: "Follow a live audit chain for months: verify what is new, read history again, serve metrics",
    load: () => import("./chain/watch-command.ts"),
  },
  {
    name: "scan",
    describe: "Find every way in which code, scripts and configuration can destroy customer data",
    load: () => import("./scan/command.ts"),
  },
  {
    name: "lockdown",
    describe: "Close the ways round a proxy on the servers themselves, or say which are open",
    load: () => import("./lockdown/command.ts"),
  },
  {
    name: "proxy",
    describe: "Guard every drop: the chokepoint with its ledger, its HTTP API and its metrics",
    load: async () => {
      const [{ proxyCommand }, { faces }] = await Promise.all([
        import("./proxy/command.ts"),
        import("./http/faces.ts"),
      ]);
      return { command: proxyCommand(faces) };
    },
  },
  {
    name: "drop request",
    describe: "Ask a running custody for a drop; it is decided, recorded, and can be undone",
    load: () => import("./drop/request-command.ts"),
  },
  {
    name: "drop list",
    describe: "List drops: what was asked for, and where it stands",
    load: () => import("./drop/list-command.ts"),
  },
  {
    name: "drop show",
    describe: "Show one drop, and all that the ledger has of it",
    load: () => import("./drop/show-command.ts"),
  },
  {
    name: "drop approve",
    describe: "Approve a drop that is held for another person",
    load: () => import("./drop/approve-command.ts"),
  },
  {
    name: "drop deny",
    describe: "Deny a drop that is held, or cancel your own",
    load: () => import("./drop/deny-command.ts"),
  },
  {
    name: "drop ticket",
    describe: "Approve in advance that a session does once what the wire denied it",
    load: () => import("./drop/ticket-command.ts"),
  },
  {
    name: "drop undo",
    describe: "Bring a dropped resource back",
    load: () => import("./drop/undo-command.ts"),
  },
  {
    name: "drop purge",
    describe: "Destroy what a drop left behind before its time",
    load: () => import("./drop/purge-command.ts"),
  },
  {
    name: "drop reconcile",
    describe:
      "Find what vanished from the targets with no record of it, and what was recorded and did not vanish",
    load: () => import("./drop/reconcile-command.ts"),
  },
  {
    name: "completion",
    describe: "Print a completion script for bash, zsh or fish",
    load: () => import("./commandline/completion-command.ts"),
  },
];

/** Runs one command line; everything is printed, and only a bug is thrown. */
export async function execute(args: readonly string[], edge: ProcessEdge): Promise<ExitCode> {
  const { runCommandLine } = await import("./commandline/run-command-line.ts");
  return runCommandLine(commands, args, edge);
}
